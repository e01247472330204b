"""What a detector's neck and head must know of each other, checked as it is built.

mmdet builds the parts of a detector one by one, neck before head, and neither sees the
other before the first batch. PyTorch tells when a module becomes part of another, which
is where a detector takes its parts: in any of mmdet's, without a detector class of this
package.
"""

from itertools import pairwise

from mmcv.cnn import ConvModule
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.module import register_module_module_registration_hook

from .dense_heads import TwoStepHead
from .necks import RFE, SRNFPN

# parts of a detector that read no pyramid
_NO_READERS = ('data_preprocessor', 'backbone', 'neck')
# where mmdet's detectors keep the head that reads all of it
_DENSE_HEADS = ('bbox_head', 'rpn_head')


def check_part(owner: nn.Module, name: str, part: nn.Module) -> None:
    """Check a part of a detector against those it has already.

    Raises:
        ValueError: They do not fit.
    """
    if name == 'neck':
        _check_necks(_necks(part))
        _check_backbone(owner._modules.get('backbone'), _srn_fpn(_necks(part)))
    elif name not in _NO_READERS and isinstance(part, nn.Module):
        neck = owner._modules.get('neck')
        if neck is not None:
            _check_reader(_necks(neck), name, part)
        elif isinstance(part, TwoStepHead) and 'backbone' in owner._modules:
            raise ValueError(f'{type(part).__name__} without a neck: SRNFPN is its own')


def _necks(neck: nn.Module) -> list[nn.Module]:
    return list(neck) if isinstance(neck, nn.Sequential) else [neck]


def _check_necks(necks: list[nn.Module]) -> None:
    for before, after in pairwise(necks):
        width = getattr(before, 'out_channels', None)
        if (
            isinstance(after, RFE)
            and isinstance(width, int)
            and width != after.channels
        ):
            raise ValueError(
                f'RFE(channels={after.channels}) behind {type(before).__name__} with '
                f'out_channels={width}: they must be the same'
            )
    number = sum(isinstance(neck, SRNFPN) for neck in necks)
    if number > 1 or (number and not isinstance(necks[0], SRNFPN)):
        raise ValueError(f'neck={_names(necks)}: SRNFPN comes first, once')
    fpn = _srn_fpn(necks)
    rfe = next((neck for neck in necks if isinstance(neck, RFE)), None)
    if fpn is None or rfe is None:
        return
    if rfe.num_maps is not None and rfe.num_maps < fpn.num_outs:
        raise ValueError(
            f'RFE(num_maps={rfe.num_maps}) behind SRNFPN(num_outs={fpn.num_outs}): it '
            "would leave out P maps; num_outs of them are the second step's, then "
            "come the first's"
        )
    norms = [m.norm for m in rfe.modules() if isinstance(m, ConvModule) and m.with_norm]
    if fpn.deferred_levels and any(isinstance(norm, nn.GroupNorm) for norm in norms):
        raise ValueError(
            f'RFE with GroupNorm behind SRNFPN(deferred_levels={fpn.deferred_levels}): '
            'GroupNorm reads whole maps, but the head would run it on parts of them; '
            'set deferred_levels=()'
        )
    if fpn.with_cp and any(isinstance(norm, _BatchNorm) for norm in norms):
        raise ValueError(
            'RFE with batch norm behind SRNFPN(with_cp=True): its statistics would be '
            'updated twice a step; set with_cp=False'
        )


def _check_backbone(backbone: nn.Module | None, fpn: SRNFPN | None) -> None:
    indices = getattr(backbone, 'out_indices', None)
    if fpn is None or not isinstance(indices, list | tuple):
        return
    if len(indices) != len(fpn.in_channels):
        raise ValueError(
            f'{type(backbone).__name__}(out_indices={indices}) gives {len(indices)} '
            f'maps, SRNFPN(in_channels={fpn.in_channels}) reads {len(fpn.in_channels)}'
        )


def _check_reader(necks: list[nn.Module], name: str, part: nn.Module) -> None:
    fpn = _srn_fpn(necks)
    two_step = isinstance(part, TwoStepHead) and name in _DENSE_HEADS
    if fpn is None:
        known = all(
            isinstance(neck, RFE) or type(neck).__module__.startswith('mmdet.')
            for neck in necks
        )
        if two_step and part.first_levels and known:
            raise ValueError(
                f'{type(part).__name__} behind {_names(necks)}: its first step reads C '
                "maps, which that neck does not give; SRNFPN does (type='SRNFPN')"
            )
    elif two_step:
        _check_two_step(fpn, part)
    else:
        # whoever it is reads tensors
        fpn.leaves_to_head = False
        if name in _DENSE_HEADS and fpn.first_levels:
            raise ValueError(
                f'{type(part).__name__} never reads the C maps of SRNFPN, whose '
                'parameters would get no gradient; give SRNFPN first_levels=()'
            )


def _check_two_step(fpn: SRNFPN, head: TwoStepHead) -> None:
    name, levels = type(head).__name__, head.prior_generator.num_levels
    if fpn.num_outs != levels:
        raise ValueError(
            f'{name} has anchors for {levels} levels, SRNFPN gives {fpn.num_outs}'
        )
    if fpn.out_channels != head.in_channels:
        raise ValueError(
            f'{name}(in_channels={head.in_channels}) behind '
            f'SRNFPN(out_channels={fpn.out_channels}): they must be the same'
        )
    if len(fpn.first_levels) != levels and fpn.first_levels != head.first_levels:
        raise ValueError(
            f'{name} reads the C maps of levels {head.first_levels}, SRNFPN gives those '
            f'of {fpn.first_levels}; set first_levels={head.first_levels}'
        )


def _srn_fpn(necks: list[nn.Module]) -> SRNFPN | None:
    return next((neck for neck in necks if isinstance(neck, SRNFPN)), None)


def _names(necks: list[nn.Module]) -> str:
    return ' and '.join(type(neck).__name__ for neck in necks)


register_module_module_registration_hook(check_part)
