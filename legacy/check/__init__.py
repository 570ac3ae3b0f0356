"""What `check` does: one TensorFlow against a baseline; how baselines are made; what a check would miss."""
from legacy.check.api import check

__all__ = ['check']
