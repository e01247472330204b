"""What each further look at a picture brings, and costs.

    python benchmarks/looks.py --photos FOLDER --afw FOLDER --wider data/wider_face \\
        --image-list configs/_base_/datasets/wider_face_subset_val.txt

Close-ups, tight crops, turned and small faces are made from photographs: of each face
that is found there with a score of .9 or more and is 60 px or higher, so that no
annotation's habit counts. A face is found again where a box of .5 or more overlaps it
by half.

What is not given is left out: the second look on WIDER FACE alone, by

    python benchmarks/looks.py --wider data/wider_face --large 0 320 \\
        --image-list configs/_base_/datasets/wider_face_subset_val.txt
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import torch
from wider_images import GROUND_TRUTH, ground_truth, pictures

from srn_mmdet import SRNInferencer
from srn_mmdet.evaluation.files import read_face_annotations
from srn_mmdet.evaluation.functional import (
    DetectionList,
    FaceAnnotations,
    afw_pascal_ap,
    wider_face_ap,
)
from srn_mmdet.inference.looks import Looking
from srn_mmdet.written_aside import write_file

Case = tuple[np.ndarray, np.ndarray]  # a picture, and its faces (n, 4)
ONE = dict(large_side=0, min_side=0)


def detector(detect: SRNInferencer, **looking) -> SRNInferencer:
    """The same network, looking in another way."""
    detect.looking = Looking(**looking)
    return detect


def faces_of(folder: Path, detect: SRNInferencer) -> list[Case]:
    """Photographs, and the faces in them that are beyond doubt."""
    detector(detect, **ONE)
    cases = []
    for path in sorted(p for p in folder.rglob('*') if p.suffix in ('.jpg', '.png')):
        picture = cv2.imread(str(path))
        boxes = detect(picture, 0.9)[:, :4]
        boxes = boxes[boxes[:, 3] - boxes[:, 1] >= 60]
        if len(boxes):
            cases.append((picture, boxes))
    return cases


def close_ups(photos: list[Case], fill: float, side: int) -> Iterator[Case]:
    """Each face so large that it fills a share of a square picture's height."""
    for picture, boxes in photos:
        for box in boxes:
            height = box[3] - box[1]
            half = height / fill / 2
            x, y = (box[:2] + box[2:]) / 2
            scale = side / (2 * half)
            move = np.float32(
                [[scale, 0, scale * (half - x)], [0, scale, scale * (half - y)]]
            )
            shown = cv2.warpAffine(
                picture, move, (side, side), flags=cv2.INTER_CUBIC,
                borderMode=cv2.BORDER_REFLECT_101,
            )  # fmt: skip
            yield shown, (box.reshape(2, 2) * scale + move[:, 2]).reshape(1, 4)


def crops(photos: list[Case], side: int) -> Iterator[Case]:
    """Each face cut out with a tenth around it, its longer side that of the crop."""
    for picture, boxes in photos:
        for box in boxes:
            margin = 0.1 * (box[2:] - box[:2])
            low = np.maximum(box[:2] - margin, 0).astype(int)
            high = (box[2:] + margin).astype(int)
            cut = picture[low[1] : high[1], low[0] : high[0]]
            scale = side / max(cut.shape[:2])
            shown = cv2.resize(
                cut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA
            )
            yield shown, (box - np.tile(low, 2))[None] * scale


def turned(photos: list[Case], turns: int) -> Iterator[Case]:
    for picture, boxes in photos:
        height, width = picture.shape[:2]
        x1, y1, x2, y2 = boxes.T
        for _ in range(turns):  # numpy turns against the clock
            x1, y1, x2, y2 = y1, width - x2, y2, width - x1
            height, width = width, height
        yield np.rot90(picture, turns).copy(), np.stack([x1, y1, x2, y2], 1)


def small(photos: list[Case], height: int) -> Iterator[Case]:
    """A photograph, its first face reduced to a height, in one of 6000x4000."""
    for picture, boxes in photos:
        scale = height / (boxes[0, 3] - boxes[0, 1])
        shown = cv2.resize(
            picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA
        )
        large = np.full((4000, 6000, 3), 127, np.uint8)
        y, x = 2100, 3300
        large[y : y + shown.shape[0], x : x + shown.shape[1]] = shown[
            : 4000 - y, : 6000 - x
        ]
        yield large, boxes * scale + np.array([x, y, x, y])


def found(detect: SRNInferencer, cases: Iterator[Case]) -> dict[str, float]:
    number, hits, wrong, seconds = 0, 0, 0, 0.0
    for picture, faces in cases:
        start = time.perf_counter()
        rows = detect(picture, 0.5)
        seconds += time.perf_counter() - start
        overlap = _iou(faces, rows[:, :4])
        number += len(faces)
        hits += int((overlap.max(1, initial=0) >= 0.5).sum())
        wrong += int((overlap.max(0, initial=0) < 0.5).sum())
    return dict(
        faces=number, found=hits / max(number, 1), others=wrong, seconds=seconds
    )


