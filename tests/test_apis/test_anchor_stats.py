from pathlib import Path

import pytest

from srn_mmdet.apis.anchor_stats import anchor_stats, format_anchor_stats
from srn_mmdet.apis.runner import load_config
from srn_mmdet.demo.make_dataset import make_dataset

REPO = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_every_anchor_of_every_sample_is_counted_once(tmp_path):
    make_dataset(tmp_path, train=8, val=1)
    cfg = load_config(str(REPO / 'configs/demo/srn_demo.py'), data_root=str(tmp_path))
    stats = anchor_stats(cfg, num_images=6)
    assert stats.anchors == [2 * (-(-224 // s)) ** 2 for s in stats.strides]
    for step in ('first', 'second'):
        per_level = stats.counts[step].sum(1).tolist()
        assert per_level == [6 * n for n in stats.anchors]
    # the first step is stricter
    positives = [stats.counts[step][:, 0].sum() for step in ('first', 'second')]
    assert 0 < positives[0] < positives[1]
    assert stats.heights.sum() == stats.num_faces
    text = format_anchor_stats(stats)
    assert '98.35%' in text and '88.9 %' in text
