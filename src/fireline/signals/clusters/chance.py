"""How often chance alone reaches a score: by rank among replicates, and by the tail of their law.

Chapter 5: read by clusters.scan.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
EULER = 0.577_215_664_901_532_9


def rank_p(score: float, maxima: F64) -> float:
    """Monte Carlo p value: (1 + replicates that reach the score) / (1 + replicates).

    Parameters
    ----------
    score : float
    maxima : float64 array, shape (n_replicates,)

    Returns
    -------
    float   never 0: the data are one of the draws
    """
    return float((1 + np.count_nonzero(maxima >= score)) / (1 + maxima.size))


def fit_gumbel(maxima: F64, *, method: str = "moments") -> tuple[float, float]:
    """Location and scale of a Gumbel law.

    Parameters
    ----------
    maxima : float64 array, shape (n_replicates,)
    method : "moments" or "likelihood"

    Returns
    -------
    location, scale : float   NaN where all maxima are equal or fewer than two

    Raises
    ------
    ValueError   another method

    References
    ----------
    .. [1] Abrams A.M., Kleinman K., Kulldorff M. (2010), Gumbel based p-value approximations for spatial scan
       statistics, Int J Health Geogr 9:61: the law, and moments as the estimate.
    """
    if method not in ("moments", "likelihood"):
        raise ValueError(f"tail: expected moments or likelihood, got {method!r}")
    if maxima.size < 2 or np.ptp(maxima) <= 0.0:
        return math.nan, math.nan
    scale = float(np.std(maxima, ddof=1)) * math.sqrt(6.0) / math.pi
    if method == "moments":
        return float(maxima.mean()) - EULER * scale, scale
    from scipy.optimize import brentq  # loaded when needed: reading a folder must not wait for it

    low = float(maxima.min())

    def slope(b: float) -> float:
        weight = np.exp(-(maxima - low) / b)
        return b - float(maxima.mean()) + float((maxima * weight).sum() / weight.sum())

    scale = float(brentq(slope, scale / 50, scale * 50, xtol=1e-12))
    return low - scale * math.log(float(np.exp(-(maxima - low) / scale).mean())), scale


def gumbel_p(score: float, *, location: float, scale: float) -> float:
    """Upper tail of a Gumbel law, exact also far out.

    Parameters
    ----------
    score, location, scale : float

    Returns
    -------
    float   NaN where the law is not known
    """
    if math.isnan(scale):
        return math.nan
    # far below the law its exponential would overflow: there the tail is 1
    return -math.expm1(-math.exp(min(700.0, -(score - location) / scale)))
