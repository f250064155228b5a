"""How many people into one tube: expected tests by prevalence, what dilution costs, which size to take.

Chapter 9: read by the plan of a round.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from fireline.tasks.sampling.tables import SCHEMAS
from fireline.words import Words

SIZES = (1, 10, 20)
"""Pool sizes in use: one person, 10 in 1, 20 in 1 (混采)."""

WORTH_SHARE = 0.05
"""A larger pool is taken only where it saves at least this share of the tests: it sees less."""


@dataclass(frozen=True, slots=True)
class Pools:
    """Pool sizes compared.

    Attributes
    ----------
    size : int, the one chosen
    tests_per_1000 : float, expected laboratory tests for 1,000 people with that size, second tests included
    options : ``SCHEMAS["pool_options"]``, one row for each size
    note : Words, what the choice rests on
    """

    size: int
    tests_per_1000: float
    options: pl.DataFrame
    note: Words


def pool_positive(
    prevalence: float, size: int, *, sensitivity: float = 1.0, specificity: float = 1.0
) -> float:
    """Chance that a pool's test is positive.

    Parameters
    ----------
    prevalence : 0 to 1, people of the pool independent of each other
    size : >= 1
    sensitivity : of the pool's test when at least one member is infected, 0 to 1
    specificity : when nobody is, 0 to 1

    Raises
    ------
    ValueError   an argument out of its range
    """
    if not (0 <= prevalence <= 1 and size >= 1 and 0 <= sensitivity <= 1 and 0 <= specificity <= 1):
        raise ValueError("prevalence, sensitivity and specificity lie in 0 to 1, size is at least 1")
    clean = (1.0 - prevalence) ** size
    return sensitivity * (1.0 - clean) + (1.0 - specificity) * clean


def expected_tests(
    prevalence: float, size: int, *, sensitivity: float = 1.0, specificity: float = 1.0
) -> float:
    """Expected tests for 1,000 people when every member of a positive pool is tested again alone.

    Notes
    -----
    1000 (1/n + P(pool positive)); 1000 without pools. People of one household in one tube are alike: fewer
    pools are then positive than this says, so it errs on the side of more tests.

    References
    ----------
    .. [1] Dorfman (1943), The detection of defective members of large populations, Annals of Mathematical
       Statistics 14, doi:10.1214/aoms/1177731363: the scheme and its expected cost.
    """
    again = pool_positive(prevalence, size, sensitivity=sensitivity, specificity=specificity)
    return 1000.0 if size == 1 else 1000.0 * (1.0 / size + again)


def lost_ct(size: int) -> float:
    """Cycles by which one positive sample is weakened in a pool: log2 of the size.

    Notes
    -----
    Holds where the swabs share one tube of fixed volume and the target doubles each cycle. Samples within
    that many cycles of the limit of detection can be missed; how many that are depends on when in their
    illness people are tested, and is not guessed here.
    """
    if size < 1:
        raise ValueError("size is at least 1")
    return math.log2(size)


def choose_pool(
    prevalence: float,
    *,
    sizes: Sequence[int] = SIZES,
    sensitivity: float = 1.0,
    specificity: float = 1.0,
    most_lost_ct: float | None = None,
) -> Pools:
    """Choose a pool size for an expected prevalence.

    Parameters
    ----------
    prevalence : expected share of infected people, 0 to 1
    sizes : sizes to compare, each >= 1
    sensitivity, specificity : of a pool's test; see pool_positive
    most_lost_ct : cycles of dilution that may be lost at most; None for no limit

    Returns
    -------
    Pools   sizes in rising order; a larger size wins only with at least WORTH_SHARE fewer tests

    Raises
    ------
    ValueError   no size is left, or an argument is out of range
    """
    rising = sorted(set(sizes))
    allowed = [n for n in rising if most_lost_ct is None or lost_ct(n) <= most_lost_ct]
    if not allowed:
        raise ValueError("no pool size is left to choose from")
    cost = {
        n: expected_tests(prevalence, n, sensitivity=sensitivity, specificity=specificity) for n in rising
    }
    best = allowed[0]
    for n in allowed[1:]:
        if cost[n] <= (1.0 - WORTH_SHARE) * cost[best]:
            best = n
    rows = [
        (n, cost[n], cost[n] - 1000.0 / n if n > 1 else 0.0, lost_ct(n), n == best, why.zh, why.en)
        for n in rising
        for why in (_why(n, best, cost, is_allowed=n in allowed),)
    ]
    note = Words(
        f"按感染率 {prevalence:.4%} 选 {best} 合 1：每千人约 {cost[best]:.0f} 次检测；"
        f"混样使弱阳性晚 {lost_ct(best):.1f} 个循环检出，接近检出限者可能漏检",
        f"at a prevalence of {prevalence:.4%}: pools of {best}, about {cost[best]:.0f} tests for 1,000 "
        f"people; dilution weakens a positive by {lost_ct(best):.1f} cycles, the weakest can be missed",
    )
    return Pools(best, cost[best], pl.DataFrame(rows, schema=SCHEMAS["pool_options"], orient="row"), note)


def _why(n: int, best: int, cost: dict[int, float], *, is_allowed: bool) -> Words:
    if not is_allowed:
        return Words("稀释超过允许的循环数", "dilutes by more cycles than allowed")
    if n == best:
        return Words("检测次数最少，或更大的混样省不到 5%", "fewest tests, or larger pools save under 5 %")
    more = cost[n] / cost[best] - 1.0
    if more >= 0:
        return Words(f"检测次数多 {more:.0%}", f"{more:.0%} more tests")
    return Words(f"只省 {-more:.0%}，不抵稀释", f"saves {-more:.0%} only, not worth the dilution")
