import torch
from mmdet.registry import TASK_UTILS

from srn_mmdet.models.layers import from_anchors, per_anchor


def test_rows_follow_the_anchor_generator():
    # a map whose value says which anchor, row and column it belongs to
    height, width, num_anchors = 2, 3, 2
    x = torch.stack(
        [
            torch.tensor(
                [[a * 100.0 + h * 10 + w for w in range(width)] for h in (0, 1)]
            )
            for a in range(num_anchors)
        ]
    )[None]
    assert x.shape == (1, num_anchors, height, width)
    rows = per_anchor(x, 1)[0, :, 0].tolist()
    assert rows[:6] == [0, 100, 1, 101, 2, 102]  # (h, w, a): a fastest, then w
    assert rows[6:8] == [10, 110]

    generator = TASK_UTILS.build(
        dict(type='AnchorGenerator', scales=[1, 2], ratios=[1], strides=[4])
    )
    anchors = generator.grid_priors([(height, width)], device='cpu')[0]
    centres = (anchors[:, :2] + anchors[:, 2:]) / 2 / 4  # x, y in places
    sizes = (anchors[:, 2] - anchors[:, 0]) / 4
    said = [(s - 1) * 100 + c[1] * 10 + c[0] for c, s in zip(centres, sizes)]
    assert torch.stack(said).tolist() == rows


def test_box_deltas_of_an_anchor_stay_together():
    x = torch.arange(2 * 4.0).view(1, 8, 1, 1)  # two anchors of one place
    assert per_anchor(x, 4).tolist() == [[[0, 1, 2, 3], [4, 5, 6, 7]]]


def test_from_anchors_undoes_per_anchor():
    x = torch.randn(2, 6, 3, 5)
    for dim in (1, 2, 3):
        assert torch.equal(from_anchors(per_anchor(x, dim), (3, 5)), x)
