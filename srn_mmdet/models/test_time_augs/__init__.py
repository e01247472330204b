from .box_voting_tta import BoxVotingTTAModel

__all__ = ['BoxVotingTTAModel']
