"""Models by name: what configs/metafile.yml lists, and what it does not."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

#: where the package looks for configs: installed, in a checkout
_PACKAGE = Path(__file__).resolve().parents[1]
SCHEME = 'srn_mmdet://'


@dataclass(frozen=True)
class PublishedModel:
    """An entry of the metafile.

    Attributes:
        name: As ``mim search`` shows it.
        aliases: Other names.
        config: Its file.
        weights: URL of the file, or ``srn_mmdet://FILE`` where the zoo is yet to be
            named.
        sha256: Of the file, as many digits as are known.
    """

    name: str
    aliases: tuple[str, ...]
    config: Path
    weights: str
    sha256: str

    @property
    def file(self) -> str:
        return self.weights.rsplit('/', 1)[-1]

    def is_called(self, name: str) -> bool:
        """Whether this is its name, an alias, or its config's name or path."""
        path = Path(name)
        if path.is_file():
            return path.resolve() == self.config.resolve()
        known = (self.name, *self.aliases, self.config.stem, self.config.name)
        return name.lower() in {each.lower() for each in known}


def root() -> Path:
    """The folder that holds configs/: in the installed package, or the checkout."""
    installed = _PACKAGE / '.mim'
    return installed if (installed / 'configs').is_dir() else _PACKAGE.parent


def models(metafile: str | Path | None = None) -> list[PublishedModel]:
    """All published models, of the package's metafile or another one.

    An entry whose weights are no file but a sentence has none: mim lists it, and quotes
    the sentence where it is asked to download them.

    Raises:
        FileNotFoundError, ValueError: There is no such file, or an entry lacks
            something.
    """
    path = Path(metafile or root() / 'configs' / 'metafile.yml')
    try:
        entries = (yaml.safe_load(path.read_text()) or {}).get('Models') or []
        assert all(isinstance(entry, dict) for entry in entries)
    except (yaml.YAMLError, AttributeError, TypeError, AssertionError):
        raise ValueError(f'{path}: not a metafile: no list of Models in it') from None
    found = []
    for entry in entries:
        missing = [key for key in ('Name', 'Config', 'Weights') if not entry.get(key)]
        if missing:
            raise ValueError(f'{path}: {entry.get("Name", entry)}: no {missing[0]}')
        if not is_published(entry):
            continue
        weights = entry['Weights']
        digest = str((entry.get('Metadata') or {}).get('SHA-256') or '')
        found.append(
            PublishedModel(
                name=entry['Name'],
                aliases=tuple(_listed(entry.get('Alias'))),
                config=path.resolve().parents[1] / entry['Config'],
                weights=weights,
                sha256=digest or weights.rsplit('-', 1)[-1].partition('.')[0],
            )
        )
    return found


def is_published(entry: dict) -> bool:
    """Whether an entry of a metafile names a file of weights; it may have none."""
    return str(entry.get('Weights')).endswith('.pth')


def find_model(name: str) -> PublishedModel | None:
    """The published model of this name, alias, config's name or config's path."""
    return next((model for model in models() if model.is_called(name)), None)


def _listed(value: str | Iterable[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())
