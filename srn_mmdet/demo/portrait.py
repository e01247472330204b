"""A picture with real faces that needs no download: Grace Hopper's portrait.

Matplotlib brings it along; the United States Navy took it, and it is public domain.
"""

import cv2
import numpy as np

#: height of the portrait (600 px, the face about 213), x, y of where it goes
_COPIES = (
    (620, 20, 20),
    (300, 600, 40),
    (150, 900, 60),
    (80, 930, 260),
    (45, 1010, 280),
)
_SMALL = 72  # height of those in the rows below


def portrait() -> np.ndarray:
    """The portrait: (600, 512, 3) uint8, BGR, with one face."""
    from matplotlib import cbook

    with cbook.get_sample_data('grace_hopper.jpg') as file:
        return cv2.imdecode(np.frombuffer(file.read(), np.uint8), cv2.IMREAD_COLOR)


def group() -> np.ndarray:
    """Many sizes of it on one wall: (680, 1080, 3) uint8, BGR; faces of 13 to 220 px."""
    wall = np.full((680, 1080, 3), (196, 203, 208), np.uint8)
    whole = portrait()
    row = [(_SMALL, 600 + 75 * i, 400 + 90 * j) for i in range(6) for j in range(3)]
    for height, x, y in (*_COPIES, *row):
        size = (round(height * whole.shape[1] / whole.shape[0]), height)
        small = cv2.resize(whole, size, interpolation=cv2.INTER_AREA)
        wall[y : y + height, x : x + size[0]] = small
    return wall
