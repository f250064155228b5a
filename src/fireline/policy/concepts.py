"""The closed list of concepts and subjects, and the shape of each concept's value.

Foundation: policy.library refuses a pack that steps outside them; docs/reference/policy.md prints them.
"""

from __future__ import annotations

from dataclasses import dataclass

from fireline.policy.shapes import (
    Check,
    exactly_one,
    flag,
    many,
    number,
    one_of,
    record,
    rising_days,
    text,
    tree,
    whole,
)
from fireline.policy.vocabulary import (
    ANCHORS,
    AREA_UNITS,
    CASE_FACTS,
    CLASSES,
    CONTACT_FACTS,
    DAY_ZERO,
    FOUND_AS,
    LEVEL_FACTS,
    MOMENTS,
    PLACES,
    ZONE_FACTS,
)
from fireline.words import Words


@dataclass(frozen=True, slots=True)
class Concept:
    """One kind of rule.

    Attributes
    ----------
    name : str, such as "contact.lookback"
    title : Words
    check : Check, the shape of its value
    shape : str, the same in one line for readers
    is_intrusive : bool, it can restrict or search people; needs a rule that can order
    """

    name: str
    title: Words
    check: Check
    shape: str
    is_intrusive: bool = False


_days = number(0, 3_660)
_hours = number(0, 8_784)
_anchor = one_of(*ANCHORS)
_zero = one_of(*DAY_ZERO)
_phase = record(
    {"place": one_of(*PLACES), "days": _days},
    {"tests": rising_days, "sample": text, "double_last": flag, "n_tests": whole(1, 60),
     "min_gap_hours": _hours, "checks_per_day": whole(1, 24)},
)  # fmt: skip
_measure = record(
    {"anchor": _anchor, "day_zero": _zero, "phases": many(_phase)},
    {"release": record({}, {"all": many(text), "any": many(text)}), "upgrade": text, "lookback_days": _days,
     "restart": one_of("last_positive_removed"), "who": text, "double_last": flag},
)  # fmt: skip
_one_threshold = {
    "count": whole(1, 1_000_000), "window_days": whole(1, 3_660), "deaths": whole(1, 100_000),
    "hospitalised": whole(1, 100_000), "first_of_year": flag, "none_in_years": whole(1, 100),
    "unit": one_of("collective", "school", "county", "township", "household", "community", "any"),
}  # fmt: skip
_threshold = record(
    {
        "count": _one_threshold["count"],
        "window_days": _one_threshold["window_days"],
        "unit": _one_threshold["unit"],
    },
    {"or": many(record({}, _one_threshold)), "first_of_year": flag, "linked": flag},
)

