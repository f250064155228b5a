"""What a round lacks against its deadline, and the plan in sentences.

Chapter 9: used by the plan of a round.
"""

from __future__ import annotations

import math

import numpy as np
import polars as pl

from fireline.tasks.sampling.means import Deadline, Means, fastest_h
from fireline.tasks.sampling.pools import Pools
from fireline.tasks.sampling.schedule import Assignment, Ints, Ways, people_per_team
from fireline.tasks.sampling.tables import SCHEMAS
from fireline.words import Words


def find_needs(
    people: Ints,
    ways: Ways,
    best: Assignment | None,
    pools: Pools,
    means: Means,
    *,
    limit: float | None,
    left_h: float,
    again: int,
) -> pl.DataFrame:
    """What the deadline (or, for tubes and reach, the round as such) needs against what there is.

    Parameters
    ----------
    people : int64 (n_units,)
    ways : Ways
    best : teams that meet the deadline; None without one, or where no time is left for sampling
    pools : Pools
    means : Means
    limit : hours of the deadline, None without one
    left_h : hours of work in which sampling must end
    again : single tubes for people of positive pools

    Returns
    -------
    DataFrame   ``SCHEMAS["round_needs"]``
    """
    everybody = int(people.sum())
    reached = int(people[np.unique(ways.unit)].sum())
    rows = [
        _need("tubes", means.tubes, math.ceil(everybody / pools.size) + again),
        _need("reach", reached, everybody),
    ]
    if limit is not None and not math.isfinite(fastest_h(means)):
        rows.append(_need("lab", 0.0, math.ceil(everybody / pools.size) / limit))
    elif limit is not None and left_h <= 0:
        rows.append(_need("time", limit, fastest_h(means)))
    elif limit is not None and best is not None:
        each = people_per_team(means.people_per_team_h, left_h)
        placed = int(people[best.site_of >= 0].sum())
        rows.append(_need("lanes", placed, reached))
        # where lanes are short, teams are counted as if there were enough of them
        rest = reached - placed
        teams = best.n_teams + (math.ceil(rest / each) if each else 0)
        rows.append(_need("teams", means.teams, teams))
        per = means.people_per_team_h / means.people_per_registrar_h
        rows.append(_need("registrars", means.registrars, math.ceil(teams * per - 1e-9)))
        rows.append(_lab_need(math.ceil(everybody / pools.size), means, limit))
    return pl.DataFrame(rows, schema=SCHEMAS["round_needs"], orient="row")


def _lab_need(tubes: int, means: Means, limit: float) -> tuple[object, ...]:
    """Tubes an hour over the time that laboratories have until the deadline."""
    first = means.courier_h + means.labs["turnaround_h"].to_numpy().astype(float)
    rate = means.labs["tubes_per_h"].to_numpy().astype(float)
    window = max(limit - fastest_h(means), 1e-9)
    useful = float((rate * np.clip(limit - first, 0, None)).sum()) / window
    return _need("lab", useful, tubes / window)


_SHORT = {
    "tubes": Words("缺采样管 {short} 支", "{short} tubes are short"),
    "reach": Words("{short} 人步行距离内没有采样点", "{short} people have no site in reach"),
    "time": Words(
        "送检和检测至少要 {need} 小时，超过时限 {have} 小时",
        "transport and testing alone take {need} h, the deadline is {have} h",
    ),
    "lanes": Words(
        "{short} 人在时限内排不进采样点的通道", "{short} people do not fit into the sites' lanes in time"
    ),
    "teams": Words("缺采样队 {short} 支", "{short} teams are short"),
    "registrars": Words("缺登记员 {short} 名", "{short} registrars are short"),
    "lab": Words(
        "实验室每小时少 {short} 管", "laboratories lack {short} tubes an hour"
    ),
}  # fmt: skip
_NAMES = {
    "tubes": Words("采样管", "tubes"),
    "reach": Words("步行距离内有采样点的人", "people with a site in reach"),
    "time": Words("检测时间", "hours for testing"),
    "lanes": Words("排进采样点的人", "people in the sites' lanes"),
    "teams": Words("采样队", "teams"),
    "registrars": Words("登记员", "registrars"),
    "lab": Words("每小时检测管数", "tubes an hour in laboratories"),
}


def _need(resource: str, have: float, need: float) -> tuple[object, ...]:
    """One row; ``time`` is short where it needs as much as there is, or more."""
    is_time = resource == "time"
    short = max(0.0, need - have)
    numbers = {
        "short": f"{math.ceil(short - 1e-9):,}",
        "have": f"{have:,.1f}" if is_time else f"{have:,.0f}",
        "need": f"{need:,.1f}" if is_time else f"{math.ceil(need - 1e-9):,}",
    }
    name = _NAMES[resource]
    if short > 1e-9 or is_time:
        zh, en = _SHORT[resource].zh.format(**numbers), _SHORT[resource].en.format(**numbers)
    else:
        zh, en = f"{name.zh}足够", f"{name.en}: enough"
    if not is_time:
        zh += f"（有 {numbers['have']}，需 {numbers['need']}）"
        en += f" (have {numbers['have']}, need {numbers['need']})"
    return resource, float(have), float(need), short, name.en, zh, en


def plan_notes(
    pools: Pools,
    sampled: float,
    results: float,
    settled: float,
    deadline: Deadline | None,
    in_time: bool | None,
    needs: pl.DataFrame,
    *,
    is_moving: bool,
) -> tuple[Words, ...]:
    """The plan in sentences: pools, hours, the rule, and what is short by how much."""
    said = [pools.note]
    if math.isfinite(results):
        said.append(
            Words(
                f"采样 {sampled:.1f} 小时完成，结果 {results:.1f} 小时出齐，"
                f"阳性混管复采 {settled:.1f} 小时有结论",
                f"sampling ends after {sampled:.1f} h, results are in after {results:.1f} h, "
                f"people of positive pools are settled after {settled:.1f} h",
            )
        )
    else:
        said.append(
            Words(
                "以现有人员、采样点和实验室不能完成本轮",
                "with these people, sites and laboratories the round cannot end",
            )
        )
    if is_moving:
        said.append(
            Words(
                "采样队少于须开放的采样点：各队依次到下一个采样点（未计路上时间）",
                "fewer teams than sites that must open: teams go from one to the next "
                "(time on the way is not counted)",
            )
        )
    if deadline is not None:
        said.append(deadline.note)
    if in_time:
        said.append(Words("能按时完成", "in time"))
    short = needs.filter(pl.col("short") > 1e-9)
    if in_time is False or short.height:
        said += [Words(r["what_zh"], r["what_en"]) for r in short.iter_rows(named=True)]
    if in_time is False and not short.height:
        said.append(
            Words(
                "按时限分配可行，但现有编排超时", "the deadline can be met, but not by this spread of teams"
            )
        )
    return tuple(said)
