"""Which config and which weights a name means."""

from pathlib import Path

from ..zoo import file_of, find_model, models, weights_of
from .runner import find_config, packaged_configs


def resolve(model: str, checkpoint: str | None = None) -> tuple[str, str]:
    """The config and the checkpoint that are meant.

    Args:
        model: A published model's name or alias, a packaged config's name, or the path
            of a config.
        checkpoint: Its weights, a file or ``srn_mmdet://NAME``; None takes the published
            ones.

    Raises:
        FileNotFoundError, TypeError, ValueError: There is no such model, it has no
            published weights, or they cannot be had.
    """
    if not isinstance(model, str | Path):
        raise TypeError(
            f'{model!r}: wants the name of a model, or the path of a config'
        )
    model = str(model)
    checkpoint = checkpoint and file_of(str(checkpoint))
    found = find_model(model)
    if found is not None:
        return str(found.config), checkpoint or str(weights_of(found))
    known = ', '.join(' or '.join([each.name, *each.aliases]) for each in models())
    try:
        config = find_config(model)
    except FileNotFoundError as error:
        paths = map(Path, packaged_configs().values())
        top = {path.stem for path in paths if path.parent.name == 'configs'}
        top -= {each.config.stem for each in models()}
        raise FileNotFoundError(
            f'{error}. Published models: {known}. Configs without published weights: '
            f'{", ".join(sorted(top))} and more'
        ) from None
    if checkpoint is None:
        file = f'{model.removesuffix(".py")}.py'  # mim wants the ending
        raise ValueError(
            f'{model}: no weights of it are published: train it (mim train srn_mmdet '
            f'{file}) and give its checkpoint. Published models: {known}'
        )
    return config, checkpoint
