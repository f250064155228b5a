"""The threshold rule: restrict while a person-day prevents enough infections, keep what holds a case, prune.

Chapter 8: the fast answer, and the start of the optimiser.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fireline.words import Words
from fireline.zones.candidates.model import Candidate, Effect, Limits
from fireline.zones.candidates.terms import MANAGED, SEALED, Terms, components, terms
from fireline.zones.ground import Ground
from fireline.zones.risk import Risk

F64 = NDArray[np.float64]
I8 = NDArray[np.int8]

_MOST_TRIES = 200
"""Steps of pruning that are tried: what is left over after the threshold is a handful of units."""

_MOST_SWEEPS = 4

_FACTORS = (1.0, 0.7)
"""Worths tried when gates are put right: a lower one grows the zone and saves gates."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """What each unit may be, as steps of falling worth.

    Attributes
    ----------
    low, high : int8 (n_units,), level of the first and second step; 0 where there is none
    low_worth, high_worth : float64 (n_units,), infections prevented per weighted person-day of that step

    Notes
    -----
    The steps of a unit follow the upper edge of (cost, gain): where managing is worth less per day than
    sealing, sealing is the only step.
    """

    low: I8
    high: I8
    low_worth: F64
    high_worth: F64

    @classmethod
    def of(cls, t: Terms) -> Ladder:
        """Steps from terms."""
        n = len(t.value)
        manage = _worth(t.gain_managed, t.cost_managed, t.may_manage)
        seal = _worth(t.gain_sealed, t.cost_sealed, t.may_seal)
        more = _worth(t.gain_sealed - t.gain_managed, t.cost_sealed - t.cost_managed, t.may_seal)
        has_two = (manage > 0) & (more > 0) & (more <= manage)
        only_seal = ~has_two & (seal > 0) & ((seal >= manage) | (manage <= 0))
        only_manage = ~has_two & ~only_seal & (manage > 0)
        low, high = np.zeros(n, dtype=np.int8), np.zeros(n, dtype=np.int8)
        low[has_two | only_manage], low[only_seal], high[has_two] = MANAGED, SEALED, SEALED
        low_worth = np.where(has_two | only_manage, manage, np.where(only_seal, seal, -1.0))
        return cls(low, high, low_worth, np.where(has_two, more, -1.0))

    def at(self, worth: float) -> I8:
        """Level of every unit whose steps are worth at least this."""
        level = np.where(self.low_worth >= worth, self.low, 0)
        return np.where(self.high_worth >= worth, self.high, level).astype(np.int8)

    def worths(self) -> F64:
        """Every worth at which something changes, falling."""
        both = np.concatenate((self.low_worth, self.high_worth))
        return np.unique(both[both > 0])[::-1]


def _worth(gain: F64, cost: F64, may: NDArray[np.bool_]) -> F64:
    """Gain per cost; infinite where it costs nothing, -1 where it is not allowed or gains nothing."""
    ratio = np.divide(gain, cost, out=np.full(len(gain), np.inf), where=cost > 0)
    return np.where(may & (gain > 0), ratio, -1.0)


def smallest(t: Terms, *, coverage: float) -> I8:
    """Zone of the highest threshold that reaches a coverage, pruned.

    Returns
    -------
    int8 (n_units,)   the zone of everything of any worth where the coverage cannot be reached
    """
    ladder = Ladder.of(t)
    worths = ladder.worths()
    if not len(worths) or coverage <= 0:
        return np.zeros(len(t.value), dtype=np.int8)
    # a lower threshold contains the higher one, so coverage only grows along the list: halve
    low, high = 0, len(worths) - 1
    while low < high:
        middle = (low + high) // 2
        if t.coverage(t.anchored(ladder.at(worths[middle]))) >= coverage:
            high = middle
        else:
            low = middle + 1
    level = t.anchored(ladder.at(worths[low]))
    if t.coverage(level) < coverage:
        level = widest(t)
    best = prune(t, level, coverage=coverage)
    for factor in _FACTORS:  # gates: single steps at about the worth of the threshold, then pruned again
        if not np.isfinite(worths[low]):  # only units without people: nothing to weigh
            break
        trial = tidy(t, best, worth=float(worths[low]) * factor)
        if t.coverage(trial) >= coverage:
            trial = prune(t, trial, coverage=coverage)
            if t.cost(trial) < t.cost(best):
                best = trial
    return best


def widest(t: Terms) -> I8:
    """Everything that the limits allow, at the level that prevents most."""
    level = np.where(t.may_manage, MANAGED, 0)
    return np.where(t.may_seal & (t.gain_sealed >= t.gain_managed), SEALED, level).astype(np.int8)


def within_budget(t: Terms, *, budget: float) -> I8:
    """Zone of the lowest threshold whose weighted person-days and gates stay within a budget."""
    ladder = Ladder.of(t)
    worths = ladder.worths()
    best = np.zeros(len(t.value), dtype=np.int8)
    low, high = 0, len(worths) - 1
    while low <= high:
        middle = (low + high) // 2
        level = t.anchored(ladder.at(worths[middle]))
        if t.cost(level) <= budget:
            best, low = level, middle + 1
        else:
            high = middle - 1
    return best


def by_worth(t: Terms, *, worth: float) -> I8:
    """Zone of everything whose person-day prevents at least ``worth`` infections."""
    return t.anchored(Ladder.of(t).at(worth))


def prune(t: Terms, level: I8, *, coverage: float) -> I8:
    """Lower units, least worth first, while the coverage holds and the zone becomes cheaper.

    Notes
    -----
    A unit without which the rest of its zone would hold no case stays. What may be given up is the coverage
    above the one asked for, so only a few units can be: at most _MOST_TRIES are looked at.
    """
    level = level.copy()
    spare = t.gain(level) - coverage * t.total
    start, near, edge = _borders(t)
    tries, changed = _MOST_TRIES, True
    while changed and tries > 0:  # a chain of units is given up from its end
        changed = False
        gain = np.where(level == SEALED, t.gain_sealed, t.gain_managed)
        cost = np.where(level == SEALED, t.cost_sealed, t.cost_managed)
        order = np.flatnonzero((level > 0) & (gain <= spare))
        worth = np.divide(gain[order], cost[order], out=np.full(len(order), np.inf), where=cost[order] > 0)
        for i in order[np.argsort(worth, kind="stable")][:tries].tolist():
            tries -= 1
            for lower in (0, MANAGED):
                if lower >= level[i] or (lower == MANAGED and not t.may_manage[i]):
                    continue
                lost = (t.gain_sealed[i] if level[i] == SEALED else t.gain_managed[i]) - (
                    t.gain_managed[i] if lower == MANAGED else 0.0
                )
                if lost > spare or _step_cost(t, level, i, lower, start, near, edge) >= 0:
                    continue
                trial = level.copy()
                trial[i] = lower
                if lower == 0 and t.needs_case and not _holds(t, trial):
                    continue
                level, spare, changed = trial, spare - lost, True
                break
    return level


def tidy(t: Terms, level: I8, *, worth: float) -> I8:
    """Single steps, up or down, that gain more than they cost at a worth, gates counted.

    Notes
    -----
    Goes over units in the zone and next to it until nothing changes (_MOST_SWEEPS times at most). A step is
    taken only where every part of the zone still holds an anchor.
    """
    level = level.copy()
    start, near, edge = _borders(t)
    gains = np.column_stack([np.zeros(len(level)), t.gain_managed, t.gain_sealed])
    codes = (0, MANAGED, SEALED)
    for _ in range(_MOST_SWEEPS):
        changed = False
        close = t.ground.neighbours.around(level > 0) | (level > 0)
        for i in np.flatnonzero(close & (t.may_manage | t.may_seal)).tolist():
            here = codes.index(int(level[i]))
            best, to = 1e-12, here
            for k, code in enumerate(codes):
                if (
                    k == here
                    or (code == MANAGED and not t.may_manage[i])
                    or (code == SEALED and not t.may_seal[i])
                ):
                    continue
                step = gains[i, k] - gains[i, here] - worth * _step_cost(t, level, i, code, start, near, edge)
                if step > best:
                    best, to = step, k
            if to == here:
                continue
            trial = level.copy()
            trial[i] = codes[to]
            if t.needs_case and 0 in (here, to) and not _holds(t, trial):
                continue
            level, changed = trial, True
        if not changed:
            break
    return level


def _holds(t: Terms, level: I8) -> bool:
    """Whether every connected part of a zone holds an anchor."""
    count, part = components(len(level), t.a, t.b, level > 0)
    return len(np.unique(part[(level > 0) & t.is_anchor])) == count


def _borders(t: Terms) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Borders of each unit: starts, neighbour, border number."""
    ends = np.concatenate((t.a, t.b))
    order = np.argsort(ends, kind="stable")
    start = np.concatenate(([0], np.cumsum(np.bincount(ends, minlength=len(t.value))))).astype(np.int64)
    return start, np.concatenate((t.b, t.a))[order], order % max(len(t.a), 1)


