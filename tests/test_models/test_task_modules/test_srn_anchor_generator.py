import pytest
import torch
from mmdet.registry import TASK_UTILS

# width x height at scale 2 and 2 sqrt(2), with inclusive corners: the release's own
SIZES = {
    4: ((8, 10), (11.31, 14.14)),
    8: ((14, 18), (19.80, 25.46)),
    16: ((28, 36), (39.60, 50.91)),
    32: ((58, 72), (82.02, 101.82)),
    64: ((114, 142), (161.22, 200.82)),
    128: ((228, 284), (322.44, 401.64)),
}


@pytest.fixture
def generator():
    return TASK_UTILS.build(
        dict(
            type='SRNAnchorGenerator',
            strides=list(SIZES),
            scales=[2, 2.828427],
            ratios=[1.25],
        )
    )


def test_sizes_and_centres_are_the_releases(generator):
    for stride, anchors in zip(SIZES, generator.base_anchors, strict=True):
        sides = anchors[:, 2:] - anchors[:, :2] + 1
        torch.testing.assert_close(
            sides, torch.tensor(SIZES[stride]), atol=0.011, rtol=0
        )
        centres = (anchors[:, 2:] + anchors[:, :2]) / 2
        torch.testing.assert_close(centres, torch.full((2, 2), (stride - 1) / 2))


def test_smallest_anchor_by_hand(generator):
    assert generator.base_anchors[0][0].tolist() == [-2, -3, 5, 6]


def test_grid_moves_by_the_stride_and_keeps_a_places_anchors_together(generator):
    sizes = [(3, 2)] + [(1, 1)] * 5
    grid = generator.grid_priors(sizes, device='cpu')[0].view(3, 2, 2, 4)
    torch.testing.assert_close(
        grid[2, 1, 0], torch.tensor([-2.0, -3.0, 5.0, 6.0]) + torch.tensor([4, 8, 4, 8])
    )


def test_ratio_comes_before_scale():
    built = TASK_UTILS.build(
        dict(type='SRNAnchorGenerator', strides=[16], scales=[1, 2], ratios=[0.5, 1, 2])
    )
    sides = built.base_anchors[0][:, 2:] - built.base_anchors[0][:, :2] + 1
    # sqrt(512) = 22.6 -> 23 x 12 (11.5 to even), 16 x 16, sqrt(128) = 11.3 -> 11 x 22
    assert sides.tolist() == [
        [23, 12],
        [46, 24],
        [16, 16],
        [32, 32],
        [11, 22],
        [22, 44],
    ]
