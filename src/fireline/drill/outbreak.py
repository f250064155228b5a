"""An outbreak of the invented disease X on the synthetic county, day by day along real stays.

Drill: reads the county and its stays; the response (tests, isolation, contact management) is part of
it, with delays and lapses on purpose, so that the gap check has something to find.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from fireline.drill.county import County
from fireline.drill.schedule import DAY_MIN, Stays, errand_places, join, stays_of_day

NEVER = np.iinfo(np.int64).max
N_DAYS = 28
INDEX_ARRIVES_DAY = 4
TRAIN_MIN = INDEX_ARRIVES_DAY * DAY_MIN + 14 * 60 + 5
STATION_STAY_MIN = 22
FEWEST, MOST = 60, 150
_ATTEMPTS = 40
_INFECTIOUSNESS = {-2: 0.3, -1: 0.9, 0: 1.0, 1: 0.9, 2: 0.7, 3: 0.5, 4: 0.3, 5: 0.2, 6: 0.1}
_INCUBATION_DAYS = 4.2  # median
_HOUSEHOLD_RATE = 0.20
_AFTER_ALERT = 0.55  # people go out less and wear masks from the fourth day after the first report
_RATE_PER_H = {
    "classroom": 0.0060,
    "kindergarten": 0.0050,
    "workplace": 0.0085,
    "hospital": 0.0050,
    "cold_store": 0.0062,
    "restaurant": 0.040,
    "supermarket": 0.030,
    "market": 0.040,
    "shop": 0.050,
    "clinic": 0.034,
    "pharmacy": 0.026,
    "railway_station": 0.010,
}
_RECALL = {
    "household": 1.0,
    "classroom": 0.95,
    "kindergarten": 0.95,
    "workplace": 0.85,
    "restaurant": 0.5,
    "supermarket": 0.15,
    "market": 0.1,
}  # share of the people met for long enough whom the investigation finds and records
_FAMILY_FOUND = 0.9
_CLOSE_OVERLAP_MIN = 15
_LOOK_BACK_DAYS = 4


@dataclass(slots=True)
class Infection:
    """One infected person; times are minutes since local midnight of the first day (NEVER = not)."""

    person: int
    infected_min: int
    onset_min: int
    is_asymptomatic: bool
    source: int = -1  # person index of who infected; -1 for the imported index
    setting: str = "imported"
    place: int = -1
    sampled_min: int = NEVER
    reported_min: int = NEVER
    isolated_min: int = NEVER
    found_by: str = ""


@dataclass(frozen=True, slots=True)
class Managed:
    """One contact as the response recorded it.

    Attributes
    ----------
    person, of : int, person indices of the contact and of the case
    first_min, last_min : int, first and last exposure
    managed_min : int, when placed under management, NEVER where nobody wrote it down
    via : str, "household", or the place kind
    tier : str, "close", or "secondary" for those who live with a close contact
    """

    person: int
    of: int
    first_min: int
    last_min: int
    managed_min: int
    via: str
    tier: str = "close"


@dataclass(slots=True)
class Outbreak:
    """What happened: infections by person, contacts managed and the stays of every day.

    Attributes
    ----------
    infections : dict from person index to Infection, in the order of infection
    managed : list of Managed
    days : list of Stays, one per day, sorted by place
    stop_min : int64 array, shape (n_people,), from when a person goes nowhere any more
    rounds : list of (day, township indices) of mass sampling
    travellers : people who came on the train of the index case, the index first; away until then
    station : int, place index of the railway station
    """

    infections: dict[int, Infection] = field(default_factory=dict)
    managed: list[Managed] = field(default_factory=list)
    days: list[Stays] = field(default_factory=list)
    stop_min: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    rounds: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)
    travellers: tuple[int, ...] = ()
    station: int = -1


def simulate(county: County, *, first_weekday: int, rng: np.random.Generator) -> Outbreak:
    """Simulate until the outbreak has a size worth exercising (60 to 150 reported cases).

    Parameters
    ----------
    first_weekday : int, weekday of day 0, 0 = Monday
    rng : numpy Generator; attempts that die out or run away are drawn again from it

    Notes
    -----
    Small counties may not reach 60 cases; then the largest attempt that stays below 150 is kept.
    """
    errands = errand_places(county)
    days = [
        stays_of_day(county, errands, day=d, weekday=(first_weekday + d) % 7, rng=rng) for d in range(N_DAYS)
    ]
    best: Outbreak | None = None
    best_size = 0
    for _ in range(_ATTEMPTS):
        world = _World(county, days, rng)
        world.run()
        size = world.n_reported()
        if FEWEST <= size <= MOST and max(_generations(world.out).values()) >= 4:
            return world.out
        if best is None or best_size < size <= MOST:
            best, best_size = world.out, size
    assert best is not None
    return best


def _generations(out: Outbreak) -> dict[int, int]:
    depth: dict[int, int] = {}
    for person, infection in out.infections.items():
        depth[person] = depth[infection.source] + 1 if infection.source >= 0 else 0
    return depth


class _World:
    """State of one attempt."""

    def __init__(self, county: County, days: list[Stays], rng: np.random.Generator) -> None:
        self.county = county
        self.rng = rng
        self.out = Outbreak(days=days, stop_min=np.full(county.people.n, NEVER))
        self.kind = county.places.kind
        self.by_person = [np.argsort(s.person, kind="stable") for s in days]
        self.person_sorted = [s.person[o] for s, o in zip(days, self.by_person, strict=True)]
        people = county.people
        self.house_first = np.searchsorted(people.household, np.arange(people.household.max() + 2))
        self.alert_day = -1

    def n_reported(self) -> int:
        return sum(i.reported_min < N_DAYS * DAY_MIN for i in self.out.infections.values())

    def run(self) -> None:
        self._import_index()
        for day in range(INDEX_ARRIVES_DAY, N_DAYS):
            self._spread(day)
            self._detect(day)
            if self.n_reported() > MOST:
                return

    def _import_index(self) -> None:
        """A traveller of working age from a risk area, living in the seat with a family."""
        people = self.county.people
        size = np.diff(self.house_first)[people.household]
        fit = (
            (people.age >= 25)
            & (people.age < 50)
            & (size >= 3)
            & (people.township < 2)
            & (people.group_place >= 0)
        )
        person = int(self.rng.choice(np.flatnonzero(fit)))
        infected = (INDEX_ARRIVES_DAY - 3) * DAY_MIN + 700
        self._infect(person, minute=infected, source=-1, setting="imported", place=-1, onset_days=3.4)
        others = self.rng.choice(np.flatnonzero(people.age >= 18), size=12, replace=False).tolist()
        self.out.travellers = (person, *(p for p in others if p != person))
        self.out.station = int(self.county.places.of_kind("railway_station")[0])
        self.out.infections[person].is_asymptomatic = False

    def _infect(
        self,
        person: int,
        *,
        minute: int,
        source: int,
        setting: str,
        place: int,
        onset_days: float | None = None,
    ) -> None:
        incubation = (
            float(self.rng.lognormal(np.log(_INCUBATION_DAYS), 0.40)) if onset_days is None else onset_days
        )
        self.out.infections[person] = Infection(
            person=person,
            infected_min=minute,
            onset_min=minute + max(720, int(incubation * DAY_MIN)),
            is_asymptomatic=bool(self.rng.random() < 0.18),
            source=source,
            setting=setting,
            place=place,
        )

    def stays_of(self, person: int, day: int) -> np.ndarray:
        """Rows of one person's stays on one day."""
        low, high = np.searchsorted(self.person_sorted[day], [person, person + 1])
        return self.by_person[day][low:high]

    def met(self, row: int, day: int) -> tuple[np.ndarray, np.ndarray]:
        """Rows that overlap a stay at its place, and the minutes of overlap."""
        s = self.out.days[day]
        low, high = np.searchsorted(s.place, [s.place[row], s.place[row] + 1])
        enter = np.maximum(s.enter_min[low:high], s.enter_min[row])
        leave = np.minimum(s.leave_min[low:high], s.leave_min[row])
        overlap = np.minimum(leave, self.out.stop_min[s.person[low:high]]) - enter
        found = np.flatnonzero((overlap > 0) & (s.person[low:high] != s.person[row]))
        return found + low, overlap[found]

    def _spread(self, day: int) -> None:
        for infection in list(self.out.infections.values()):
            weight = _INFECTIOUSNESS.get(day - infection.onset_min // DAY_MIN, 0.0)
            if infection.is_asymptomatic:
                weight *= 0.5
            if weight and infection.infected_min < day * DAY_MIN:
                self._spread_at_home(infection, day, weight)
                self._spread_outside(infection, day, weight)

    def _spread_at_home(self, infection: Infection, day: int, weight: float) -> None:
        evening = day * DAY_MIN + 19 * 60
        if self.out.stop_min[infection.person] < evening:
            return
        home = self.county.people.household[infection.person]
        for person in range(self.house_first[home], self.house_first[home + 1]):
            if person in self.out.infections or self.out.stop_min[person] < evening:
                continue
            if self.rng.random() < 1 - np.exp(-_HOUSEHOLD_RATE * weight):
                minute = evening + int(self.rng.integers(0, 180))
                self._infect(person, minute=minute, source=infection.person, setting="household", place=-1)

    def _spread_outside(self, infection: Infection, day: int, weight: float) -> None:
        s = self.out.days[day]
        came = TRAIN_MIN if infection.source < 0 else 0
        for row in self.stays_of(infection.person, day).tolist():
            if not came <= s.enter_min[row] < self.out.stop_min[infection.person]:
                continue
            rows, overlap = self.met(row, day)
            place = int(s.place[row])
            rate = _RATE_PER_H[self.kind[place]] * weight
            if 0 <= self.alert_day < day - 3:
                rate *= _AFTER_ALERT
            hit = self.rng.random(len(rows)) < 1 - np.exp(-rate * overlap / 60)
            for other, minutes in zip(rows[hit].tolist(), overlap[hit].tolist(), strict=True):
                person = int(s.person[other])
                if person not in self.out.infections:
                    start = max(int(s.enter_min[other]), int(s.enter_min[row]))
                    self._infect(
                        person,
                        minute=start + minutes // 2,
                        source=infection.person,
                        setting=self.kind[place],
                        place=place,
                    )

    def _detect(self, day: int) -> None:
        """Fever clinic, tests of managed contacts, mass sampling; then the response to each report."""
        end = (day + 1) * DAY_MIN
        sampled_towns = self._round(day)
        for infection in list(self.out.infections.values()):
            if infection.sampled_min != NEVER:
                continue
            how, minute = self._sampled(infection, day, sampled_towns)
            if how:
                self._report(infection, how=how, minute=minute)
        for infection in list(self.out.infections.values()):
            if end - DAY_MIN <= infection.reported_min < end:
                self._respond(infection)

    def _round(self, day: int) -> tuple[int, ...]:
        """Mass sampling every third day of the townships with cases, from the third day after the alert."""
        if self.alert_day < 0 or day < self.alert_day + 3 or (day - self.alert_day) % 3:
            return ()
        town = self.county.people.township
        towns = tuple(
            sorted(
                {int(town[i.person]) for i in self.out.infections.values() if i.reported_min < day * DAY_MIN}
            )
        )
        self.out.rounds.append((day, towns))
        return towns

    def _sampled(self, infection: Infection, day: int, towns: tuple[int, ...]) -> tuple[str, int]:
        """How and when an infection is sampled on this day, or ("", 0)."""
        start, end = day * DAY_MIN, (day + 1) * DAY_MIN
        stop = int(self.out.stop_min[infection.person])
        if stop < end and infection.infected_min + 2 * DAY_MIN < end and self.rng.random() < 0.6:
            return "contact", max(stop + 90, start + int(self.rng.integers(8 * 60, 15 * 60)))
        since = (start - infection.onset_min) / DAY_MIN
        chance = (0.42 if self.alert_day >= 0 else 0.28) if since >= -0.4 else 0.0
        if not infection.is_asymptomatic and self.rng.random() < chance:
            minute = max(infection.onset_min + 120, start + int(self.rng.integers(8 * 60, 18 * 60)))
            return ("fever_clinic", minute) if minute < end else ("", 0)
        town = int(self.county.people.township[infection.person])
        if town in towns and infection.infected_min + 2 * DAY_MIN < start and self.rng.random() < 0.75:
            return "mass_sampling", start + int(self.rng.integers(7 * 60, 19 * 60))
        return "", 0

    def _report(self, infection: Infection, *, how: str, minute: int) -> None:
        infection.found_by = how
        infection.sampled_min = minute
        infection.reported_min = minute + int(self.rng.lognormal(np.log(9 * 60), 0.45))
        late = self.rng.random() < 0.08
        wait = self.rng.integers(14 * 60, 30 * 60) if late else self.rng.lognormal(np.log(110), 0.5)
        isolated = infection.reported_min + int(wait)
        infection.isolated_min = min(isolated, max(minute, int(self.out.stop_min[infection.person])))
        self.out.stop_min[infection.person] = min(
            int(self.out.stop_min[infection.person]), infection.isolated_min
        )
        if self.alert_day < 0:
            self.alert_day = infection.reported_min // DAY_MIN

    def _respond(self, case: Infection) -> None:
        """Manage the contacts the investigation found: all of the household, most of the others."""
        anchor = min(case.onset_min, case.sampled_min) // DAY_MIN
        last = min(case.isolated_min, N_DAYS * DAY_MIN)
        seen: dict[int, list[int | str]] = {}
        home = self.county.people.household[case.person]
        for person in range(self.house_first[home], self.house_first[home + 1]):
            if person != case.person:
                seen[person] = [max(0, anchor - _LOOK_BACK_DAYS) * DAY_MIN + 19 * 60, last, "household"]
        for day in range(max(0, anchor - _LOOK_BACK_DAYS), min(N_DAYS, last // DAY_MIN + 1)):
            self._seen_on(case, day, seen)
        for person, (first_min, last_min, via) in sorted(seen.items()):
            if via == "secondary":
                continue
            if self.rng.random() < _RECALL.get(str(via), 0.5):
                self._manage(person, case, first_min=int(first_min), last_min=int(last_min), via=str(via))
                if via != "household":
                    self._manage_family(self.out.managed[-1], seen)

    def _seen_on(self, case: Infection, day: int, seen: dict[int, list[int | str]]) -> None:
        s = self.out.days[day]
        came = TRAIN_MIN if case.person in self.out.travellers else 0
        for row in self.stays_of(case.person, day).tolist():
            if not came <= s.enter_min[row] < self.out.stop_min[case.person]:
                continue
            rows, overlap = self.met(row, day)
            for other, minutes in zip(rows.tolist(), overlap.tolist(), strict=True):
                if minutes < _CLOSE_OVERLAP_MIN:
                    continue
                start = max(int(s.enter_min[other]), int(s.enter_min[row]))
                entry = seen.setdefault(
                    int(s.person[other]), [start, start + minutes, self.kind[int(s.place[row])]]
                )
                entry[1] = max(int(entry[1]), start + minutes)

    def _manage(self, person: int, case: Infection, *, first_min: int, last_min: int, via: str) -> None:
        draw = self.rng.random()
        wait = (
            self.rng.integers(26 * 60, 52 * 60) if draw < 0.05 else self.rng.lognormal(np.log(4.5 * 60), 0.35)
        )
        managed = case.reported_min + int(min(wait, 60 * 60))
        forgotten = draw > 0.97
        stop = int(self.out.stop_min[person])
        if not forgotten:
            self.out.stop_min[person] = min(stop, managed)
        self.out.managed.append(
            Managed(
                person=person,
                of=case.person,
                first_min=first_min,
                last_min=min(last_min, stop),
                managed_min=NEVER if forgotten else min(stop, managed),
                via=via,
            )
        )

    def _manage_family(self, close: Managed, seen: dict[int, list[int | str]]) -> None:
        """Keep those who live with a close contact at home, most of them in time."""
        home = self.county.people.household[close.person]
        if close.managed_min == NEVER:
            return
        for person in range(self.house_first[home], self.house_first[home + 1]):
            if person in seen or person == close.person or self.rng.random() > _FAMILY_FOUND:
                continue
            seen[person] = [close.first_min, close.last_min, "secondary"]
            managed = close.managed_min + int(self.rng.lognormal(np.log(3 * 60), 0.6))
            stop = int(self.out.stop_min[person])
            self.out.stop_min[person] = min(stop, managed)
            self.out.managed.append(
                Managed(
                    person=person,
                    of=close.of,
                    first_min=close.first_min,
                    last_min=max(close.first_min, min(close.managed_min, stop)),
                    managed_min=min(stop, managed),
                    via="household",
                    tier="secondary",
                )
            )


def all_stays(out: Outbreak, people: np.ndarray) -> Stays:
    """Stays of the given people over all days, cut where they were isolated or managed.

    The travellers were away before their train came; their first stay is at the station.

    Parameters
    ----------
    people : bool array, shape (n_people,)
    """
    rows = join([s.take(people[s.person]) for s in out.days])
    came = np.array([p for p in out.travellers if people[p]], dtype=np.int64)
    rows = rows.take(~np.isin(rows.person, came) | (rows.enter_min >= TRAIN_MIN + STATION_STAY_MIN))
    at_station = np.full(len(came), TRAIN_MIN)
    rows = join(
        [rows, Stays(came, np.full(len(came), out.station), at_station, at_station + STATION_STAY_MIN)]
    )
    stop = out.stop_min[rows.person]
    cut = Stays(rows.person, rows.place, rows.enter_min, np.minimum(rows.leave_min, stop))
    return cut.take(cut.leave_min > cut.enter_min)
