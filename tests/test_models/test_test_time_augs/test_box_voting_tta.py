import numpy as np
import pytest
import torch
from mmdet.registry import MODELS, TRANSFORMS
from mmdet.structures import DetDataSample
from mmengine.dataset import pseudo_collate
from mmengine.structures import InstanceData
from torch import nn

from srn_mmdet.models.test_time_augs.box_voting_tta import _in_image

DOWN = torch.tensor([0.0, 8, 0, 8])
FACES = torch.tensor([[40.0, 30, 63, 59], [100, 50, 279, 229]])  # 24 x 30, 180 x 180


class Oracle(nn.Module):
    """Finds the faces in any view, by the view's own geometry."""

    def __init__(self, too_large=10**9, error='out of memory'):
        super().__init__()
        self.too_large, self.error, self.seen = too_large, error, []

    def test_step(self, data):
        samples = data['data_samples']
        for sample, image in zip(samples, data['inputs'], strict=True):
            assert image.shape[1:] == sample.img_shape
            if image.shape[1] * image.shape[2] > self.too_large:
                raise RuntimeError(self.error)
            scale = sample.view['scale']
            boxes = FACES * scale + (scale - 1) / 2
            if sample.view['flip']:
                boxes = sample.img_shape[1] - 1 - boxes
                boxes = boxes[:, [2, 1, 0, 3]] * torch.tensor([1.0, -1, 1, -1])
                boxes[:, 1::2] += sample.img_shape[1] - 1
            sample.pred_instances = InstanceData(
                bboxes=boxes, scores=torch.tensor([0.9, 0.8]), labels=torch.zeros(2)
            )
            self.seen.append((scale, sample.view['flip']))
        return samples


def run(oracle, size=(300, 400), max_size=700, **kwargs):
    image = np.zeros((*size, 3), np.uint8)
    results = dict(img=image, img_path='a/b.jpg', img_id=1, ori_shape=size)
    views = TRANSFORMS.build(dict(type='MultiScaleViews', max_size=max_size))(results)
    model = MODELS.build(dict(type='BoxVotingTTAModel', module=oracle, **kwargs))
    return model.test_step(pseudo_collate([views]))[0]


@pytest.mark.parametrize('max_size', [700, 1000, 200])  # 200: over the budget
def test_boxes_of_all_views_come_back_to_the_same_place(max_size):
    oracle = Oracle()
    result = run(oracle, max_size=max_size)
    assert len(oracle.seen) >= 4
    torch.testing.assert_close(result.pred_instances.bboxes, FACES, atol=1e-3, rtol=0)
    assert result.ori_shape == (300, 400) and result.img_path == 'a/b.jpg'


def test_result_is_clipped_to_the_image():
    size = (200, 250)  # the large face ends at 279, 229
    boxes = run(Oracle(), size=size).pred_instances.bboxes
    assert boxes[1].tolist() == [100, 50, 249, 199]


def test_classes_keep_their_labels_and_do_not_vote_for_each_other():
    class TwoClasses(Oracle):
        """The large face once more as another class, a little moved and better."""

        def test_step(self, data):
            samples = super().test_step(data)
            for sample in samples:
                faces = sample.pred_instances
                moved = faces.bboxes[1:] + DOWN * sample.view['scale']
                sample.pred_instances = InstanceData(
                    bboxes=torch.cat([faces.bboxes, moved]),
                    scores=torch.tensor([0.9, 0.8, 0.85]),
                    labels=torch.tensor([0, 0, 2]),
                )
            return samples

    found = run(TwoClasses(), size=(300, 400)).pred_instances
    assert found.labels.tolist() == [0, 2, 0]
    assert found.scores.tolist() == pytest.approx([0.9, 0.85, 0.8])
    wanted = torch.stack([FACES[0], FACES[1] + DOWN, FACES[1]])
    torch.testing.assert_close(found.bboxes, wanted, atol=1e-3, rtol=0)
    assert len(run(TwoClasses(), max_per_img=2).pred_instances) == 2


class OneView(Oracle):
    """Finds the faces in the view of this scale alone."""

    def __init__(self, scale):
        super().__init__()
        self.scale = scale

    def test_step(self, data):
        samples = super().test_step(data)
        if abs(samples[0].view['scale'] - self.scale) > 1e-6:
            samples[0].pred_instances = samples[0].pred_instances[:0]
        return samples


@pytest.mark.parametrize(
    'scale, kept', [(0.5, [1]), (1.0, [0, 1]), (1.5, [0])], ids=['half', 'own', 'x1.5']
)
def test_reduced_views_find_the_large_and_enlarged_ones_the_small(scale, kept):
    """24 x 30 px is not over 30 px; 180 x 180 px is not under 100 px."""
    found = run(OneView(scale), max_size=700).pred_instances.bboxes
    expected = FACES[kept].repeat_interleave(1, 0)
    torch.testing.assert_close(found, expected, atol=1e-3, rtol=0)


def test_long_faces_are_large_by_the_longer_side_and_small_by_the_shorter():
    """20 x 40, 40 x 20, 20 x 20 and 40 x 40 px."""
    boxes = torch.tensor([[0.0, 0, w - 1, h - 1] for w, h in LONG])
    found = InstanceData(bboxes=boxes, scores=torch.ones(4), labels=torch.arange(4))
    view = dict(scale=1.0, flip=False, longer_over=30, shorter_under=None)
    sample = DetDataSample(metainfo=dict(view=view, img_shape=(50, 50)))
    sample.pred_instances = found
    assert _in_image(sample)[2].tolist() == [0, 1, 3]
    view = dict(view, longer_over=None, shorter_under=30)
    sample.set_metainfo(dict(view=view))
    assert _in_image(sample)[2].tolist() == [0, 1, 2]


LONG = [(20, 40), (40, 20), (20, 20), (40, 40)]


def test_a_face_that_one_view_finds_goes_only_with_the_releases_rule():
    assert len(run(OneView(1.5)).pred_instances) == 1
    assert len(run(OneView(1.5), drop_single=True).pred_instances) == 0


def test_a_view_too_large_for_memory_is_skipped_with_a_warning():
    oracle = Oracle(too_large=300 * 400)
    with pytest.warns(UserWarning, match=r'a/b\.jpg: the view of 600x450 px'):
        result = run(oracle, max_size=700)
    assert oracle.seen == [(1.0, False), (1.0, True), (0.5, False)]
    torch.testing.assert_close(result.pred_instances.bboxes, FACES, atol=1e-3, rtol=0)


@pytest.mark.filterwarnings('ignore:a/b.jpg')
def test_no_view_that_fits_is_an_error_that_names_the_image():
    with pytest.raises(MemoryError, match=r'a/b\.jpg: none of its'):
        run(Oracle(too_large=0))


def test_other_errors_are_not_swallowed():
    with pytest.raises(RuntimeError, match='mat1 and mat2'):
        run(Oracle(too_large=0, error='mat1 and mat2 shapes cannot be multiplied'))


@pytest.mark.parametrize(
    'wrong', [dict(iou_thr=7), dict(max_per_img=0), dict(drop_single='no')]
)
def test_settings_that_are_none_are_refused_when_built(wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(ValueError, match=f'{name}={value!r}: wants'):
        run(Oracle(), **wrong)


@pytest.mark.parametrize('max_size', [0, 1400.5, '1400', (1400, 1400)])
def test_a_budget_is_a_number_of_pixels(max_size):
    with pytest.raises(ValueError, match='max_size=.*: wants a whole number of 32'):
        run(Oracle(), max_size=max_size)
