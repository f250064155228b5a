"""Zones of a vector: core and warning areas around cases, surveyed until the index falls below the rule's.

Chapter 8: nobody is restricted here; what is restricted is breeding water. Reads cases, visits and surveys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from fireline.clock import local_day
from fireline.policy.model import Answer, Status
from fireline.policy.predicate import evaluate
from fireline.policy.terms import term
from fireline.records.model import Records
from fireline.words import Words
from fireline.zones.cases import case_points, counted_cases, infectious_visits, place_points
from fireline.zones.locate import UnitMap, chord_m, locate, sphere, within
from fireline.zones.tables import SCHEMAS, empty

if TYPE_CHECKING:
    from fireline.policy import At

STREAM = "breteau_index"
"""Stream of counts that holds the surveys: count = containers with larvae, denominator = houses inspected."""

AREAS = ("core", "warning")
_LEVELS = ("high", "medium", "low")


@dataclass(frozen=True, slots=True)
class VectorZones:
    """What is drawn around the cases of a vector-borne disease.

    Attributes
    ----------
    areas : one row per unit in a core or warning area (``SCHEMAS["vector_areas"]``)
    lifting : one row per zone (``SCHEMAS["vector_lifting"]``)
    answers : rules asked: define, survey and lift of both areas
    notes : sentences: no rule, advice only, what the data lack
    """

    areas: pl.DataFrame = field(default_factory=lambda: empty("vector_areas"))
    lifting: pl.DataFrame = field(default_factory=lambda: empty("vector_lifting"))
    answers: tuple[Answer, ...] = ()
    notes: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True)
class Survey:
    """One survey of one unit.

    Attributes
    ----------
    day : date
    index : float, containers with larvae per 100 houses inspected (Breteau index)
    houses : int
    """

    day: date
    index: float
    houses: int


def surveys(records: Records, *, at: datetime) -> dict[str, list[Survey]]:
    """Surveys by unit, or by township where they are reported for it, oldest first.

    A row without houses inspected is no survey: an index needs its denominator.
    """
    today = local_day(at, records.tz)
    rows = (
        records.table("counts")
        .filter(
            (pl.col("stream") == STREAM)
            & (pl.col("date") <= today)
            & (pl.col("denominator").fill_null(0) > 0)
        )
        .sort("area_code", "date")
    )
    found: dict[str, list[Survey]] = {}
    for area, day, count, houses in rows.select("area_code", "date", "count", "denominator").iter_rows():
        found.setdefault(area, []).append(Survey(day, 100.0 * count / houses, int(houses)))
    return found


def vector_zones(records: Records, rules: At, *, at: datetime) -> VectorZones:
    """Core and warning areas by the rules, with surveys, their next day, the level and the lifting.

    Parameters
    ----------
    records : units with centres; cases with a home or a point; visits and places widen the core
    rules : zone.define/vector_core and vector_warning (of radius), test.schedule/..._survey,
        zone.lift/vector_core, level/low, medium, high
    at : aware UTC instant; nothing later is used

    Notes
    -----
    The circles stand around homes and around places a case visited while a mosquito could take the virus
    from it: the profile's infectious days around onset. A rule that only advises draws the same areas, marked
    ``is_advice``: they tell where to look, they order nobody. Circles that touch are one zone. A zone is
    lifted when, after its last case, the newest survey of every unit of the core is below the rule's index;
    a unit that nobody surveyed keeps the zone.
    """
    asked = {
        name: rules.find(concept, subject)
        for name, concept, subject in (
            ("core", "zone.define", "vector_core"),
            ("warning", "zone.define", "vector_warning"),
            ("core_survey", "test.schedule", "vector_core_survey"),
            ("warning_survey", "test.schedule", "vector_warning_survey"),
            ("lift", "zone.lift", "vector_core"),
        )
    }
    notes = list(_rule_notes(asked, rules))
    answers = tuple(asked.values())
    radius = _radius(asked["core"])
    units = records.table("units").sort("unit_id")
    if radius is None or units.is_empty():
        if radius is not None:
            notes.append(
                Words("数据中没有单元表，无法划区。", "The data have no units table: no area is drawn.")
            )
        return VectorZones(answers=answers, notes=tuple(notes))
    centres = _centres(records, rules, at=at, notes=notes)
    if centres.is_empty():
        notes.append(
            Words("没有可定位的病例，不划区。", "No case can be placed on the map: no area is drawn.")
        )
        return VectorZones(answers=answers, notes=tuple(notes))
    areas, lifting = _draw(records, rules, units, centres, asked, radius, at=at)
    return VectorZones(areas, lifting, answers, tuple(notes))


def _radius(answer: Answer) -> float | None:
    """Radius in metres of a rule in force or of advice; None where neither gives one."""
    if answer.status not in (Status.RULE, Status.ADVICE) or answer.value is None:
        return None
    return float(answer.value["radius_m"]) if "radius_m" in answer.value else None


def _rule_notes(asked: Mapping[str, Answer], rules: At) -> list[Words]:
    core, disease = asked["core"], term("disease", rules.disease)
    if _radius(core) is None:
        return [
            Words(
                f"{rules.area} 当日没有针对 {disease.zh} 的媒介区规定。",
                f"No rule on vector areas for {disease.en} is in force in {rules.area} on this date.",
            )
        ]
    if core.status is Status.ADVICE:
        return [
            Words(
                f"核心区半径只有建议（{core.rule_id}），用于指导检查，不能作为指令。",
                f"The radius of the core is only advice ({core.rule_id}): it says where to look, it orders "
                "nobody.",
            )
        ]
    return []


def _centres(records: Records, rules: At, *, at: datetime, notes: list[Words]) -> pl.DataFrame:
    """Points the circles stand around: case_id, subject_id, lon, lat, area_code, place_id, last_day."""
    cases = counted_cases(records, at=at)
    homes = case_points(records, cases).with_columns(case_id=pl.col("subject_id"), how=pl.lit("home"))
    window = rules.profile.infectious_days if rules.profile is not None else None
    parts = [homes.select("case_id", "how", "place_id", "lon", "lat", "area_code")]
    if window is None:
        notes.append(
            Words(
                "病种资料没有病毒血症期，到访地点不计入。",
                "The disease's profile gives no viraemic days: visited places are not counted.",
            )
        )
    else:
        until = _until(cases, window[1], at)
        lookback = {"days": max(0, round(-window[0])), "anchor": "onset"}
        visits, _ = infectious_visits(records, until, lookback, at=at)
        parts.append(
            visits.join(place_points(records), on="place_id", how="left").select(
                "case_id", pl.lit("visit").alias("how"), "place_id", "lon", "lat", "area_code"
            )
        )
    placed = pl.concat(parts, how="vertical_relaxed").join(cases.select("case_id", "last_day"), on="case_id")
    is_unit = pl.col("place_id").is_in(records.table("units")["unit_id"].to_list()).fill_null(value=False)
    lost = placed.filter((pl.col("how") == "home") & pl.col("lon").is_null() & ~is_unit).height
    if lost:
        notes.append(Words(f"{lost} 例没有可定位的住址。", f"{lost} cases have no home that can be placed."))
    return (
        placed.filter(pl.col("lon").is_not_null() | is_unit)
        .unique(["case_id", "place_id", "lon", "lat"], maintain_order=True)
        .sort("case_id", "how", "place_id")
        .with_row_index("centre")
        .with_columns(subject_id=pl.col("centre").cast(pl.String).str.zfill(8))
    )


def _until(cases: pl.DataFrame, days: float, at: datetime) -> pl.DataFrame:
    """Cases whose window ends with the viraemia or with isolation under nets, whichever comes first."""
    end = pl.col("onset").dt.convert_time_zone("UTC") + pl.duration(days=int(np.ceil(days)) + 1)
    return cases.with_columns(
        isolated_at=pl.min_horizontal("isolated_at", end, pl.lit(at).dt.cast_time_unit("us")),
        isolated_at_precision=pl.coalesce("isolated_at_precision", pl.lit("minute")),
    )


def _draw(
    records: Records,
    rules: At,
    units: pl.DataFrame,
    centres: pl.DataFrame,
    asked: Mapping[str, Answer],
    radius: float,
    *,
    at: datetime,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    unit_map = UnitMap.of(units)
    located = locate(unit_map, centres, subject_kind="centre")["unit_id"].to_list()
    xyz = _xyz(centres, located, unit_map)
    zone = _zones_of(xyz, radius)
    wide = _radius(asked["warning"])
    known = surveys(records, at=at)
    rows: list[dict[str, Any]] = []
    verdicts = []
    for number in sorted(set(zone.tolist())):
        members = np.flatnonzero(zone == number)
        own = np.isin(np.array(unit_map.ids, dtype=object), [located[i] for i in members if located[i]])
        core = within(unit_map, xyz[members], radius) | own
        warning = (
            within(unit_map, xyz[members], wide) & ~core
            if wide is not None
            else np.zeros(len(core), dtype=bool)
        )
        part = centres[members.tolist()]
        cases = sorted(set(part["case_id"].to_list()))
        name = f"V-{cases[0]}"
        since: date | None = part["last_day"].max()  # type: ignore[assignment]
        for area, mask in (("core", core), ("warning", warning)):
            rows += [
                _row(
                    name,
                    area,
                    units.row(int(i), named=True),
                    cases,
                    known,
                    asked,
                    rules,
                    since=since,
                    today=local_day(at, records.tz),
                )
                for i in np.flatnonzero(mask)
            ]
        verdicts.append(_verdict(name, cases, rows, asked["lift"], since))
    return (
        pl.DataFrame(rows, schema=SCHEMAS["vector_areas"]).sort("zone_id", "area", "unit_id"),
        pl.DataFrame(verdicts, schema=SCHEMAS["vector_lifting"]).sort("zone_id"),
    )


def _xyz(centres: pl.DataFrame, located: Sequence[str | None], unit_map: UnitMap) -> NDArray[np.float64]:
    """Unit vectors of the centres; one known by its unit only stands at the unit's centre."""
    lon = centres["lon"].cast(pl.Float64).to_numpy()
    lat = centres["lat"].cast(pl.Float64).to_numpy()
    xyz = sphere(lon, lat)
    index = {unit_id: i for i, unit_id in enumerate(unit_map.ids)}
    for row, unit_id in enumerate(located):
        if unit_id is not None and not np.isfinite(xyz[row]).all():
            xyz[row] = unit_map.xyz[index[unit_id]]
    return xyz


