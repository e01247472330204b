"""Detecting faces in pictures."""

from pathlib import Path

import cv2
import numpy as np
import torch
from mmcv.cnn import fuse_conv_bn
from mmdet.registry import MODELS
from mmdet.structures import DetDataSample
from mmengine.registry import init_default_scope
from torch import nn

from .named_models import resolve
from .published import load_published
from .runner import load_config

#: the light SRN that comes with the package
CONFIG, WEIGHTS = 'srn_mnet025_widerface.py', 'srn_mnet025'


def read_picture(path: str | Path) -> np.ndarray:
    """Read a picture as one sees it, with its EXIF orientation: (H, W, 3) uint8, BGR.

    Raises:
        FileNotFoundError, ValueError: There is no such file, or it is no picture.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f'{path}: no such file')
    image = cv2.imread(str(path))
    if image is None:
        raise ValueError(f'{path}: not a picture that can be read')
    return image


def load_detector(config: str = CONFIG, checkpoint: str | None = None) -> nn.Module:
    """Build a detector with its weights, in evaluation mode, on the CPU.

    Arguments and errors are :class:`SRNInferencer`'s.
    """
    found, path = resolve(config, checkpoint)
    init_default_scope('mmdet')
    cfg = load_config(found)
    cfg.model.backbone.init_cfg = None
    state = load_published(path).get('state_dict', {})
    model = MODELS.build(cfg.model).eval()
    try:
        model.load_state_dict({k: v.float() for k, v in state.items()})
    except RuntimeError as error:
        first = str(error).splitlines()[1].strip()
        raise ValueError(f'{path}: not weights of {config}: {first}') from None
    return model


class SRNInferencer:
    """A detector for pictures; with no arguments the light SRN of the package.

    Args:
        config: Name of a published model (``srn_mnet025``), path of a config, or the
            name of one that comes with the package.
        checkpoint: Its weights; None takes the published ones.
        device: 'cpu', 'cuda:0', ...; the best there is by default.
        max_side: Pictures whose longer side is over this are reduced to it before
            detection; None never reduces. Large faces, over about 360 px, are beyond
            the largest anchors, so that more is not always better.
        bf16: Compute in bfloat16 where that may be: faster on processors that have it,
            much slower on others; boxes and scores are a little less exact.

    Raises:
        FileNotFoundError, ValueError: There is no such config or checkpoint, or the
            checkpoint is damaged or of another network.
    """

    def __init__(
        self,
        config: str = CONFIG,
        checkpoint: str | None = None,
        device: str | None = None,
        max_side: int | None = 1280,
        bf16: bool = False,
    ) -> None:
        self.model = load_detector(config, checkpoint)
        self.device = device or ('cuda' if torch.cuda.is_available() else 'cpu')
        self.model = fuse_conv_bn(self.model).to(
            self.device, memory_format=torch.channels_last
        )
        # of one-step and two-step heads; two-stage detectors keep theirs elsewhere
        self.test_cfg = getattr(self.model, 'bbox_head', self.model).test_cfg
        # what is left out later need not go through NMS, as it suppresses nothing
        # better; in box voting it has a say
        self.score_thr = self.test_cfg.get('score_thr')
        if (self.test_cfg.get('nms') or {}).get('type') == 'box_voting':
            self.score_thr = None
        self.max_side = max_side
        self.bf16 = bf16

    @torch.no_grad()
    def __call__(
        self, image: np.ndarray | str | Path, score_thr: float = 0.0
    ) -> np.ndarray:
        """Detect faces.

        Args:
            image: (H, W, 3) uint8, BGR as OpenCV reads it, or a file.
            score_thr: Leave out detections up to this.

        Returns:
            (n, 5) float32: x1, y1, x2, y2 in pixels of ``image``, and a score; best
            first.

        Raises:
            FileNotFoundError, ValueError: There is no such file, or it is no picture.
        """
        if isinstance(image, str | Path):
            image = read_picture(image)
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
            raise ValueError(
                f'wants a picture (H, W, 3) of uint8, got {image.shape} {image.dtype}'
            )
        factor = 1.0
        if self.max_side is not None and max(image.shape[:2]) > self.max_side:
            factor = self.max_side / max(image.shape[:2])
        height, width = (max(round(side * factor), 1) for side in image.shape[:2])
        small = image
        if factor < 1:
            small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
        sample = DetDataSample(
            metainfo=dict(
                img_shape=(height, width),
                ori_shape=image.shape[:2],
                scale_factor=(width / image.shape[1], height / image.shape[0]),
            )
        )
        tensor = torch.from_numpy(np.ascontiguousarray(small.transpose(2, 0, 1)))
        data = dict(inputs=[tensor], data_samples=[sample])
        if self.score_thr is not None:
            self.test_cfg.score_thr = max(self.score_thr, score_thr)
        device = torch.device(self.device).type
        with torch.autocast(device, torch.bfloat16, enabled=self.bf16):
            found = self.model.test_step(data)[0].pred_instances
        rows = torch.cat([found.bboxes, found.scores[:, None]], 1).float().cpu().numpy()
        return rows[rows[:, 4] > score_thr]