def _step_cost(
    t: Terms, level: I8, i: int, to: int, start: NDArray[np.int64], near: NDArray[np.int64],
    edge: NDArray[np.int64],
) -> float:  # fmt: skip
    """Change of the cost when one unit changes its level."""
    people = {0: 0.0, MANAGED: float(t.cost_managed[i]), SEALED: float(t.cost_sealed[i])}
    around = slice(start[i], start[i + 1])
    beside, gate = level[near[around]], t.gate_cost[edge[around]]
    gates = gate[beside != to].sum() - gate[beside != level[i]].sum()
    return people[to] - people[int(level[i])] + float(gates)


def not_reached(t: Terms, coverage: float) -> tuple[Words, ...]:
    """Sentence where a coverage lies beyond what the limits allow, with the largest that can be reached."""
    most = t.reachable()
    if coverage <= most + 1e-9:
        return ()
    return (
        Words(
            f"在规则允许范围内最多可覆盖模型风险的 {most:.0%}，达不到要求的 {coverage:.0%}；"
            "已取可达的最大值。",
            f"Within the rules at most {most:.0%} of the modelled risk can be covered, not the "
            f"{coverage:.0%} asked for; the largest that can be reached is shown.",
        ),
    )


def nothing_to_draw(t: Terms) -> tuple[Words, ...]:
    """Sentence where no candidate of the model can restrict anything, and why."""
    if t.total <= 0:
        return (Words("没有可估计的风险，不划区。", "No risk can be estimated: nothing is drawn."),)
    if t.needs_case and not t.is_anchor.any():
        return (
            Words(
                "没有病例可归入单元，不得划区。", "No case falls in a unit: no zone may be drawn without one."
            ),
        )
    if not (t.may_seal | t.may_manage).any():
        return (
            Words(
                "规则和例外不允许限制任何单元。", "Rules and exceptions leave no unit that may be restricted."
            ),
        )
    return ()


