"""A model's card: a page whose figures come from the metafile and the evaluation."""

import json
from pathlib import Path
from string import Template

from mmengine.config import Config

from ..files.text_file import read_text
from ..written_aside import write_file

BEGIN = '<!-- made by publish_model: do not edit between these lines -->'
END = '<!-- end of what publish_model made -->'


def make_card(
    entry: dict, config: Config, weights: str | Path, report: str | Path | None = None
) -> str:
    """The part of the card that is made.

    Args:
        entry: The model's entry in the metafile.
        config: The model's.
        weights: Its file.
        report: JSON of tools/analysis_tools/report.py: AP by kind of face.
    """
    template = Template(Path(__file__).with_name('card.md').read_text())
    metadata, result = entry['Metadata'], entry['Results'][0]
    model = config.model
    necks = model.neck if isinstance(model.neck, list) else [model.neck]
    parts = [model.backbone, *necks, model.get('bbox_head') or model.rpn_head]
    epochs = metadata.get('Epochs')
    parameters = metadata.get('Parameters')
    return template.substitute(
        name=entry['Name'],
        names=' or '.join(f'`{name}`' for name in (entry['Name'], *entry['Alias'])),
        file=Path(weights).name,
        size=f'{Path(weights).stat().st_size / 1e6:.1f}',
        digest=metadata['SHA-256'],
        config=entry['Config'],
        network=', '.join(f'`{part.type}`' for part in parts),
        parameters=f'{parameters:,}' if parameters else 'not counted',
        training_data=metadata['Training Data'],
        epochs=f', {epochs} epochs' if epochs else '',
        licence=metadata['Weights Licence'],
        dataset=result['Dataset'],
        metrics=_table([result['Metrics']], list(result['Metrics'])),
        groups=_groups(report),
    )


def write_card(path: str | Path, name: str, made: str) -> None:
    """Put the made part into a card, between its marks; what is around them stays."""
    write_file(path, _with_part(path, name, made))


def check_card(path: str | Path, name: str, made: str) -> None:
    """Raises ValueError where the card's made part is another one."""
    if not Path(path).is_file() or Path(path).read_text() != _with_part(
        path, name, made
    ):
        raise ValueError(f'{path}: is not what the metafile and the evaluation say')


def _with_part(path: str | Path, name: str, made: str) -> str:
    part = f'{BEGIN}\n\n{made}\n{END}'
    if not Path(path).is_file():
        return f'# {name}\n\n{part}\n'
    text = read_text(path)
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError(
            f'{path}: wants these two lines, once each, between which the figures go: '
            f'{BEGIN} and {END}'
        )
    before, _, rest = text.partition(BEGIN)
    return before + part + rest.partition(END)[2]


def _groups(report: str | Path | None) -> str:
    """The table of AP and recall by kind of face, if there is a report."""
    if report is None:
        return ''
    try:
        groups = json.loads(read_text(report))['groups']
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError(
            f'{report}: not what report.py --json writes: {error}'
        ) from None
    rows = [
        {
            'faces of the hard subset': group,
            'number': f'{of["num_faces"]:,}',
            'AP': f'{of["ap"]:.3f}',
            'found at any score': f'{of["recall"]:.3f}',
        }
        for group, of in groups.items()
        if of['num_faces']
    ]
    return '\n' + _table(rows, list(rows[0]))


def _table(rows: list[dict], columns: list[str]) -> str:
    lines = [columns, ['---'] * len(columns)]
    lines += [[str(row[column]) for column in columns] for row in rows]
    return ''.join(f'| {" | ".join(line)} |\n' for line in lines)
