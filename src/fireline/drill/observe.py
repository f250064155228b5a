"""What a county command would hold of the exercise: people, cases, links, contacts, visits and tests.

Drill: turns the simulated truth into canonical tables, with the gaps that real records have.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from fireline.clock import local_midnight, zone
from fireline.drill.county import CODE, OCCUPATIONS, County, township_code
from fireline.drill.names import person_names
from fireline.drill.outbreak import N_DAYS, NEVER, Infection, Managed, Outbreak, all_stays
from fireline.drill.schedule import DAY_MIN

DISEASE = "exercise-x"
TZ = zone("Asia/Shanghai")
FIRST_DAY = datetime(2026, 3, 16, tzinfo=TZ).date()  # a Monday
AT = (
    datetime.combine(FIRST_DAY + timedelta(days=N_DAYS - 1), datetime.min.time(), TZ)
    .replace(hour=20)
    .astimezone(UTC)
)
AT_MIN = (N_DAYS - 1) * DAY_MIN + 20 * 60
_MIDNIGHT = local_midnight(FIRST_DAY, TZ).replace(tzinfo=None)
_STATED_SHARE = 0.5
_BACKGROUND_SHARE = 0.02
_LOOK_BACK_DAYS = 4
_MEASURE_DAYS = {"close": 10, "secondary": 7}  # as pack ex-county has it, counted from the day after exposure
_TEST_DAYS = {"close": (1, 4, 7, 10), "secondary": (1, 4, 7)}


@dataclass(frozen=True, slots=True)
class Observed:
    """Canonical tables of the exercise by name, and who is in them.

    Attributes
    ----------
    tables : dict from table name to data frame in canonical columns
    in_scope : bool array, shape (n_people,)
    case_of : dict from person index to case id
    """

    tables: dict[str, pl.DataFrame]
    in_scope: np.ndarray
    case_of: dict[int, str]


def instants(minutes: np.ndarray | list[int]) -> pl.Series:
    """Minutes since the first local midnight as UTC instants; NEVER or later than AT is unknown."""
    m = np.asarray(minutes, dtype=np.int64)
    known = m <= AT_MIN
    stamp = np.datetime64(_MIDNIGHT, "us") + np.where(known, m, 0).astype("timedelta64[m]")
    return pl.Series(np.where(known, stamp, np.datetime64("NaT"))).dt.replace_time_zone("UTC")


def person_key(person: int | np.ndarray) -> str:
    """Key of a person inside the exercise's source files."""
    return f"EXP{int(person) + 1:07d}"


def _keys(people: np.ndarray) -> list[str]:
    return [f"EXP{p + 1:07d}" for p in people.tolist()]


def observe(county: County, outbreak: Outbreak, *, rng: np.random.Generator) -> Observed:
    """Tables about people as the command holds them at AT.

    Parameters
    ----------
    rng : numpy Generator, decides what was stated, forgotten or left blank
    """
    reported = sorted(
        (i for i in outbreak.infections.values() if i.reported_min <= AT_MIN),
        key=lambda i: (i.reported_min, i.person),
    )
    case_of = {i.person: f"EX-C{k + 1:04d}" for k, i in enumerate(reported)}
    near = _met_cases(county, outbreak, reported)
    managed = [m for m in outbreak.managed if m.of in case_of]
    in_scope = near.copy()
    in_scope[[m.person for m in managed]] = True
    in_scope[[*case_of, *outbreak.travellers]] = True
    homes = np.unique(county.people.household[in_scope])
    background = rng.random(county.people.n) < _BACKGROUND_SHARE
    with_family = np.isin(county.people.household, homes) & (rng.random(county.people.n) < 0.2)
    in_scope |= background | with_family
    tables = {
        "persons": _persons(county, in_scope),
        "cases": _cases(county, reported, case_of),
        "links": _links(reported, case_of, county, rng),
        "contacts": _contacts(managed, case_of, rng),
        "visits": _visits(county, outbreak, in_scope),
        "tests": _tests(reported, managed, rng),
        "exposures": _exposures(outbreak, county, reported, managed, rng),
        "identities": _identities(case_of, managed, rng),
    }
    return Observed(tables, in_scope, case_of)