def threshold(
    ground: Ground,
    risk: Risk,
    effect: Effect,
    limits: Limits,
    *,
    coverage: float | None = None,
    worth: float | None = None,
    budget: float | None = None,
) -> Candidate:
    """The threshold rule by one of: coverage to reach, worth of a person-day, or a budget.

    Parameters
    ----------
    coverage : share of the modelled risk to be prevented, 0 to 1
    worth : infections prevented per weighted person-day, at least
    budget : weighted person-days with gates, at most

    Returns
    -------
    Candidate   "threshold"

    Raises
    ------
    InputError   risk and ground do not belong together
    ValueError   not exactly one of the three is given
    """
    if sum(x is not None for x in (coverage, worth, budget)) != 1:
        raise ValueError("threshold: give exactly one of coverage, worth and budget")
    t = terms(ground, risk, effect, limits)
    notes = nothing_to_draw(t)
    level = np.zeros(ground.n, dtype=np.int8)
    if not notes:
        if coverage is not None:
            notes = not_reached(t, coverage)
            level = smallest(t, coverage=min(coverage, t.reachable()))
        elif worth is not None:
            level = by_worth(t, worth=worth)
        elif budget is not None:
            level = within_budget(t, budget=budget)
    words = Words("每人日可阻断感染最多的单元优先", "units whose person-day prevents most infections first")
    return Candidate("threshold", level, words, notes=notes)
