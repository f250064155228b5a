"""What a county has for a round, how long the rule gives it, and hours of work, clock and laboratory.

Chapter 9: read by the plan of a round.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl

from fireline.policy.resolve import At
from fireline.words import Words


@dataclass(frozen=True, slots=True)
class Means:
    """What a county has for a round.

    Attributes
    ----------
    teams : int, > 0, sampling teams on duty at one time
    people_per_team_h : float, > 0, people one team samples an hour
    registrars : int, > 0; people_per_registrar_h : float, > 0
    tubes : int, >= 0, tubes in store
    labs : ``tables.READS["labs"]``
    courier_h : float, >= 0, from a site to a laboratory
    recall_h : float, >= 0, from a pool's positive result to single samples of its people
    open_h : float, 0 to 24, hours of a day in which sites sample; the round begins when they open
    reach_m : float, > 0, how far people walk
    """

    teams: int
    people_per_team_h: float
    registrars: int
    people_per_registrar_h: float
    tubes: int
    labs: pl.DataFrame
    courier_h: float = 1.0
    recall_h: float = 2.0
    open_h: float = 24.0
    reach_m: float = 3_000.0


@dataclass(frozen=True, slots=True)
class Deadline:
    """How long a round may take.

    Attributes
    ----------
    hours : float or None, None where no rule in force says it
    rule_id, edition : str
    note : Words
    """

    hours: float | None
    rule_id: str
    edition: str
    note: Words


def round_deadline(rules: At, subject: str, *, population: int) -> Deadline:
    """Hours that the rule in force gives a round.

    Parameters
    ----------
    rules : At
    subject : "city_round", "first_round_sealed" or "first_round_managed"
    population : people to be sampled; some rules give large cities longer
    """
    answer = rules.find("deadline", subject)
    if not answer.in_force or answer.value is None:
        return Deadline(
            None, "", "",
            Words("没有有效规则规定本轮时限", "no rule in force gives this round a deadline"),
        )  # fmt: skip
    value = answer.value
    limit = value.get("if_population_gt")
    is_large = limit is not None and population > int(limit)
    hours = float(value["then_hours"] if is_large and "then_hours" in value else value["hours"])
    assert answer.rule is not None
    return Deadline(
        hours, answer.rule_id, answer.rule.edition,
        Words(f"规则要求 {hours:g} 小时内完成", f"the rule asks for {hours:g} hours"),
    )  # fmt: skip


def clock_h(work_h: float, open_h: float) -> float:
    """Hours on the clock for hours of work, when sites work the first ``open_h`` hours of every day."""
    if open_h >= 24 or not math.isfinite(work_h) or work_h <= 0:
        return work_h
    days = math.ceil(work_h / open_h - 1e-9) - 1
    return 24.0 * days + work_h - days * open_h


def work_h(clock: float, open_h: float) -> float:
    """Hours of work within hours on the clock; 0 where none are left."""
    if clock <= 0:
        return 0.0
    days, rest = divmod(clock, 24.0)
    return float(days * min(open_h, 24.0) + min(rest, open_h))


def lab_h(tubes: float, sampled_h: float, means: Means) -> float:
    """Hours from the start to the last result of tubes that come in evenly until ``sampled_h``.

    Notes
    -----
    Tubes as a flow: each laboratory begins courier_h after the start and gives results turnaround_h later at
    its rate; the last tube leaves its site at ``sampled_h`` and goes to the fastest one. Infinite without a
    laboratory.
    """
    rate = means.labs["tubes_per_h"].to_numpy().astype(float)
    first = means.courier_h + means.labs["turnaround_h"].to_numpy().astype(float)
    keep = rate > 0
    if not keep.any():
        return math.inf
    rate, first = rate[keep], first[keep]
    order = np.argsort(first)
    rate, first = rate[order], first[order]
    done, total = 0.0, 0.0
    for k in range(len(rate)):
        total += rate[k]
        start = float((rate[: k + 1] * first[: k + 1]).sum())
        done = (tubes + start) / total
        if k + 1 == len(rate) or done <= first[k + 1]:
            break
    return float(max(done, sampled_h + first[0]))


def fastest_h(means: Means) -> float:
    """Hours from a sample to its result when nobody waits; infinite without a laboratory."""
    lab = means.labs.filter(pl.col("tubes_per_h") > 0)["turnaround_h"].min()
    return means.courier_h + (float(str(lab)) if lab is not None else math.inf)
