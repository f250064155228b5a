"""Worlds in which fusion and single streams are judged alike: figures, outbreaks put in, alarms at one budget.

Benchmarks: read by signals_fusion. Everything is scored as it could have been known on the day.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from fireline.signals.baselines import Expected, expect_figures
from fireline.signals.calibration import Calibration, calibrate_streams
from fireline.signals.events import LONGEST_DAYS, MONTH_DAYS, QUIET_DAYS, alarms_of
from fireline.signals.fusion.areas import SHARES, AreaSets
from fireline.signals.fusion.scan import scan
from fireline.signals.streams import EventType, Stream

F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Outbreak:
    """Where and when one was put in; the row is the day of its first infections."""

    row: int
    areas: tuple[int, ...]
    size: int


@dataclass
class World:
    """Figures of one county with what was put into them.

    Attributes
    ----------
    figure : shape (n_days, n_areas, n_streams), NaN = not reported
    streams, sets, first : what the figures are
    scored : (first, end) rows that are judged
    outbreaks : () where nothing was put in
    """

    figure: F64
    streams: tuple[Stream, ...]
    sets: AreaSets
    first: date
    scored: tuple[int, int]
    outbreaks: tuple[Outbreak, ...] = ()
    scores: dict[str, F64] = field(default_factory=dict, repr=False)
    _known: tuple[Expected, Calibration] | None = field(default=None, repr=False)

    @property
    def months(self) -> float:
        return (self.scored[1] - self.scored[0]) / MONTH_DAYS

    def known(self) -> tuple[Expected, Calibration]:
        if self._known is None:
            expected = expect_figures(self.figure, self.streams, self.sets.areas, first=self.first)
            self._known = expected, calibrate_streams(expected)
        return self._known


@dataclass(frozen=True)
class Method:
    """A way to score every set of areas and day: shape (n_days, n_sets), -inf or NaN = none."""

    name: str
    score: Callable[[World], F64]

    def of(self, world: World) -> F64:
        """Scores of a world, worked out once."""
        if self.name not in world.scores:
            world.scores[self.name] = self.score(world)
        return world.scores[self.name]


MOST_NAMED = 0.2
"""An alarm finds an outbreak if it names the area of its first infections, and no more than this share of all."""


def fused(events: Sequence[EventType]) -> Method:
    """The scan over all streams."""

    def score(world: World) -> F64:
        expected, calibration = world.known()
        return scan(expected, calibration, world.sets, events, first_row=world.scored[0]).scores

    return Method("fusion", score)


def alone(k: int, stream: Stream) -> Method:
    """The same scan over one stream, which counts fully: the best that it can do by itself."""

    def score(world: World) -> F64:
        expected, calibration = world.known()
        sure = replace(stream, trust=0.99)
        cut = {
            n: getattr(expected, n)[:, :, [k]] for n in ("count", "mean", "phi", "upper", "point", "state")
        }
        one = replace(expected, streams=(sure,), step_days=expected.step_days[:, [k]], **cut)
        part = replace(calibration, p=calibration.p[:, :, [k]], inflation=calibration.inflation[:, [k]])
        lifted = (EventType("any", sure.words, {sure.name: 1.0}),)
        return scan(one, part, world.sets, lifted, first_row=world.scored[0]).scores

    return Method(f"{stream.name}, scan", score)


def days_of_surprise(k: int, stream: Stream) -> Method:
    """One stream, one day at a time: how rare is today's figure? The usual alarm."""

    def score(world: World) -> F64:
        _, calibration = world.known()
        with np.errstate(invalid="ignore"):
            value = -np.log(np.maximum(calibration.p[:, :, k], 1e-12))
        shown = np.full_like(value, -np.inf)
        delay = stream.delay_d
        shown[delay:] = np.where(np.isfinite(value), value, -np.inf)[: len(value) - delay]
        out = np.full((len(value), world.sets.n), -np.inf)
        for z in range(world.sets.n):
            members = world.sets.of(z)
            if len(members) == 1:
                out[:, z] = shown[:, members[0]]
        return out

    return Method(f"{stream.name}, day", score)


def singles(streams: Sequence[Stream]) -> list[Method]:
    """All that one stream can do by itself."""
    return [make(k, s) for k, s in enumerate(streams) for make in (alone, days_of_surprise)]


@dataclass(frozen=True)
class Threshold:
    """Score of each class of sets from which it alarms; each class has its share of the budget."""

    least: F64

    def high(self, scores: F64, sets: AreaSets) -> NDArray[np.int64]:
        """Sets that would be named on a day: how far above their class's threshold decides between them."""
        over = scores - self.least[sets.kind]
        return np.array(alarms_of(scores, -over, sets, 0.0), np.int64)


def alarms_a_month(worlds: Sequence[tuple[World, F64]], at: Threshold) -> float:
    """Events a month with alarms from the thresholds on, over all worlds."""
    return sum(_n_events(w, s, at) for w, s in worlds) / sum(w.months for w, _ in worlds)


