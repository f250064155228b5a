"""A synthetic county: land, places and about 100,000 invented people, all from one seeded generator.

Drill: read by the outbreak simulator and the writer; nothing in it stands for a real place or person.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fireline.drill.land import Land, lay_out
from fireline.drill.names import place_names
from fireline.errors import InputError

CODE = "EX-0101"
NAME = "云泽县（演练） Yunze County (exercise)"
N_TOWNSHIPS = 22
N_UNITS = 520

OCCUPATIONS = (
    "preschool_child",
    "kindergarten_child",
    "pupil",
    "farmer",
    "factory_worker",
    "office_worker",
    "shop_worker",
    "market_trader",
    "teacher",
    "health_worker",
    "cold_chain_worker",
    "driver",
    "retired",
)
OCCUPATION_I = {name: i for i, name in enumerate(OCCUPATIONS)}
_ADULT_JOBS = ("farmer", "factory_worker", "office_worker", "shop_worker", "market_trader", "driver")
_ADULT_SHARES = (0.34, 0.24, 0.14, 0.13, 0.07, 0.08)

STAFF_AT_MOST = 40  # people who work at one shop, market or hospital ward

GROUP_KINDS = ("kindergarten", "classroom", "workplace")
ERRAND_KINDS = ("supermarket", "market", "restaurant", "shop", "clinic", "pharmacy")
PER_TOWNSHIP = {"supermarket": 5, "market": 3, "restaurant": 12, "shop": 14, "clinic": 3, "pharmacy": 4}
_NAME_OF_KIND = {
    "kindergarten": ("幼儿园", "Kindergarten"),
    "classroom": ("学校", "School"),
    "workplace": ("工场", "Works"),
    "supermarket": ("超市", "Supermarket"),
    "market": ("农贸市场", "Market"),
    "restaurant": ("饭店", "Restaurant"),
    "shop": ("商店", "Shop"),
    "clinic": ("卫生室", "Clinic"),
    "pharmacy": ("药店", "Pharmacy"),
    "hospital": ("医院", "Hospital"),
    "railway_station": ("火车站", "Railway Station"),
    "cold_store": ("冷库", "Cold Store"),
}
_STAFF_PLACES = 4  # places of a classroom beside those of its children
_CAPACITY = {
    "supermarket": 180,
    "market": 400,
    "restaurant": 60,
    "shop": 30,
    "clinic": 20,
    "pharmacy": 12,
    "hospital": 400,
    "railway_station": 1200,
    "cold_store": 40,
}


@dataclass(frozen=True, slots=True)
class Places:
    """Places of the county, one array per column, shape (n_places,).

    Attributes
    ----------
    place_id, name, kind : tuples of str
    lon, lat : float64 arrays
    township, unit : int64 arrays
    capacity : int64 array
    school : tuple of str, id of the school a classroom belongs to, else ""
    """

    place_id: tuple[str, ...]
    name: tuple[str, ...]
    kind: tuple[str, ...]
    lon: np.ndarray
    lat: np.ndarray
    township: np.ndarray
    unit: np.ndarray
    capacity: np.ndarray
    school: tuple[str, ...]

    def of_kind(self, kind: str) -> np.ndarray:
        """Indices of the places of one kind, sorted by township."""
        found = np.flatnonzero(np.array(self.kind) == kind)
        return found[np.argsort(self.township[found], kind="stable")]


@dataclass(frozen=True, slots=True)
class People:
    """People of the county, one array per column, shape (n_people,).

    Attributes
    ----------
    age : int64, years
    is_female : bool
    household, unit, township : int64 indices; people of a household stand together
    occupation : int64 index into OCCUPATIONS
    group_place : int64 index of the class or workplace they go to, -1 for none
    """

    age: np.ndarray
    is_female: np.ndarray
    household: np.ndarray
    unit: np.ndarray
    township: np.ndarray
    occupation: np.ndarray
    group_place: np.ndarray

    @property
    def n(self) -> int:
        """Number of people."""
        return len(self.age)


@dataclass(frozen=True, slots=True)
class County:
    """The synthetic county.

    Attributes
    ----------
    land : Land
    township_name, unit_name : tuples of str ("Chinese Spelling")
    places : Places
    people : People
    """

    land: Land
    township_name: tuple[str, ...]
    unit_name: tuple[str, ...]
    places: Places
    people: People


def township_code(township: int) -> str:
    """Area code of a township, EX-010101 to EX-010122."""
    return f"{CODE}{township + 1:02d}"


def unit_id(unit: int) -> str:
    """Id of a unit."""
    return f"U{unit + 1:04d}"


def build(*, n_people: int, rng: np.random.Generator) -> County:
    """Build the county.

    Parameters
    ----------
    n_people : int, 2,000 to 500,000; met within one household
    rng : numpy Generator, the only source of chance

    Raises
    ------
    InputError   n_people out of range
    """
    if not 2_000 <= n_people <= 500_000:
        raise InputError(f"people {n_people}: the exercise county holds 2000 to 500000 people")
    land = lay_out(n_townships=N_TOWNSHIPS, n_units=N_UNITS, rng=rng)
    names = place_names(N_TOWNSHIPS + len(land.unit_lon), rng=rng)
    people = _settle(land, n_people, rng)
    places, group_place = _open_places(land, names, people, rng)
    people = People(
        people.age,
        people.is_female,
        people.household,
        people.unit,
        people.township,
        people.occupation,
        group_place,
    )
    return County(
        land=land,
        township_name=tuple(
            f"{zh}{'街道' if t < 2 else '镇'} {en} {'Street' if t < 2 else 'Town'}"
            for t, (zh, en) in enumerate(names[:N_TOWNSHIPS])
        ),
        unit_name=tuple(
            f"{zh}{'小区' if land.is_urban[u] else '村'} {en}"
            for u, (zh, en) in enumerate(names[N_TOWNSHIPS:])
        ),
        places=places,
        people=people,
    )


def _settle(land: Land, n_people: int, rng: np.random.Generator) -> People:
    """Households, ages, sexes and occupations."""
    n_units = len(land.unit_lon)
    weight = np.where(land.is_urban, 2.2, 1.0) * rng.lognormal(0.0, 0.35, n_units)
    size = rng.choice(np.arange(1, 7), size=n_people, p=(0.14, 0.25, 0.27, 0.19, 0.11, 0.04))
    n_households = int(np.searchsorted(np.cumsum(size), n_people)) + 1
    size = size[:n_households]
    unit_of = np.sort(rng.choice(n_units, size=n_households, p=weight / weight.sum()))
    household = np.repeat(np.arange(n_households), size)
    position = np.arange(len(household)) - np.repeat(np.cumsum(size) - size, size)
    is_old = rng.random(n_households) < np.where(size <= 2, 0.35, 0.0)
    parent = np.where(is_old, rng.integers(61, 88, n_households), rng.integers(24, 60, n_households))
    age = parent[household] + rng.integers(-3, 4, len(household))
    is_child = (position >= 2) & (rng.random(len(household)) < np.where(position < 4, 0.78, 0.35))
    is_elder = (position >= 2) & ~is_child
    age = np.where(is_child, np.clip(parent[household] - 24 - rng.integers(0, 14, len(age)), 0, 17), age)
    age = np.where(is_elder, np.clip(parent[household] + 25 + rng.integers(-4, 5, len(age)), 19, 96), age)
    is_female = np.where(position == 0, False, np.where(position == 1, True, rng.random(len(age)) < 0.5))
    unit = unit_of[household]
    return People(
        age=age,
        is_female=is_female,
        household=household,
        unit=unit,
        township=land.unit_township[unit],
        occupation=_occupations(age, land.is_urban[unit], rng),
        group_place=np.full(len(age), -1),
    )


def _occupations(age: np.ndarray, is_urban: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    jobs = np.array([OCCUPATION_I[j] for j in _ADULT_JOBS])
    shares = np.array(_ADULT_SHARES)
    urban = shares * np.array([0.05, 1.3, 2.2, 1.4, 1.0, 1.1])
    drawn = np.where(
        is_urban,
        rng.choice(jobs, size=len(age), p=urban / urban.sum()),
        rng.choice(jobs, size=len(age), p=shares),
    )
    special = rng.random(len(age))
    drawn = np.where(special < 0.022, OCCUPATION_I["teacher"], drawn)
    drawn = np.where((special >= 0.022) & (special < 0.036), OCCUPATION_I["health_worker"], drawn)
    drawn = np.where((special >= 0.036) & (special < 0.0364), OCCUPATION_I["cold_chain_worker"], drawn)
    drawn = np.where(age >= 62, OCCUPATION_I["retired"], drawn)
    drawn = np.where(age < 18, OCCUPATION_I["pupil"], drawn)
    drawn = np.where(age < 6, OCCUPATION_I["kindergarten_child"], drawn)
    return np.where(age < 3, OCCUPATION_I["preschool_child"], drawn)


def _open_places(
    land: Land, names: list[tuple[str, str]], people: People, rng: np.random.Generator
) -> tuple[Places, np.ndarray]:
    """All places, and the class or workplace of every person."""
    rows: list[tuple[str, str, str, int, int, str]] = []  # name, kind, school, township, capacity, id
    group = np.full(people.n, -1)
    job = people.occupation
    for t in range(N_TOWNSHIPS):
        zh, en = names[t]
        here = people.township == t
        for kind, low, high, room in (("kindergarten", 3, 6, 26), ("classroom", 6, 18, 42)):
            children = np.flatnonzero(here & (people.age >= low) & (people.age < high))
            _classes(rows, group, children=children, age=people.age, kind=kind, room=room, t=t, name=(zh, en))
        workers = np.flatnonzero(
            here & np.isin(job, [OCCUPATION_I["factory_worker"], OCCUPATION_I["office_worker"]])
        )
        _teams(rows, group, workers=rng.permutation(workers), t=t, name=(zh, en))
        for kind, n in PER_TOWNSHIP.items():
            n_here = n * 4 if t < 2 else n
            for k in range(n_here):
                _add(
                    rows,
                    kind,
                    t,
                    name=f"{zh}{_NAME_OF_KIND[kind][0]}{k + 1} {en} {_NAME_OF_KIND[kind][1]} {k + 1}",
                )
        if t < 2:
            _add(rows, "hospital", t, name=f"{zh}医院 {en} Hospital")
        if t == 0:
            _add(rows, "railway_station", t, name=f"{zh}火车站 {en} Railway Station")
        if t == 1:
            _add(rows, "cold_store", t, name=f"{zh}冷库 {en} Cold Store")
    places = _locate(rows, land, rng)
    _staff(group, people, places, rng)
    return places, group


def _add(rows: list, kind: str, t: int, *, name: str, school: str = "", capacity: int | None = None) -> int:
    rows.append(
        (
            name,
            kind,
            school,
            t,
            _CAPACITY.get(kind, 0) if capacity is None else capacity,
            f"L{len(rows) + 1:05d}",
        )
    )
    return len(rows) - 1


def _classes(
    rows: list,
    group: np.ndarray,
    *,
    children: np.ndarray,
    age: np.ndarray,
    kind: str,
    room: int,
    t: int,
    name: tuple[str, str],
) -> None:
    """Fill classes of one township with children of the same age."""
    school = f"S{t + 1:02d}{kind[0].upper()}"
    for year in np.unique(age[children]).tolist():
        same = children[age[children] == year]
        for k, part in enumerate(np.array_split(same, max(1, -(-len(same) // room)))):
            zh, en = _NAME_OF_KIND[kind]
            text = f"{name[0]}{zh}{year}岁{k + 1}班 {name[1]} {en} age {year} class {k + 1}"
            group[part] = _add(rows, kind, t, name=text, school=school, capacity=room + _STAFF_PLACES)


def _teams(rows: list, group: np.ndarray, *, workers: np.ndarray, t: int, name: tuple[str, str]) -> None:
    """Put workers of one township into workplaces of 6 to 40 people."""
    start = 0
    k = 0
    while start < len(workers):
        size = 6 + (k * 11) % 35
        zh, en = _NAME_OF_KIND["workplace"]
        place = _add(
            rows, "workplace", t, name=f"{name[0]}{zh}{k + 1} {name[1]} {en} {k + 1}", capacity=size + 5
        )
        group[workers[start : start + size]] = place
        start += size
        k += 1


def _locate(rows: list, land: Land, rng: np.random.Generator) -> Places:
    """Stand every place near a unit of its township (urban ones first in the seat)."""
    township = np.array([row[3] for row in rows])
    unit = np.empty(len(rows), dtype=np.int64)
    for t in range(N_TOWNSHIPS):
        choice = np.flatnonzero((land.unit_township == t) & (land.is_urban | (t >= 2)))
        choice = choice if len(choice) else np.flatnonzero(land.unit_township == t)
        at = township == t
        unit[at] = rng.choice(choice, size=int(at.sum()))
    shift = rng.normal(0, 0.0006, (2, len(rows)))
    return Places(
        place_id=tuple(row[5] for row in rows),
        name=tuple(row[0] for row in rows),
        kind=tuple(row[1] for row in rows),
        lon=np.round(land.unit_lon[unit] + shift[0], 6),
        lat=np.round(land.unit_lat[unit] + shift[1], 6),
        township=township,
        unit=unit,
        capacity=np.array([row[4] for row in rows]),
        school=tuple(row[2] for row in rows),
    )


def _staff(group: np.ndarray, people: People, places: Places, rng: np.random.Generator) -> None:
    """Send shop workers, traders, teachers, health and cold-store workers to a place of their township."""
    wanted = (
        ("shop_worker", ("shop", "supermarket", "restaurant")),
        ("market_trader", ("market",)),
        ("teacher", ("classroom",)),
        ("health_worker", ("clinic", "hospital")),
    )
    kind = np.array(places.kind)
    for job, kinds in wanted:
        staff = np.flatnonzero(people.occupation == OCCUPATION_I[job])
        for t in range(N_TOWNSHIPS):
            here = staff[people.township[staff] == t]
            choice = np.flatnonzero(np.isin(kind, kinds) & (places.township == t))
            if len(here) and len(choice):
                group[here] = _at_most(rng.choice(choice, size=len(here)), STAFF_AT_MOST)
    group[people.occupation == OCCUPATION_I["cold_chain_worker"]] = places.of_kind("cold_store")[0]


def _at_most(place: np.ndarray, most: int) -> np.ndarray:
    """Keep the first people of each place; the others work nowhere fixed (-1)."""
    order = np.argsort(place, kind="stable")
    ranked = place[order]
    rank = np.arange(len(place)) - np.searchsorted(ranked, ranked)
    kept = place.copy()
    kept[order[rank >= most]] = -1
    return kept