CONCEPTS: dict[str, Concept] = {
    c.name: c
    for c in (
        Concept("case.definition", Words("病例定义", "case definition"), tree(CASE_FACTS), "predicate tree"),
        Concept(
            "contact.lookback",
            Words("追溯时限", "look-back for contacts"),
            record(
                {"days": _days, "anchor": _anchor},
                {"until": one_of("isolation", "report", "recovery"), "after_days": _days, "day_zero": _zero},
            ),
            "{days, anchor, until?, after_days?}",
            is_intrusive=True,
        ),
        Concept(
            "contact.class",
            Words("接触者判定", "contact class"),
            tree(CONTACT_FACTS, {"needs_minutes_precision": flag}),
            "predicate tree, needs_minutes_precision?",
            is_intrusive=True,
        ),
        Concept(
            "contact.companion",
            Words("时空伴随", "spatio-temporal companion"),
            record(
                {"grid_m": number(1, 100_000), "min_minutes": number(0, 10_000), "join": one_of("and", "or")},
                {
                    "min_stay_hours": _hours,
                    "stay_window_days": _days,
                    "tests": record({"n": whole(1, 60), "within_days": _days}, {"min_gap_hours": _hours}),
                },
            ),
            "{grid_m, min_minutes, min_stay_hours?, stay_window_days?, join, tests?}",
            is_intrusive=True,
        ),
        Concept(
            "measure",
            Words("人员管理措施", "measure for people"),
            _measure,
            "{anchor, day_zero, phases[place, days, tests?, sample?, double_last?], release?}",
            is_intrusive=True,
        ),
        Concept(
            "release",
            Words("解除条件", "release"),
            record(
                {},
                {
                    "tests_negative": whole(0, 10),
                    "gap_hours": _hours,
                    "samples": whole(1, 5),
                    "ct_ge": number(10, 45),
                    "days": _days,
                    "anchor": _anchor,
                    "day_zero": _zero,
                    "on_days": rising_days,
                },
            ),
            "{tests_negative?, gap_hours?, days?, anchor?, ct_ge?}",
        ),
        Concept(
            "followup",
            Words("随访", "follow-up"),
            record(
                {"days": _days, "anchor": _anchor, "day_zero": _zero},
                {"checks_per_day": whole(1, 24), "who": text, "enhanced_days": _days},
            ),
            "{days, anchor, day_zero, checks_per_day?, who?}",
        ),
        Concept(
            "prophylaxis",
            Words("暴露后预防", "prophylaxis"),
            record({"hours": _hours, "anchor": _anchor}, {"who": text, "product": text}),
            "{hours, anchor, who?, product?}",
        ),
        Concept(
            "exclusion",
            Words("离岗离校", "exclusion from work or school"),
            exactly_one(
                record(
                    {"anchor": _anchor},
                    {"hours": _hours, "days": _days, "day_zero": _zero, "before_days": _days, "who": text},
                ),
                "hours",
                "days",
            ),
            "{hours | days, anchor, who?}",
            is_intrusive=True,
        ),
        Concept(
            "test.schedule",
            Words("检测安排", "testing schedule"),
            record(
                {},
                {
                    "days": rising_days,
                    "interval_days": number(0.1, 366),
                    "rounds": whole(1, 60),
                    "clean_rounds": whole(1, 60),
                    "pause_days": _days,
                    "once_more": flag,
                    "scope": text,
                    "anchor": _anchor,
                    "day_zero": _zero,
                    "max_per_day": whole(1, 10),
                    "only_if": text,
                },
            ),
            "{days? | interval_days?, rounds?, clean_rounds?, pause_days?, max_per_day?}",
            is_intrusive=True,
        ),
        Concept(
            "zone.define",
            Words("区域划定", "zone"),
            record(
                {"of": one_of("case_units", "adjacent_or_visited", "rest_of_county", "radius")},
                {"unit": one_of(*AREA_UNITS), "radius_m": number(1, 100_000), "measure": text},
            ),
            "{of, unit?, radius_m?, measure?}",
            is_intrusive=True,
        ),
        Concept(
            "zone.unit",
            Words("区域单位", "unit of a zone"),
            record({"unit": one_of(*AREA_UNITS)}, {"largest": one_of(*AREA_UNITS)}),
            "{unit}",
            is_intrusive=True,
        ),
        Concept(
            "zone.lift",
            Words("区域解除", "lifting a zone"),
            tree(
                ZONE_FACTS,
                {"to": one_of("medium", "low", "precaution", "none"), "other_reading": tree(ZONE_FACTS)},
            ),
            "predicate tree, to?",
        ),
        Concept(
            "zone.exclude",
            Words("不计入新增的病例", "cases that do not count for zones"),
            record({"found_as": many(one_of(*FOUND_AS))}),
            "{found_as[]}",
        ),
        Concept(
            "level",
            Words("风险等级", "risk level"),
            tree(LEVEL_FACTS, {"unit": one_of(*AREA_UNITS)}),
            "predicate tree, unit?",
        ),
        Concept(
            "deadline",
            Words("时限", "deadline"),
            record(
                {"hours": _hours, "start": one_of(*MOMENTS), "stop": one_of(*MOMENTS)},
                {"if_population_gt": whole(1, 2_000_000_000), "then_hours": _hours, "to": text},
            ),
            "{hours, start, stop, if_population_gt?, then_hours?, to?}",
        ),
        Concept(
            "threshold",
            Words("阈值", "threshold"),
            _threshold,
            "{count, window_days, unit, or?, first_of_year?}",
        ),
        Concept(
            "capacity",
            Words("限流", "capacity"),
            exactly_one(
                record(
                    {},
                    {
                        "percent": number(0, 100),
                        "of": one_of("approved_maximum"),
                        "persons": whole(1, 1_000_000),
                        "setting": text,
                        "isolation_rooms_per_10000": number(0, 1_000),
                    },
                ),
                "percent",
                "persons",
                "isolation_rooms_per_10000",
            ),
            "{percent, of} | {persons} | {isolation_rooms_per_10000}",
        ),
        Concept(
            "event",
            Words("聚集活动", "event"),
            exactly_one(
                record(
                    {},
                    {
                        "persons_ge": whole(1, 1_000_000),
                        "tables_ge": whole(1, 1_000),
                        "persons_le": whole(1, 1_000_000),
                        "only_if": text,
                        "needs": one_of("plan", "filing", "approval"),
                    },
                ),
                "persons_ge",
                "tables_ge",
                "persons_le",
                "only_if",
            ),
            "{persons_ge | tables_ge | persons_le | only_if, needs?}",
        ),
        Concept(
            "occupation.test",
            Words("重点人群检测", "testing of occupations"),
            record({"per_days": number(0.1, 366)}, {"n_tests": whole(1, 60), "sample": text}),
            "{per_days, n_tests?}",
        ),
        Concept(
            "goods",
            Words("货物", "goods"),
            record(
                {},
                {
                    "hours_before": _hours,
                    "years": number(0, 100),
                    "when": text,
                    "action": text,
                    "test": flag,
                    "disinfect": flag,
                    "trace": flag,
                },
            ),
            "{hours_before? | years? | when? | action? | test? disinfect? trace?}",
        ),
        Concept(
            "code",
            Words("健康码", "health code"),
            record(
                {
                    "phases": many(
                        record({"colour": one_of("red", "yellow", "green")}, {"days": _days, "until": text})
                    )
                },
                {"anchor": _anchor, "day_zero": _zero, "appeal_hours": _hours},
            ),
            "{phases[colour, days? | until?], anchor?, appeal_hours?}",
            is_intrusive=True,
        ),
        Concept(
            "retention",
            Words("保存期限", "retention"),
            exactly_one(
                record({}, {"days": _days, "years": number(0, 100), "after": text, "then": text}),
                "days",
                "years",
            ),
            "{days | years, after?, then?}",
        ),
        Concept(
            "outbreak.end",
            Words("疫情结束", "end of an outbreak"),
            record({"days": _days, "anchor": _anchor}, {"enhanced_days": _days}),
            "{days, anchor, enhanced_days?}",
        ),
        Concept(
            "notice",
            Words("告知", "notice"),
            record({}, {"hours": _hours, "answer_hours": _hours, "to": text}),
            "{hours?, answer_hours?, to?}",
        ),
        Concept(
            "disclosure",
            Words("对外公布", "disclosure"),
            record(
                {}, {"k": whole(1, 1_000), "never": many(one_of("name", "age", "id_no", "phone", "address"))}
            ),
            "{k?, never?}",
        ),
    )
}
"""Every concept by name: the closed list a rule's ``concept`` is checked against."""

SUBJECTS: dict[str, tuple[str, ...]] = {
    "case.definition": ("suspected", "probable", "confirmed", "asymptomatic"),
    "contact.class": CLASSES,
    "contact.lookback": (*CLASSES, "source", "travel"),
    "contact.companion": ("phone",),
}
"""Subjects of the concepts whose subjects are a closed list (elsewhere any lower-case name)."""

ALIASES = {"sars-cov-2": "covid-19", "covid": "covid-19", "sars_cov_2": "covid-19"}
"""Names accepted for a disease id."""


def disease_id(name: str) -> str:
    """The disease id Fireline uses for a name (``sars-cov-2`` is ``covid-19``)."""
    plain = name.strip().lower()
    return ALIASES.get(plain, plain)
