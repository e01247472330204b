"""A detector of what is white, in the place of the network."""

import numpy as np

from srn_mmdet.inference import FaceDetector


class White(FaceDetector):
    """Takes what SRNInferencer takes; finds the white thing, with a score of .9."""

    def __init__(self, config, checkpoint, device, max_side, bf16, **others):
        super().__init__(max_side=max_side, min_side=0, large_side=0, **others)

    def run(self, pictures):
        found = []
        for shown in pictures:
            rows, columns = (shown.min(2) > 200).nonzero()
            box = [0] * 4
            if len(rows):
                ends = columns.max() + 1, rows.max() + 1
                box = [columns.min(), rows.min(), *ends]
            found.append(np.array([[*box, 0.9]] * bool(len(rows)), np.float32))
        return [rows.reshape(-1, 5) for rows in found]
