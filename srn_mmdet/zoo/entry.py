"""A model's entry in the metafile: written, and checked against what it says."""

import json
from pathlib import Path

import yaml

from ..files.text_file import read_text
from ..written_aside import write_file
from .index import SCHEME, is_published
from .weights import sha256

#: what a first entry must be told; later ones keep what stands there
_WANTED = ('dataset', 'training_data', 'licence')


def make_entry(
    metafile: str | Path,
    weights: str | Path,
    config: str,
    results: str | Path | None = None,
    dataset: str | None = None,
    aliases: list[str] | None = None,
    training_data: str | None = None,
    licence: str | None = None,
    epochs: int | None = None,
    parameters: int | None = None,
) -> dict:
    """The entry of a published file; what is not given stays as the metafile has it.

    Args:
        metafile: That is to hold the entry, below the folder that ``config`` is in.
        weights: ``NAME-<digits of its SHA-256>.pth``.
        config: Path of the model's config.
        results: JSON of an evaluation: names and numbers, APs in [0, 1].
        dataset: What the evaluation is of.
        aliases: Other names.
        training_data, licence, epochs, parameters: For readers.

    Raises:
        FileNotFoundError, ValueError: A file is missing or not what it should be, or
            something is said nowhere.
    """
    weights, root = Path(weights), Path(metafile).resolve().parents[1]
    name = weights.stem.rsplit('-', 1)[0]
    old = next((each for each in _read(metafile)['Models'] if each['Name'] == name), {})
    old_metadata, old_result = old.get('Metadata', {}), (old.get('Results') or [{}])[0]
    config = Path(config).resolve()
    if not config.is_relative_to(root):
        raise ValueError(f'{config}: is not below {root}, where {metafile} belongs')
    said = dict(
        dataset=dataset or old_result.get('Dataset'),
        training_data=training_data or old_metadata.get('Training Data'),
        licence=licence or old_metadata.get('Weights Licence'),
    )
    metrics = old_result.get('Metrics') if results is None else read_results(results)
    missing = [f'--{k.replace("_", "-")}' for k in _WANTED if not said[k]]
    missing += ['--results'] if not metrics else []
    if missing:
        raise ValueError(f'{metafile}: has no {name} yet: give {", ".join(missing)}')
    metadata = {
        'Training Data': said['training_data'],
        'Epochs': epochs or old_metadata.get('Epochs'),
        'Parameters': parameters or old_metadata.get('Parameters'),
        'Weights Licence': said['licence'],
        'SHA-256': sha256(weights),
    }
    return {
        'Name': name,
        'Alias': aliases or old.get('Alias') or [],
        'In Collection': 'SRN',
        'Config': config.relative_to(root).as_posix(),
        'Metadata': {key: value for key, value in metadata.items() if value},
        'Results': [
            {'Task': 'Face Detection', 'Dataset': said['dataset'], 'Metrics': metrics}
        ],
        'Weights': SCHEME + weights.name,
    }


def write_entry(metafile: str | Path, entry: dict) -> None:
    """Put an entry into the metafile, in the place of the one of its name.

    One that says that there are no weights of its config goes, too.
    """
    content = _read(metafile)
    others = [
        each
        for each in content['Models']
        if each['Name'] != entry['Name']
        and (is_published(each) or each['Config'] != entry['Config'])
    ]
    taken = {
        name.lower()
        for each in others
        for name in (each['Name'], *each.get('Alias', []), Path(each['Config']).stem)
    }
    for name in (entry['Name'], *entry['Alias']):
        if name.lower() in taken:
            raise ValueError(f'{metafile}: another model is called {name} already')
    content['Models'] = sorted([*others, entry], key=lambda each: each['Name'])
    text = yaml.safe_dump(content, sort_keys=False, width=88, allow_unicode=True)
    write_file(metafile, text)


def check_entry(metafile: str | Path, entry: dict) -> None:
    """Compare the metafile's entry with what it should be.

    Raises:
        ValueError: There is none, or it differs.
    """
    name = entry['Name']
    found = [each for each in _read(metafile)['Models'] if each['Name'] == name]
    if not found:
        raise ValueError(f'{metafile}: has no {name}')
    wrong = [key for key in entry if found[0].get(key) != entry[key]]
    if wrong:
        raise ValueError(
            f'{metafile}: {name}: {wrong[0]} is {found[0].get(wrong[0])}, should be '
            f'{entry[wrong[0]]}'
        )


def read_results(path: str | Path) -> dict[str, float]:
    """Metrics of an evaluation's JSON, named as metafiles name them, in percent.

    ``{"easy": 0.8604}`` gives ``{'easy AP': 86.04}``.
    """
    try:
        content = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise ValueError(f'{path}: no JSON: {error}') from None
    if isinstance(content, dict) and isinstance(content.get('ap'), dict):
        content = content['ap']
    numbers = content if isinstance(content, dict) else {}
    numbers = {
        key: value
        for key, value in numbers.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    if not numbers or not all(0 <= value <= 1 for value in numbers.values()):
        raise ValueError(
            f"{path}: wants an evaluation's figures in [0, 1], as tools/evaluate.py "
            '--json writes them'
        )
    return {
        f'{key} AP' if key in ('easy', 'medium', 'hard') else key: round(100 * value, 2)
        for key, value in numbers.items()
    }


def _read(metafile: str | Path) -> dict:
    try:
        content = yaml.safe_load(read_text(metafile))
    except yaml.YAMLError as error:
        raise ValueError(f'{metafile}: no YAML: {error}') from None
    if not isinstance(content, dict):
        raise ValueError(f'{metafile}: not a metafile: no Collections or Models in it')
    content['Models'] = content.get('Models') or []
    return content
