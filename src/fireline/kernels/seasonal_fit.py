"""Negative binomial regression of counts on a few columns: the mean of quiet times and how far counts spread.

Kernel: called by signals.detectors.glr_cusum.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]
_STEPS = 50
_CLOSE = 1e-10
_LARGEST_ALPHA = 1e4
_LONGEST_STEP = 3.0


@njit(cache=True, nogil=True, error_model="numpy")
def _solve(matrix, right):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Solve a small symmetric positive definite system in place; False where it is singular."""
    n = right.size
    for j in range(n):
        pivot, full = matrix[j, j], matrix[j, j]
        for k in range(j):
            pivot -= matrix[j, k] * matrix[j, k]
        if not pivot > 1e-12 * full:
            return False
        matrix[j, j] = math.sqrt(pivot)
        for i in range(j + 1, n):
            rest = matrix[i, j]
            for k in range(j):
                rest -= matrix[i, k] * matrix[j, k]
            matrix[i, j] = rest / matrix[j, j]
    for i in range(n):
        for k in range(i):
            right[i] -= matrix[i, k] * right[k]
        right[i] /= matrix[i, i]
    for i in range(n - 1, -1, -1):
        for k in range(i + 1, n):
            right[i] -= matrix[k, i] * right[k]
        right[i] /= matrix[i, i]
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _regress(y, design, alpha, beta, mean, matrix, right):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Scoring steps for one dispersion, from beta on; False where the columns do not tell apart."""
    n, p = design.shape
    for _ in range(_STEPS):
        for j in range(p):
            right[j] = 0.0
            for k in range(p):
                matrix[j, k] = 0.0
        for t in range(n):
            if math.isnan(y[t]):
                continue
            eta = 0.0
            for j in range(p):
                eta += design[t, j] * beta[j]
            mean[t] = math.exp(eta)
            weight = mean[t] / (1.0 + alpha * mean[t])
            pull = (y[t] - mean[t]) / (1.0 + alpha * mean[t])
            for j in range(p):
                right[j] += design[t, j] * pull
                for k in range(j + 1):
                    matrix[j, k] += weight * design[t, j] * design[t, k]
        if not _solve(matrix, right):
            return False
        largest = 0.0
        for j in range(p):
            largest = max(largest, abs(right[j]))
        scale = 1.0 if largest <= _LONGEST_STEP else _LONGEST_STEP / largest
        for j in range(p):
            beta[j] += scale * right[j]
        if largest <= _CLOSE:
            break
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _spread(y, mean, n_free):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Alpha at which squared residuals over (mean + alpha mean^2) sum to their degrees of freedom; else 0."""
    low, high = 0.0, _LARGEST_ALPHA
    for step in range(80):
        alpha = 0.0 if step == 0 else 0.5 * (low + high)
        total = 0.0
        for t in range(y.size):
            if not math.isnan(y[t]):
                total += (y[t] - mean[t]) ** 2 / (mean[t] + alpha * mean[t] * mean[t])
        if step == 0 and total <= n_free:
            return 0.0
        if total > n_free:
            low = alpha
        else:
            high = alpha
        if high - low <= 1e-12 * high:
            break
    return 0.5 * (low + high)


@njit(cache=True, nogil=True, error_model="numpy")
def _fit_all(counts, design, alphas, betas):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    n, p = design.shape
    y, mean, beta = np.empty(n), np.empty(n), np.empty(p)
    matrix, right = np.empty((p, p)), np.empty(p)
    for s in range(counts.shape[1]):
        n_known, total = 0, 0.0
        for t in range(n):
            y[t] = counts[t, s]
            if not math.isnan(y[t]):
                n_known += 1
                total += y[t]
        if n_known <= p or total == 0.0:
            alphas[s] = math.nan
            continue
        for j in range(p):
            beta[j] = math.log(total / n_known) if j == 0 else 0.0
        alpha, is_given = alphas[s], not math.isnan(alphas[s])
        is_fitted = _regress(y, design, alpha if is_given else 0.0, beta, mean, matrix, right)
        for _ in range(0 if is_given else _STEPS):
            before = 0.0 if math.isnan(alpha) else alpha
            alpha = _spread(y, mean, n_known - p) if is_fitted else math.nan
            if not is_fitted or abs(alpha - before) <= 1e-8 * (1e-3 + alpha):
                break
            is_fitted = _regress(y, design, alpha, beta, mean, matrix, right)
        alphas[s] = alpha if is_fitted else math.nan
        for j in range(p):
            betas[j, s] = beta[j] if is_fitted else math.nan


def fit_seasonal(counts: F64, design: F64, alphas: F64) -> tuple[F64, F64]:
    """Fit log mean = design @ beta with variance mean + alpha mean^2 to every series.

    Parameters
    ----------
    counts : float64 array, shape (n_time, n_series)   NaN = not reported
    design : float64 array, shape (n_time, n_columns)   first column ones
    alphas : float64 array, shape (n_series,)   NaN = to be estimated: Pearson's statistic equals its degrees
        of freedom

    Returns
    -------
    betas : float64 array, shape (n_columns, n_series); alphas : float64 array, shape (n_series,)
        NaN where a series holds no case, or no more reported rows than columns

    References
    ----------
    .. [1] Breslow N.E. (1984), Appl Stat 33:38-44: the estimate of alpha.
    """
    alphas = np.array(alphas, np.float64)
    betas = np.full((design.shape[1], counts.shape[1]), np.nan)
    _fit_all(
        np.ascontiguousarray(counts, np.float64), np.ascontiguousarray(design, np.float64), alphas, betas
    )
    return betas, alphas


@njit(cache=True, nogil=True, error_model="numpy")
def _spread_all(counts, means, alphas):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    n = counts.shape[0]
    y, mean = np.empty(n), np.empty(n)
    for s in range(counts.shape[1]):
        n_known = 0
        for t in range(n):
            mean[t] = means[t, s]
            y[t] = counts[t, s] if mean[t] > 0.0 else math.nan
            n_known += not math.isnan(y[t])
        alphas[s] = _spread(y, mean, n_known) if n_known > 0 else math.nan


def spread_around(counts: F64, means: F64) -> F64:
    """Alpha of every series around a mean that is known; as in ``fit_seasonal``.

    Parameters
    ----------
    counts, means : float64 arrays, shape (n_time, n_series)   NaN = not reported, not known

    Returns
    -------
    float64 array, shape (n_series,)   NaN where no row has both
    """
    alphas = np.empty(counts.shape[1])
    _spread_all(np.ascontiguousarray(counts, np.float64), np.ascontiguousarray(means, np.float64), alphas)
    return alphas
