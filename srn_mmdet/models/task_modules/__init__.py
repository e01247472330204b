from .two_step_assigner import TwoStepAssigner

__all__ = ['TwoStepAssigner']