def _zones_of(xyz: NDArray[np.float64], radius: float) -> NDArray[np.int64]:
    """Number of the zone of each centre: circles that touch are one; a centre off the map stands alone."""
    known = np.flatnonzero(np.isfinite(xyz).all(axis=1))
    n = len(xyz)
    pairs = (
        cKDTree(xyz[known]).query_pairs(chord_m(2 * radius), output_type="ndarray")
        if known.size
        else np.empty((0, 2), dtype=np.int64)
    )
    edges = (np.ones(len(pairs)), (known[pairs[:, 0]], known[pairs[:, 1]]))
    _, zone = connected_components(coo_array(edges, shape=(n, n)), directed=False)
    return np.asarray(zone, dtype=np.int64)


def _newest(known: Mapping[str, list[Survey]], unit: Mapping[str, Any]) -> Survey | None:
    """Newest survey of a unit; that of its township where the unit has none of its own."""
    own = known.get(unit["unit_id"]) or known.get(unit["area_code"] or "") or []
    return own[-1] if own else None


def _row(
    name: str,
    area: str,
    unit: Mapping[str, Any],
    cases: Sequence[str],
    known: Mapping[str, list[Survey]],
    asked: Mapping[str, Answer],
    rules: At,
    *,
    since: date | None,
    today: date,
) -> dict[str, Any]:
    define, schedule = asked[area], asked[f"{area}_survey"]
    survey = _newest(known, unit)
    interval = (schedule.value or {}).get("interval_days") if schedule.in_force else None
    last = _fresh(survey, since)
    goal = _is_below(asked["lift"], last)
    if interval is None or (goal and area == "core"):
        due = None
    else:
        due = today if last is None else last.day + timedelta(days=int(interval))
    measure = term("rule_word", str((define.value or {}).get("measure", "")))
    return {
        "zone_id": name,
        "area": area,
        "unit_id": unit["unit_id"],
        "population": unit["population"],
        "n_cases": len(cases),
        "rule_id": define.rule_id,
        "edition": define.rule.edition if define.rule else "",
        "is_advice": define.status is Status.ADVICE,
        "surveyed_on": None if survey is None else survey.day,
        "n_houses": None if survey is None else survey.houses,
        "index": None if survey is None else survey.index,
        "level": _level(rules, survey),
        "next_survey": due,
        "survey_rule_id": schedule.rule_id if interval is not None else "",
        "measure_zh": measure.zh,
        "measure_en": measure.en,
    }


