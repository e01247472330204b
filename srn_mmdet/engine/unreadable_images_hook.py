"""How many images a training passed over."""

from pathlib import Path

from mmdet.registry import HOOKS
from mmengine.dist import is_main_process
from mmengine.hooks import Hook


@HOOKS.register_module()
class UnreadableImagesHook(Hook):
    """Say at the end how many images LoadTrainingImage passed over.

    Args:
        record: The file that it notes them in; what an earlier run left is removed.
    """

    def __init__(self, record: str) -> None:
        self.record = Path(record)

    def before_train(self, runner) -> None:
        if is_main_process():
            self.record.unlink(missing_ok=True)

    def after_train(self, runner) -> None:
        if self.record.is_file():
            number = len(self.record.read_bytes().splitlines())
            runner.logger.warning(
                f'{number} images could not be read and were passed over: {self.record}'
            )
