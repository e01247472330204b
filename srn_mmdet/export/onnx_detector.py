"""Running an exported detector by ONNX Runtime."""

from pathlib import Path

import numpy as np
import torch
from mmcv.ops import nms

from ..checked_arguments import whole
from ..inference import FaceDetector
from ..models.layers import box_voting
from .graph import OUTPUTS, WITH_NMS


class OnnxDetector(FaceDetector):
    """Runs an exported detector by ONNX Runtime.

    It can be pickled, the graph with it.

    Args:
        path: As :func:`export_onnx` wrote it.
        threads: Of ONNX Runtime; 0 takes all cores.
        others: Keyword arguments of :class:`FaceDetector`.

    Raises:
        FileNotFoundError, ValueError: There is no such file, or no such detector in it.
        ImportError: onnxruntime is not installed.
    """

    def __init__(self, path: str | Path, threads: int = 0, **others) -> None:
        super().__init__(**others)
        if not Path(path).is_file():
            raise FileNotFoundError(f'{path}: no such file')
        self.threads = whole(threads, 'threads', 0)
        self.graph = Path(path).read_bytes()
        try:
            self._start()
        except ImportError:
            raise
        except Exception as error:  # those of onnxruntime have no other base in common
            reason = str(error).splitlines()[0]
            raise ValueError(f'{path}: not a detector in ONNX: {reason}') from None

    def _start(self) -> None:
        try:
            import onnxruntime
        except ImportError:
            raise ImportError('wants onnxruntime: pip install onnxruntime') from None
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        self.session = onnxruntime.InferenceSession(
            self.graph, options, providers=onnxruntime.get_available_providers()
        )
        found = [output.name for output in self.session.get_outputs()]
        if found == list(WITH_NMS):
            raise ValueError(
                'it has NMS inside and runs without this package (docs/export.md)'
            )
        if found != list(OUTPUTS):
            raise ValueError(f'its outputs are {found}, not {list(OUTPUTS)}')
        meta = self.session.get_modelmeta().custom_metadata_map
        if 'nms_iou' not in meta:
            raise ValueError('its settings, which export_onnx wrote into it, are gone')
        self.settings = {key: float(value) for key, value in meta.items()}

    def __getstate__(self) -> dict:
        return {key: v for key, v in self.__dict__.items() if key != 'session'}

    def __setstate__(self, state: dict) -> None:
        self.__dict__.update(state)
        self._start()

    def run(self, pictures: np.ndarray) -> list[np.ndarray]:
        inputs = pictures.transpose(0, 3, 1, 2).astype(np.float32)
        boxes, scores, levels = self.session.run(OUTPUTS, {'pictures': inputs})
        return [
            self._select(*of_one, levels) for of_one in zip(boxes, scores, strict=True)
        ]

    def _select(
        self, boxes: np.ndarray, scores: np.ndarray, levels: np.ndarray
    ) -> np.ndarray:
        """Threshold, the best of each level, NMS or voting, the best of all."""
        settings, chosen = self.settings, []
        for level in np.unique(levels):
            index = (levels == level).nonzero()[0]
            small = len(index) < settings['score_thr_min_places'] * settings['anchors']
            low = 0.0 if small else settings['score_thr']
            index = index[scores[index] > low]
            order = np.argsort(-scores[index], kind='stable')
            chosen.append(index[order[: int(settings['nms_pre'])]])
        chosen = np.concatenate(chosen)
        if settings['min_bbox_size'] >= 0:
            sides = boxes[chosen, 2:] - boxes[chosen, :2]
            chosen = chosen[(sides > settings['min_bbox_size']).all(1)]
        if settings.get('box_voting'):  # not in files of earlier versions
            voted = box_voting(
                torch.from_numpy(boxes[chosen]),
                torch.from_numpy(scores[chosen]),
                settings['nms_iou'],
                max_num=int(settings['max_per_img']),
                offset=settings['nms_offset'],
            )
            return np.concatenate([voted[0], voted[1][:, None]], 1)
        found, _ = nms(
            boxes[chosen],
            scores[chosen],
            settings['nms_iou'],
            offset=int(settings['nms_offset']),
        )
        return found[: int(settings['max_per_img'])]
