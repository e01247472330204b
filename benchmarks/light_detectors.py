"""Detectors that people use on a CPU: pictures a second, and their AP.

Times: all detectors in one process, one after the other in every round, on the same
photograph in each size; from the decoded picture to the boxes. AP: WIDER FACE's official
protocol on a list of images, at their original size.

    python benchmarks/light_detectors.py --sizes 480x640 720x1280 \\
        --data-root data/wider_face --json light.json \\
        --image-list configs/_base_/datasets/wider_face_subset_val.txt

OpenCV's Haar cascades come with opencv-python < 5. YuNet's authors have it in a package
of its own, compiled (pip install yuface); OpenCV's model does not come with a package:
--yunet FILE takes it.
"""

import argparse
import importlib.util
import json
import os
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch
from wider_images import ground_truth, pictures

from srn_mmdet.apis.inferencer import CONFIG, SRNInferencer, load_detector
from srn_mmdet.evaluation.functional import wider_face_ap
from srn_mmdet.written_aside import write_file

Detector = Callable[
    [np.ndarray], np.ndarray
]  # picture -> (n, 5): x1, y1, x2, y2, score


def haar() -> Detector:
    folder = Path(cv2.data.haarcascades)
    cascade = cv2.CascadeClassifier(str(folder / 'haarcascade_frontalface_default.xml'))

    def detect(image: np.ndarray) -> np.ndarray:
        grey = cv2.equalizeHist(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY))
        boxes, _, weights = cascade.detectMultiScale3(grey, outputRejectLevels=True)
        if not len(boxes):
            return np.zeros((0, 5), np.float32)
        boxes = np.asarray(boxes, np.float32)
        boxes[:, 2:] += boxes[:, :2]
        return np.concatenate([boxes, np.reshape(weights, (-1, 1))], 1)

    return detect


def yunet(path: str) -> Detector:
    model = cv2.FaceDetectorYN.create(path, '', (320, 320), 0.02, 0.45, 5000)

    def detect(image: np.ndarray) -> np.ndarray:
        model.setInputSize(image.shape[1::-1])
        rows = model.detect(image)[1]
        if rows is None:
            return np.zeros((0, 5), np.float32)
        rows = rows[:, [0, 1, 2, 3, -1]]
        rows[:, 2:4] += rows[:, :2]
        return rows

    return detect


def libfacedetection(threads: int) -> Detector:
    """YuNet as its authors compiled it: scores are whole percent, from 20 on."""
    os.environ['OMP_NUM_THREADS'] = str(threads)  # read as it is imported
    import yuface

    # that pictures over 960 px may be slow
    warnings.filterwarnings('ignore', module='yuface')

    def detect(image: np.ndarray) -> np.ndarray:
        scores, boxes, _ = yuface.detect(image, conf=0)
        rows = np.concatenate([boxes, scores[:, None]], 1).astype(np.float32)
        rows[:, 2:4] += rows[:, :2]
        return rows

    return detect


def onnx(config: str, checkpoint: str | None, threads: int) -> Detector:
    from srn_mmdet.export import OnnxDetector, export_onnx

    with tempfile.TemporaryDirectory() as folder:
        model = load_detector(config, checkpoint)
        return OnnxDetector(export_onnx(model, Path(folder) / 'm.onnx'), threads)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--config', default=CONFIG)
    parser.add_argument('--checkpoint', help='default: the weights of the package')
    parser.add_argument('--yunet', help='face_detection_yunet_*.onnx')
    parser.add_argument('--picture', help='for the times; default: noise')
    parser.add_argument(
        '--sizes', nargs='*', default=['480x640', '720x1280'], help='HEIGHTxWIDTH'
    )
    parser.add_argument('--rounds', type=int, default=10)
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--data-root', help='WIDER FACE, for the AP')
    parser.add_argument('--image-list', help='these images only')
    parser.add_argument('--json', help='write the table to this file')
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(args.threads)
    whole = dict(max_side=None, device='cpu')
    weights = (args.config, args.checkpoint)
    detectors = {
        'SRN': SRNInferencer(*weights, **whole),
        'SRN, bfloat16': SRNInferencer(*weights, **whole, bf16=True),
        'SRN, ONNX Runtime': onnx(*weights, args.threads),
    }
    if hasattr(cv2, 'CascadeClassifier'):
        detectors['Haar cascade (OpenCV)'] = haar()
    if importlib.util.find_spec('yuface'):
        detectors['YuNet (libfacedetection)'] = libfacedetection(args.threads)
    if args.yunet:
        detectors['YuNet (OpenCV)'] = yunet(args.yunet)
    rows = {name: {} for name in detectors}
    for size in args.sizes:
        height, width = map(int, size.split('x'))
        if args.picture:
            image = cv2.resize(cv2.imread(args.picture), (width, height))
        else:
            image = np.random.default_rng(0).integers(
                0, 255, (height, width, 3), np.uint8
            )
        times = {name: [] for name in detectors}
        for number in range(args.rounds + 1):
            for name, detect in detectors.items():
                start = time.perf_counter()
                detect(image)
                if number:  # the first is for warming up
                    times[name].append(time.perf_counter() - start)
        for name in detectors:
            rows[name][size] = 1 / statistics.median(times[name])
    if args.data_root:
        for name, figures in average_precision(detectors, args).items():
            rows[name].update(figures)
    columns = list(next(iter(rows.values())))
    print(f'{args.threads} threads; pictures a second at each size; AP')
    print(f'{"":26s}' + ''.join(f'{column:>10s}' for column in columns))
    for name, row in rows.items():
        print(f'{name:26s}' + ''.join(f'{row[column]:10.3f}' for column in columns))
    if args.json:
        write_file(args.json, json.dumps(rows, indent=2) + '\n')


def average_precision(detectors: dict[str, Detector], args) -> dict[str, dict]:
    truth = ground_truth(args.data_root, args.image_list)
    found = {name: {} for name in detectors}
    for image_name, image in pictures(args.data_root, truth):
        for name, detect in detectors.items():
            rows = np.array(detect(image), np.float64)
            rows[:, 2:4] -= rows[:, :2]
            found[name][image_name] = rows
    return {
        name: {
            subset: result.ap for subset, result in wider_face_ap(truth, boxes).items()
        }
        for name, boxes in found.items()
    }


if __name__ == '__main__':
    main()
