from .box_voting import box_voting
from .box_voting_tta import BoxVotingTTAModel

__all__ = ['BoxVotingTTAModel', 'box_voting']
