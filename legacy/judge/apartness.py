"""How far two results are apart. The text of the function stands in the script of each case to send."""
import numpy as np


def apart(one: object, two: object) -> float:
    """The mean relative difference; where one alone is a number, it counts as 1."""
    one, two = np.asarray(one, 'f8'), np.asarray(two, 'f8')
    with np.errstate(all='ignore'):
        part = np.abs(one - two) / np.maximum(np.abs(one), np.abs(two))
    return float(np.mean(np.where((one == two) | np.isnan(one) & np.isnan(two), 0,
                                  np.where(np.isfinite(part), part, 1))))
