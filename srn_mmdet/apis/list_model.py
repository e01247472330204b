"""Listing a published checkpoint: its entry in the metafile, and its card."""

from pathlib import Path

from ..zoo.card import check_card, make_card, write_card
from ..zoo.entry import check_entry, make_entry, write_entry
from .published import load_published
from .runner import find_config, load_config

_STATISTICS = ('running_mean', 'running_var', 'num_batches_tracked')


def list_model(
    weights: str | Path,
    metafile: str | Path,
    config: str | None = None,
    card: str | None = None,
    report: str | None = None,
    check: bool = False,
    **said,
) -> dict:
    """Write or check a published model's entry and card.

    Args:
        weights: As :func:`.published.publish` wrote them.
        metafile: configs/metafile.yml of a checkout.
        config: Of the model, path or name; default: that of the entry there is.
        card: Markdown file whose made part is written anew.
        report: JSON of tools/analysis_tools/report.py, for the card.
        check: Write nothing.
        said: What :func:`srn_mmdet.zoo.entry.make_entry` takes beside these.

    Raises:
        FileNotFoundError, ValueError: A file is missing or not what it should be; with
            ``check``, entry or card are not what they should be.
    """
    path = _config_of(Path(metafile), Path(weights), config)
    state = load_published(weights)['state_dict']
    parameters = sum(
        value.numel() for key, value in state.items() if not key.endswith(_STATISTICS)
    )
    entry = make_entry(metafile, weights, str(path), parameters=parameters, **said)
    made = None
    if card is not None:
        made = make_card(entry, load_config(str(path)), weights, report)
    if check:
        check_entry(metafile, entry)
        if made is not None:
            check_card(card, entry['Name'], made)
        return entry
    write_entry(metafile, entry)
    if made is not None:
        write_card(card, entry['Name'], made)
    return entry


def _config_of(metafile: Path, weights: Path, config: str | None) -> Path:
    """The model's config in the tree that the metafile is of."""
    from ..zoo import models

    if config is None:
        name = weights.stem.rsplit('-', 1)[0]
        found = [model.config for model in models(metafile) if model.name == name]
        if not found:
            raise ValueError(f'{metafile}: has no {name} yet: give --config')
        return found[0]
    path = Path(find_config(config)).resolve()
    folder = metafile.resolve().parent
    if not path.is_relative_to(folder):  # the name of a packaged one: this tree's of it
        path = next(folder.rglob(path.name), path)
    return path
