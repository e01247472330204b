"""A data set of a few images in WIDER FACE's layout."""

import cv2
import numpy as np

FACE = '8 10 20 25 0 1 0 0 2 1 '  # a trailing blank, as in the official files
TXT = f"""0--Parade/two.jpg
3
{FACE}
1 2 0 9 2 0 0 0 2 0 
40 5 10 12 1 0 0 1 0 0 
0--Parade/none.jpg
0
0 0 0 0 0 0 0 0 0 0 
1--Other/one.jpg
1
-3 50 12 15 2 0 1 0 0 0 
"""


def write_dataset(root, txt=TXT):
    split = root / 'wider_face_split'
    split.mkdir(parents=True)
    (split / 'wider_face_train_bbx_gt.txt').write_text(txt)
    (split / 'wider_face_test_filelist.txt').write_text('0--Parade/two.jpg\n')
    for name in ('0--Parade/two', '0--Parade/none', '1--Other/one'):
        path = root / 'WIDER_train' / 'images' / f'{name}.jpg'
        path.parent.mkdir(parents=True, exist_ok=True)
        image = np.random.default_rng(0).integers(0, 255, (64, 96, 3), np.uint8)
        cv2.imwrite(str(path), image)
    return root
