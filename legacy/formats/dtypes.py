"""The dtypes that a recording can hold, by the names that it has for them. Runs on Python 3.6.

A name is numpy's, such as '<f4', or TEXT or BFLOAT16, which numpy has not.
"""
import numpy as np

TEXT, BFLOAT16 = 'text', 'bfloat16'
NUMBERS = 'biufc'  # kinds of numpy's dtypes that are numbers


def is_float(dtype: str) -> bool:
    """Whether rounding moves arrays of a dtype."""
    return dtype == BFLOAT16 or dtype != TEXT and np.dtype(dtype).kind in 'fc'


def epsilon(dtype: str) -> float:
    """The unit in the last place of 1 in a dtype of floats."""
    return 2.0 ** -7 if dtype == BFLOAT16 else float(np.finfo(np.dtype(dtype)).eps)
