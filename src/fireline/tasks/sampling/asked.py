"""What a person states of a round: teams, tubes, laboratory, sites; read from texts, with defaults.

Chapter 9: the page and the command line read the same fields here, so that they plan the same round.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from fireline.errors import InputError
from fireline.tasks.sampling.means import Means
from fireline.tasks.sampling.pools import SIZES
from fireline.tasks.sampling.tables import READS
from fireline.words import Words


@dataclass(frozen=True, slots=True)
class Field:
    """One number that is asked for.

    Attributes
    ----------
    name : str
    default : float or None, None where the data decide
    low, high : float, allowed
    is_whole : bool, only whole numbers
    words : Words, what it is called
    """

    name: str
    default: float | None
    low: float
    high: float
    is_whole: bool
    words: Words


FIELDS: tuple[Field, ...] = (
    Field("teams", 20, 1, 100_000, True, Words("采样队", "sampling teams")),
    Field("people_per_team_h", 100, 1, 2_000, False,
          Words("每队每小时采样人数", "people a team samples an hour")),
    Field("registrars", 20, 1, 100_000, True, Words("登记员", "registrars")),
    Field("people_per_registrar_h", 120, 1, 2_000, False,
          Words("每名登记员每小时登记人数", "people a registrar enters an hour")),
    Field("tubes", 5_000, 0, 100_000_000, True, Words("现有采样管", "tubes in store")),
    Field("lab_tubes_h", 200, 0, 1_000_000, False,
          Words("实验室每小时检测管数", "tubes the laboratory tests an hour")),
    Field("turnaround_h", 6, 0, 240, False, Words("检测周转小时", "hours from a tube to its result")),
    Field("courier_h", 1, 0, 48, False, Words("送检路上小时", "hours on the way to the laboratory")),
    Field("open_h", 24, 1, 24, False, Words("每天采样小时", "hours of sampling a day")),
    Field("people_per_site", 3_000, 1, 1_000_000, True, Words("每个采样点服务人数", "people for one site")),
    Field("lanes", 8, 1, 1_000, True, Words("每个采样点最多队数", "teams a site has room for")),
    Field("reach_m", 3_000, 10, 100_000, False, Words("步行距离（米）", "metres people walk")),
    Field("prevalence", None, 0, 10_000, False,
          Words("预计每万人感染数", "infected expected in 10,000 people")),
    Field("pool", None, 1, 20, True, Words("混采人数", "people in a tube")),
)  # fmt: skip
"""Every field of a round in order. Defaults are only a beginning: what a middling county sends out."""

BY_NAME: Mapping[str, Field] = {field.name: field for field in FIELDS}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is stated of a round.

    Attributes
    ----------
    values : mapping from field name to number; None where the data decide (prevalence, pool)
    """

    values: Mapping[str, float | None]

    def number(self, name: str) -> float:
        """A field that always has a number."""
        value = self.values[name]
        assert value is not None
        return value

    @property
    def prevalence(self) -> float | None:
        """Share of infected people, 0 to 1; None where the data decide."""
        value = self.values["prevalence"]
        return None if value is None else value / 10_000

    @property
    def pool_size(self) -> int | None:
        """People in a tube; None to choose by prevalence."""
        value = self.values["pool"]
        return None if value is None else int(value)

    def means(self) -> Means:
        """As ``plan_round`` takes it: one laboratory, without tubes an hour none."""
        n = self.number
        labs = pl.DataFrame(
            {
                "lab_id": ["lab"],
                "tubes_per_h": [n("lab_tubes_h")],
                "turnaround_h": [n("turnaround_h")],
            },
            schema=READS["labs"],
        )
        return Means(
            teams=int(n("teams")),
            people_per_team_h=n("people_per_team_h"),
            registrars=int(n("registrars")),
            people_per_registrar_h=n("people_per_registrar_h"),
            tubes=int(n("tubes")),
            labs=labs,
            courier_h=n("courier_h"),
            open_h=n("open_h"),
            reach_m=n("reach_m"),
        )


def read_asked(texts: Mapping[str, str]) -> Asked:
    """Numbers from texts; an empty or missing text is the default.

    Raises
    ------
    InputError   texts that are no number or outside what is allowed; says all of them at once
    """
    values: dict[str, float | None] = {}
    wrong = []
    for field in FIELDS:
        text = texts.get(field.name, "").strip()
        value = field.default if not text else _number(text)
        is_good = not text or (
            value is not None
            and field.low <= value <= field.high
            and (not field.is_whole or value == int(value))
            and (field.name != "pool" or value in SIZES)
        )
        if not is_good:
            wrong.append(field)
        values[field.name] = value
    if wrong:
        raise InputError(
            Words(
                "采样轮次：" + "；".join(f"{f.words.zh}须为 {_allowed(f).zh}" for f in wrong),
                "sampling round: " + "; ".join(f"{f.words.en} must be {_allowed(f).en}" for f in wrong),
            )
        )
    return Asked(values)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _allowed(field: Field) -> Words:
    if field.name == "pool":
        sizes = [f"{n}" for n in SIZES]
        return Words("、".join(sizes), " or ".join(sizes))
    kind = Words("整数", "a whole number") if field.is_whole else Words("数字", "a number")
    span = f"{field.low:g}-{field.high:g}"
    return Words(f"{span} 的{kind.zh}", f"{kind.en} from {span}")