def _iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:4], b[None, :, 2:4])
    inter = (high - low).clip(0).prod(2)
    areas = [(x[:, 2:4] - x[:, :2]).prod(1) for x in (a, b)]
    return inter / np.maximum(areas[0][:, None] + areas[1] - inter, 1e-9)


def on_afw(detect: SRNInferencer, folder: Path) -> dict[str, float]:
    truth = read_face_annotations(folder / 'annotations' / 'new_annotations_AFW.mat')
    paths = {p.stem: p for p in sorted((folder / 'images').glob('*.jpg'))}
    images, rows, seconds = [], [], 0.0
    for name, path in paths.items():
        picture = cv2.imread(str(path))
        start = time.perf_counter()
        rows.append(detect(picture))
        seconds += time.perf_counter() - start
        images += [name] * len(rows[-1])
    rows = np.concatenate(rows).astype(float)
    order = np.argsort(-rows[:, 4], kind='stable')
    some = FaceAnnotations(
        {name: truth.boxes[name] for name in paths},
        {name: truth.ignored[name] for name in paths},
    )
    result = afw_pascal_ap(
        some, DetectionList([images[i] for i in order], rows[order, :4], rows[order, 4])
    )
    return dict(ap=result.ap, recall=float(result.recall[-1]), seconds=seconds)


def on_wider(
    detect: SRNInferencer, root: Path, image_list: str, split: str
) -> dict[str, float]:
    """By the official protocol; of training images over all faces, and by height."""
    truth = ground_truth(root, image_list, split)
    boxes, seconds = {}, 0.0
    for name, picture in pictures(root, truth, split):
        start = time.perf_counter()
        rows = detect(picture).astype(np.float64)
        seconds += time.perf_counter() - start
        rows[:, 2:4] -= rows[:, :2]
        boxes[name] = rows
    figures = {subset: of.ap for subset, of in wider_face_ap(truth, boxes).items()}
    return dict(figures, seconds=seconds)


def on_photos(
    detect: SRNInferencer,
    photos: list[Case],
    large_sides: list[int],
    note: Callable[[str, dict], None],
) -> None:
    for side in (640, 1280):
        for fill in (0.5, 0.7, 0.9):
            for large in large_sides:
                detector(detect, large_side=large)
                note(
                    f'close-up, face {fill:.0%} of {side} px, second look {large}',
                    found(detect, close_ups(photos, fill, side)),
                )
    for side in (24, 32, 48, 64, 96):
        for least in (0, 96, 128, 160, 192, 256):
            detector(detect, min_side=least, large_side=0)
            note(
                f'crop of {side} px, enlarged to {least}',
                found(detect, crops(photos, side)),
            )
    for turns in (0, 1, 2, 3):
        for every in (False, True):
            detector(detect, turned=every)
            note(
                f'{turns} quarter turns{", --turned" if every else ""}',
                found(detect, turned(photos, turns)),
            )
    for height in (15, 30):
        for tiles in (None, 1280):
            detector(detect, tiles=tiles)
            note(
                f'faces of {height} px in 6000x4000, tiles {tiles}',
                found(detect, small(photos[-3:], height)),
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--photos', type=Path, help='folder of photographs')
    parser.add_argument('--afw', type=Path, help='folder with annotations/ and images/')
    parser.add_argument('--wider', type=Path, help='WIDER FACE')
    parser.add_argument('--image-list', help='of its images')
    parser.add_argument('--split', choices=GROUND_TRUTH, default='val')
    parser.add_argument('--large', type=int, nargs='*', default=[0, 256, 320, 384, 640])
    parser.add_argument('--wider-turned', action='store_true', help='slow')
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument(
        '--checkpoint', help="instead of the package's weights; --photos' faces stay"
    )
    parser.add_argument(
        '--config', default='srn_mnet025', help="of --checkpoint's network"
    )
    parser.add_argument('--json', help='write all figures to this file')
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    detect = SRNInferencer(device='cpu')
    rows = {}

    def note(what: str, figures: dict) -> None:
        rows[what] = figures
        text = ', '.join(
            f'{k} {v:.3f}' if v != int(v) else f'{k} {v}' for k, v in figures.items()
        )
        print(f'{what}: {text}', flush=True)

    photos = faces_of(args.photos, detect) if args.photos else []
    if args.checkpoint:
        detect = SRNInferencer(args.config, args.checkpoint, device='cpu')
    if photos:
        on_photos(detect, photos, args.large, note)
    wider = partial(on_wider, detect, args.wider, args.image_list, args.split)
    looks = [(f'second look {large}', dict(large_side=large)) for large in args.large]
    for name, looking in [*looks, ('second look 320, --small', dict(small=True))]:
        detector(detect, **looking)
        if args.afw:
            note(f'AFW, {name}', on_afw(detect, args.afw))
        if args.wider:
            note(f'WIDER FACE, {name}', wider())
    if args.wider and args.wider_turned:
        detector(detect, turned=True)
        note('WIDER FACE, --turned', wider())
    if args.json:
        write_file(args.json, json.dumps(rows, indent=1) + '\n')


if __name__ == '__main__':
    main()