def _n_events(world: World, scores: F64, at: Threshold) -> int:
    """Alarms beside each other in area and within a week in time are one event; a long one counts anew."""
    low, high = world.scored
    rows = low + np.flatnonzero((scores[low:high] - at.least[world.sets.kind]).max(axis=1) >= 0)
    found: list[list] = []
    for row in rows.tolist():
        for z in at.high(scores[row], world.sets).tolist():
            members = world.sets.of(z)
            near = set(members).union(*(world.sets.neighbours[i] for i in members))
            mine = [e for e in found if row - e[1] <= QUIET_DAYS and not near.isdisjoint(e[2])]
            if mine:
                mine[0][1] = row
                mine[0][2] |= set(members)
            else:
                found.append([row, row, set(members)])
    return sum(1 + (last - first) // LONGEST_DAYS for first, last, _ in found)


MOST_ALARM_DAYS = 8
"""Thresholds are looked for where there are at most so many days with an alarm a month: below, events run together
and their number says nothing."""


def at_budget(worlds: Sequence[tuple[World, F64]], per_month: float) -> Threshold:
    """The lowest thresholds with no more than so many events a month, shared between classes of sets."""
    kinds = np.unique(worlds[0][0].sets.kind)
    shares = np.array(list(SHARES.values()))
    shares = shares / shares[kinds].sum()
    months = sum(w.months for w, _ in worlds)
    lines = {
        k: _Line([(w, np.where(w.sets.kind == k, s, -np.inf)) for w, s in worlds], k) for k in kinds.tolist()
    }
    low, high = 0.3, 2.5
    kept = Threshold(np.full(len(SHARES), np.inf))
    for _ in range(7):
        factor = (low + high) / 2
        least = np.full(len(SHARES), np.inf)
        for k, line in lines.items():
            least[k] = line.at(factor * per_month * shares[k] * months)
        if alarms_a_month(worlds, Threshold(least)) > per_month:
            high = factor
        else:
            low, kept = factor, Threshold(least)
    return kept


class _Line:
    """Events of one class of sets by threshold."""

    def __init__(self, worlds: Sequence[tuple[World, F64]], kind: int) -> None:
        self.worlds, self.kind, self.known = worlds, kind, {}
        months = sum(w.months for w, _ in worlds)
        values = np.concatenate([s[w.scored[0] : w.scored[1]].max(axis=1) for w, s in worlds])
        self.values = np.sort(values[np.isfinite(values)])[::-1][: int(MOST_ALARM_DAYS * months) + 1]

    def _count(self, k: int) -> int:
        if k not in self.known:
            least = np.full(len(SHARES), np.inf)
            least[self.kind] = self.values[k]
            self.known[k] = sum(_n_events(w, s, Threshold(least)) for w, s in self.worlds)
        return self.known[k]

    def at(self, most: float) -> float:
        """The lowest threshold with no more than so many events; inf where the highest score has more."""
        low, high = -1, len(self.values) - 1
        while low < high:
            middle = (low + high + 1) // 2
            if self._count(middle) <= most:
                low = middle
            else:
                high = middle - 1
        return float(self.values[low]) if low >= 0 else np.inf


@dataclass(frozen=True)
class Result:
    """What a method found at its threshold.

    Attributes
    ----------
    delays : days from the first infections to the first alarm that names an affected area; inf = not found
    per_month : events a month where nothing was put in
    threshold : Threshold
    chance : share of areas and spans of quiet worlds that an alarm would have named as well
    """

    delays: F64
    per_month: float
    threshold: Threshold
    chance: float = 0.0

    @property
    def pod(self) -> float:
        return float(np.mean(np.isfinite(self.delays)))

    @property
    def median(self) -> float:
        return float(np.median(self.delays))

    def mean(self, horizon: int) -> float:
        """Mean delay, an outbreak that was not found counting as found the day after the horizon."""
        return float(np.mean(np.minimum(self.delays, horizon + 1)))


def judge(
    method: Method, injected: Sequence[World], quiet: Sequence[World], *, threshold: Threshold, horizon: int
) -> Result:
    """Delays in worlds with outbreaks; in worlds without, false alarms, and what would pass for a finding there."""
    scored = [(w, method.of(w)) for w in quiet]
    chance = [
        np.isfinite(_delay(w, s, threshold, row, area, horizon))
        for w, s in scored
        for row in range(w.scored[0], w.scored[1] - horizon, horizon)
        for area in range(0, len(w.sets.areas), max(1, len(w.sets.areas) // 8))
    ]
    delays = []
    for world in injected:
        scores = method.of(world)
        delays += [_delay(world, scores, threshold, o.row, o.areas[0], horizon) for o in world.outbreaks]
    return Result(
        np.array(delays),
        alarms_a_month(scored, threshold),
        threshold,
        float(np.mean(chance)) if chance else 0.0,
    )


def _delay(world: World, scores: F64, threshold: Threshold, row: int, area: int, horizon: int) -> float:
    """Days until an alarm names an area among no more than MOST_NAMED of all."""
    most = max(1.0, MOST_NAMED * len(world.sets.areas))
    end = min(row + horizon + 1, world.scored[1])
    over = (scores[row:end] - threshold.least[world.sets.kind]).max(axis=1, initial=-np.inf)
    for t in (row + np.flatnonzero(over >= 0)).tolist():
        for z in threshold.high(scores[t], world.sets).tolist():
            members = world.sets.of(z)
            if area in members and len(members) <= most:
                return float(t - row)
    return np.inf