def _fresh(survey: Survey | None, since: date | None) -> Survey | None:
    """The survey where it was made after the day of the zone's last case; an older one proves nothing."""
    return None if survey is None or (since is not None and survey.day <= since) else survey


def _is_below(answer: Answer, survey: Survey | None) -> bool | None:
    """Whether a survey meets the lifting rule; None without a survey or a rule in force."""
    if survey is None or not answer.in_force or answer.value is None:
        return None
    return evaluate(
        {k: v for k, v in answer.value.items() if k in ("all", "any", "not", "fact", "lt", "le")},
        {"breteau_index": survey.index},
    )


def _level(rules: At, survey: Survey | None) -> str:
    """Risk level by the index; "" below the lowest, without a survey or a rule."""
    if survey is None:
        return ""
    for name in _LEVELS:
        answer = rules.find("level", name)
        if answer.in_force and answer.value is not None:
            tree = {k: v for k, v in answer.value.items() if k in ("all", "any", "not")}
            if tree and evaluate(tree, {"breteau_index": survey.index}) is True:
                return name
    return ""


def _verdict(
    name: str,
    cases: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    answer: Answer,
    since: date | None,
) -> dict[str, Any]:
    core = [r for r in rows if r["zone_id"] == name and r["area"] == "core"]
    fresh = [
        _fresh(
            None if r["surveyed_on"] is None else Survey(r["surveyed_on"], r["index"], r["n_houses"]), since
        )
        for r in core
    ]
    met = [_is_below(answer, survey) for survey in fresh]
    n_unknown, n_above = met.count(None), met.count(False)
    due = [r["next_survey"] for r in core if r["next_survey"] is not None]
    if not answer.in_force:
        is_due, words = None, Words("没有有效的解除规定。", "No rule for lifting is in force.")
    elif n_above or n_unknown:
        is_due = False if n_above else None
        words = Words(
            f"核心区 {len(core)} 个单元：{n_above} 个未达标，{n_unknown} 个末例之后未调查",
            f"{len(core)} units of the core: {n_above} are not below the rule's index, {n_unknown} were not "
            "surveyed since the last case",
        )
    else:
        is_due = True if core else None
        words = (
            Words("条件已全部满足。", "All conditions are met.")
            if core
            else Words("核心区内没有单元", "no unit lies in the core")
        )
    return {
        "zone_id": name,
        "n_cases": len(cases),
        "n_core": len(core),
        "last_case_day": since,
        "worst_index": max((s.index for s in fresh if s is not None), default=None),
        "is_due": is_due,
        "next_survey": min(due, default=None),
        "rule_id": answer.rule_id,
        "edition": answer.rule.edition if answer.rule else "",
        "missing_zh": words.zh,
        "missing_en": words.en,
    }
