"""Detecting faces in pictures."""

import numpy as np
import torch
from mmcv.cnn import fuse_conv_bn
from mmdet.registry import MODELS
from mmdet.structures import DetDataSample
from mmengine.registry import init_default_scope
from torch import nn

from ..checked_arguments import switch
from ..engine.check_weights_hook import check_weights
from ..inference import FaceDetector
from .named_models import resolve
from .published import load_published
from .runner import load_config

#: the light SRN that comes with the package
CONFIG, WEIGHTS = 'srn_mnet025_widerface.py', 'srn_mnet025'


def load_detector(config: str = CONFIG, checkpoint: str | None = None) -> nn.Module:
    """Build a detector with its weights, in evaluation mode, on the CPU.

    Arguments and errors are :class:`SRNInferencer`'s.
    """
    found, path = resolve(config, checkpoint)
    init_default_scope('mmdet')
    cfg = load_config(found)
    if 'model' not in cfg:
        raise ValueError(f'{found}: no detector in it: there is no `model`')
    if 'backbone' in cfg.model:
        cfg.model.backbone.init_cfg = None
    loaded = load_published(path)
    model = MODELS.build(cfg.model).eval()
    state = check_weights(model, loaded, path, config)
    model.load_state_dict({k: v.float() for k, v in state.items()})
    return model


class SRNInferencer(FaceDetector):
    """A detector for pictures; with no arguments the light SRN of the package.

    Args:
        config: Name of a published model (``srn_mnet025``), path of a config, or the
            name of one that comes with the package.
        checkpoint: Its weights; None takes the published ones.
        device: 'cpu', 'cuda:0', ...; the best there is by default.
        max_side: Pictures whose longer side is over this are reduced to it before
            detection; None never reduces.
        bf16: Compute in bfloat16 where that may be: faster on processors that have it,
            much slower on others; boxes and scores are a little less exact.
        others: Keyword arguments of :class:`FaceDetector`.

    Raises:
        FileNotFoundError, ValueError: There is no such config, checkpoint or device, or
            the checkpoint is damaged or of another network.
    """

    def __init__(
        self,
        config: str = CONFIG,
        checkpoint: str | None = None,
        device: str | None = None,
        max_side: int | None = 1280,
        bf16: bool = False,
        **others,
    ) -> None:
        super().__init__(max_side=max_side, **others)
        self.device = as_device(device)
        self.model = fuse_conv_bn(load_detector(config, checkpoint)).to(
            self.device, memory_format=torch.channels_last
        )
        # of one-step and two-step heads; two-stage detectors keep theirs elsewhere
        self.test_cfg = getattr(self.model, 'bbox_head', self.model).test_cfg
        self.bf16 = switch(bf16, 'bf16')

    @torch.inference_mode()
    def run(self, pictures: np.ndarray) -> list[np.ndarray]:
        height, width = pictures.shape[1:3]
        info = dict(
            img_shape=(height, width),
            ori_shape=(height, width),
            scale_factor=(1.0, 1.0),
        )
        data = dict(
            inputs=list(torch.from_numpy(pictures.transpose(0, 3, 1, 2))),
            data_samples=[DetDataSample(metainfo=info) for _ in pictures],
        )
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            found = self.model.test_step(data)
        return [
            torch.cat([of.pred_instances.bboxes, of.pred_instances.scores[:, None]], 1)
            .float()
            .cpu()
            .numpy()
            for of in found
        ]


def as_device(name: str | None) -> torch.device:
    """A device to compute on; None is the best there is.

    Raises:
        ValueError: There is none of this name here.
    """
    if name is None:
        return torch.device('cuda' if torch.cuda.is_available() else 'cpu')
    try:
        device = torch.device(name)
        if device.type == 'meta':
            raise RuntimeError('it computes nothing')
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0].partition('. ')[0]
        raise ValueError(f'device {name}: not to be had here: {reason}') from None
    return device
