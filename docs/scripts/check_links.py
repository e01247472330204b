"""Ask for every address on other sites that README.md and docs/ link to.

    python docs/scripts/check_links.py

Links within the docs are checked by `make docs`. Exits 1 where an address is dead.
"""

import re
import sys
import urllib.error
import urllib.request
from pathlib import Path

_ADDRESS = re.compile(r'\]\((https?://[^)\s]+)\)')


def main() -> int:
    root = Path(__file__).resolve().parents[2]
    dead = 0
    found: dict[str, str] = {}
    for page in [root / 'README.md', *sorted((root / 'docs').glob('*.md'))]:
        for address in _ADDRESS.findall(page.read_text()):
            found.setdefault(address, page.name)
    for address, page in found.items():
        request = urllib.request.Request(address, headers={'User-Agent': 'Mozilla/5.0'})
        try:
            urllib.request.urlopen(request, timeout=20).close()
        except (OSError, urllib.error.URLError) as error:
            print(f'{page}: {address}: {error}')
            dead += 1
    print(f'{len(found)} addresses, {dead} dead')
    return int(dead > 0)


if __name__ == '__main__':
    sys.exit(main())