def _met_cases(county: County, outbreak: Outbreak, reported: list[Infection]) -> np.ndarray:
    """Everybody who was at a place at the same time as a case in the days that are looked at."""
    met = np.zeros(county.people.n, dtype=bool)
    ids = np.array([i.person for i in reported])
    start = np.full(county.people.n, NEVER)
    for i in reported:
        start[i.person] = (min(i.onset_min, i.sampled_min) // DAY_MIN - _LOOK_BACK_DAYS) * DAY_MIN
    for s in outbreak.days:
        of_case = (
            np.isin(s.person, ids)
            & (s.enter_min < outbreak.stop_min[s.person])
            & (s.enter_min >= start[s.person])
        )
        for row in np.flatnonzero(of_case).tolist():
            low, high = np.searchsorted(s.place, [s.place[row], s.place[row] + 1])
            here = slice(low, high)
            hit = (s.enter_min[here] < s.leave_min[row]) & (s.leave_min[here] > s.enter_min[row])
            met[s.person[here][hit]] = True
    return met


def _persons(county: County, in_scope: np.ndarray) -> pl.DataFrame:
    who = np.flatnonzero(in_scope)
    p = county.people
    kinds = np.array(OCCUPATIONS)
    group = p.group_place[who]
    return pl.DataFrame(
        {
            "person_key": _keys(who),
            "area_code": [township_code(t) for t in p.township[who].tolist()],
            "occupation": kinds[p.occupation[who]].tolist(),
            "age": p.age[who],
            "sex": np.where(p.is_female[who], "female", "male").tolist(),
            "household_id": [f"H{h + 1:06d}" for h in p.household[who].tolist()],
            "home_place_id": [home_id(h) for h in p.household[who].tolist()],
            "group": [county.places.place_id[g] if g >= 0 else None for g in group.tolist()],
        }
    )


def home_id(household: int) -> str:
    """Place id of a household's home."""
    return f"HOME{household + 1:06d}"


def home_points(county: County, households: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Longitude, latitude and township of homes: beside the unit's inner point, always the same spot.

    Parameters
    ----------
    households : int64 array, shape (n,)
    """
    first = np.searchsorted(county.people.household, households)
    unit = county.people.unit[first]
    turn = households * 2.399963  # golden angle: homes lie on a spiral, never two on one spot
    radius = 0.00002 * np.sqrt(households % 400)
    lon = county.land.unit_lon[unit] + radius * np.cos(turn)
    lat = county.land.unit_lat[unit] + radius * np.sin(turn)
    return np.round(lon, 6), np.round(lat, 6), county.people.township[first]


def _cases(county: County, reported: list[Infection], case_of: dict[int, str]) -> pl.DataFrame:
    who = np.array([i.person for i in reported])
    lon, lat, town = home_points(county, county.people.household[who])
    silent = [i.is_asymptomatic or i.onset_min > AT_MIN for i in reported]
    return pl.DataFrame(
        {
            "case_id": [case_of[i.person] for i in reported],
            "person_key": _keys(who),
            "disease": DISEASE,
            "classification": ["asymptomatic" if quiet else "confirmed" for quiet in silent],
            "onset": instants(
                [NEVER if quiet else i.onset_min for i, quiet in zip(reported, silent, strict=True)]
            ),
            "sampled_at": instants([i.sampled_min for i in reported]),
            "reported_at": instants([i.reported_min for i in reported]),
            "isolated_at": instants([i.isolated_min for i in reported]),
            "area_code": [township_code(t) for t in town.tolist()],
            "origin": ["imported" if i.source < 0 else "local" for i in reported],
            "lon": lon,
            "lat": lat,
        }
    )


def _links(
    reported: list[Infection], case_of: dict[int, str], county: County, rng: np.random.Generator
) -> pl.DataFrame:
    """Who said whom: half of the infections, all of the household ones, a few named contacts."""
    rows: list[tuple[str, str, str, bool, object]] = []
    for i in reported:
        if i.source not in case_of:
            continue
        day = FIRST_DAY + timedelta(days=i.infected_min // DAY_MIN)
        if rng.random() < (0.85 if i.setting == "household" else _STATED_SHARE):
            rows.append((case_of[i.source], person_key(i.person), "infected_by", True, day))
        if i.setting == "household":
            rows.append((case_of[i.source], person_key(i.person), "household", False, day))
    for i in reported:
        same = np.flatnonzero(county.people.group_place == county.people.group_place[i.person])
        if county.people.group_place[i.person] < 0 or len(same) < 2:
            continue
        for other in rng.choice(same, size=min(2, len(same)), replace=False).tolist():
            if other != i.person:
                day = FIRST_DAY + timedelta(days=max(0, min(i.onset_min, i.sampled_min) // DAY_MIN - 1))
                rows.append((case_of[i.person], person_key(other), "contact", False, day))
    frame = pl.DataFrame(rows, schema=["from_case", "to_person", "kind", "directed", "date"], orient="row")
    return frame.unique(["from_case", "to_person", "kind"], keep="first").sort(
        "from_case", "to_person", "kind"
    )


def _contacts(managed: list[Managed], case_of: dict[int, str], rng: np.random.Generator) -> pl.DataFrame:
    """Contacts as recorded; most whose measure has ended were released on its last day, some early."""
    kept = [m for m in managed if m.person not in case_of or m.managed_min <= AT_MIN]
    draw = rng.random(len(kept))
    released = []
    for m, chance in zip(kept, draw.tolist(), strict=True):
        last_day = _exposed_until(m) // DAY_MIN + _MEASURE_DAYS[m.tier]
        early = 2 if chance > 0.98 else 0
        wanted = chance > 0.06 and m.managed_min != NEVER and m.person not in case_of
        released.append((last_day - early) * DAY_MIN + 18 * 60 if wanted else NEVER)
    return pl.DataFrame(
        {
            "person_key": [person_key(m.person) for m in kept],
            "case_id": [case_of[m.of] for m in kept],
            "class": [m.tier for m in kept],
            "first_exposure": instants([m.first_min for m in kept]),
            "last_exposure": instants([_exposed_until(m) for m in kept]),
            "managed_at": instants([m.managed_min for m in kept]),
            "released_at": instants(released),
        }
    ).sort("case_id", "person_key")


def _exposed_until(m: Managed) -> int:
    return min(m.last_min, AT_MIN)


def _visits(county: County, outbreak: Outbreak, in_scope: np.ndarray) -> pl.DataFrame:
    s = all_stays(outbreak, in_scope)
    s = s.take(s.enter_min < AT_MIN)
    order = np.lexsort((s.place, s.person, s.enter_min))
    s = s.take(order)
    ids = pl.Series(list(county.places.place_id))
    keys = pl.Series(_keys(np.arange(county.people.n)))
    return pl.DataFrame(
        {
            "person_key": keys.gather(s.person),
            "place_id": ids.gather(s.place),
            "enter": instants(s.enter_min),
            "leave": instants(np.minimum(s.leave_min, AT_MIN)),
        }
    )


def _tests(reported: list[Infection], managed: list[Managed], rng: np.random.Generator) -> pl.DataFrame:
    """Samples of cases (positive) and of managed contacts on the days of the pack (negative)."""
    rows: list[tuple[str, int, int, str]] = [
        (person_key(i.person), i.sampled_min, i.reported_min, "positive") for i in reported
    ]
    sampled = {i.person: i.sampled_min for i in reported}
    due: set[tuple[int, int]] = set()
    for m in managed:
        if m.managed_min <= AT_MIN:
            day = _exposed_until(m) // DAY_MIN
            due |= {
                (m.person, day + n) for n in _TEST_DAYS[m.tier] if (day + n + 1) * DAY_MIN > m.managed_min
            }
    for person, day in sorted(due):
        taken = day * DAY_MIN + int(rng.integers(8 * 60, 18 * 60))
        if taken < min(sampled.get(person, NEVER), AT_MIN) and rng.random() < 0.95:
            rows.append((person_key(person), taken, taken + int(rng.integers(300, 1100)), "negative"))
    rows.sort(key=lambda row: (row[1], row[0]))
    done = [row[2] <= AT_MIN for row in rows]
    return pl.DataFrame(
        {
            "sample_id": [f"EX-T{k + 1:05d}" for k in range(len(rows))],
            "subject_kind": "person",
            "subject_id": [row[0] for row in rows],
            "kind": "nucleic_acid",
            "taken_at": instants([row[1] for row in rows]),
            "result_at": instants([row[2] for row in rows]),
            "result": [row[3] if ok else "pending" for row, ok in zip(rows, done, strict=True)],
        }
    )


def _exposures(
    outbreak: Outbreak,
    county: County,
    reported: list[Infection],
    managed: list[Managed],
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Answers of cases and of their contacts: which kinds of place they went to; some do not remember."""
    asked = sorted({i.person for i in reported} | {m.person for m in managed if m.managed_min <= AT_MIN})
    mask = np.zeros(county.people.n, dtype=bool)
    mask[asked] = True
    went = all_stays(outbreak, mask)
    kind = np.array(county.places.kind)[went.place]
    rows = []
    for item in ("market", "restaurant", "supermarket", "clinic"):
        yes = set(went.person[kind == item].tolist())
        unknown = rng.random(len(asked)) < 0.04
        for person, blank in zip(asked, unknown.tolist(), strict=True):
            rows.append((person_key(person), item, "unknown" if blank else "yes" if person in yes else "no"))
    return pl.DataFrame(rows, schema=["person_key", "item", "value"], orient="row")


def _identities(case_of: dict[int, str], managed: list[Managed], rng: np.random.Generator) -> pl.DataFrame:
    """Invented names and numbers; the numbers have a form that no real register gives out."""
    who = np.array(sorted(set(case_of) | {m.person for m in managed}))
    number = rng.permutation(9_000_000)[: len(who)] + 1_000_000
    return pl.DataFrame(
        {
            "person_key": _keys(who),
            "name": person_names(len(who), rng=rng),
            "id_no": [f"EX0101-{n}" for n in number.tolist()],
            "phone": [f"000-{n}" for n in number[::-1].tolist()],
            "address": [f"{CODE} 演练地址 {p + 1} 号" for p in who.tolist()],
        }
    )
