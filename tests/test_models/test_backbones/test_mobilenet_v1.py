import torch
from torch.nn import LeakyReLU as Leaky

from srn_mmdet.models.backbones import MobileNetV1


def test_maps_have_strides_4_to_32():
    out = MobileNetV1().eval()(torch.randn(1, 3, 64, 96))
    assert [tuple(m.shape[1:]) for m in out] == [
        (32, 16, 24),
        (64, 8, 12),
        (128, 4, 6),
        (256, 2, 3),
    ]


def test_imagenet_checkpoint_fits_name_by_name(shared):
    path = shared / 'weights' / 'mobilenet_v1_x0.25_imagenet.pth'
    state = torch.load(path, map_location='cpu', weights_only=True)['state_dict']
    state = {key.removeprefix('module.'): value for key, value in state.items()}
    state = {key: value for key, value in state.items() if not key.startswith('fc.')}
    MobileNetV1().load_state_dict(state, strict=True)


def test_norm_eval_freezes_the_statistics():
    model = MobileNetV1(norm_eval=True).train()
    before = model.stage1[0][1].running_mean.clone()
    model(torch.randn(2, 3, 32, 32))
    assert torch.equal(model.stage1[0][1].running_mean, before)
    model = MobileNetV1().train()
    model(torch.randn(2, 3, 32, 32))
    assert not torch.equal(model.stage1[0][1].running_mean, before)


def test_its_slope_is_that_of_the_imagenet_checkpoint():
    slopes = {m.negative_slope for m in MobileNetV1().modules() if isinstance(m, Leaky)}
    assert slopes == {0.1}
