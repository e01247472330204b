from .pr_curves import plot_pr_curves

__all__ = ['plot_pr_curves']
