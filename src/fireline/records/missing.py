"""Say in both languages what the data do not hold, so that nobody waits for what cannot come.

Chapter 2: used by ``records.clean``; shown at the head of every report.
"""

from __future__ import annotations

import polars as pl

from fireline.records.model import Records

NO_PEOPLE = ("单元没有人口数：分区人数不可知。", "Units without population: people in zones are not known.")
"""Said of units until people are shared out among them."""


def state_missing(records: Records) -> tuple[tuple[str, str], ...]:
    """Sentences (zh, en) about what is absent, in a fixed order.

    Parameters
    ----------
    records : cleaned tables

    Returns
    -------
    tuple of (zh, en)   empty where every chapter has what it needs
    """
    said: list[tuple[str, str]] = []
    said += _cases(records)
    said += _links(records)
    said += _visits(records)
    said += _areas(records)
    if not records.has("counts"):
        said.append(
            (
                "没有监测计数：只能用病例数做预警。",
                "No surveillance counts: alarms can use case numbers only.",
            )
        )
    if not records.has("tests"):
        said.append(
            ("没有检测记录：检测轮次和结果无法核对。", "No tests: rounds and results cannot be checked.")
        )
    return tuple(said)


def _share(name_zh: str, name_en: str, n: int, of: int) -> tuple[str, str]:
    return f"{of} 例中 {n} 例没有{name_zh}。", f"No {name_en} for {n:,} of {of:,} cases."


def _cases(records: Records) -> list[tuple[str, str]]:
    cases = records.table("cases")
    n = cases.height
    if not n:
        return [("没有病例：没有病例列表、曲线和传播链。", "No cases: no line list, curve or chain.")]
    said = []
    for column, zh, en in (
        ("onset", "发病日期", "onset"),
        ("reported_at", "报告日期", "report date"),
        ("area_code", "地区编码", "area code"),
    ):
        n_null = cases[column].null_count()
        if n_null:
            said.append(_share(zh, en, n_null, n))
    dated = cases.filter(pl.col("onset").is_not_null())
    if dated.height and (dated["onset_precision"] == "day").all():
        said.append(("发病时间只有日期，没有钟点。", "Onset is known by date only, without hours."))
    return said


def _links(records: Records) -> list[tuple[str, str]]:
    if not records.has("links"):
        return [("没有病例之间的关联：没有传播链。", "No links between cases: no chain.")]
    links, cases = records.table("links"), records.table("cases")
    known = links.join(cases.select(pl.col("case_id").alias("from_case")), on="from_case", how="semi")
    known = known.join(
        cases.select(pl.col("person_key").alias("to_person")).unique(), on="to_person", how="semi"
    )
    n_lost = links.height - known.height
    said = []
    if n_lost:
        said.append((
            f"{links.height} 条关联中 {n_lost} 条指向名单之外的病例或人员。",
            f"{n_lost:,} of {links.height:,} links name a case or person that is not in the list of cases.",
        ))  # fmt: skip
    if not links["directed"].any():
        said.append(
            ("关联没有方向：谁传给谁不可知。", "Links have no direction: who infected whom is not known.")
        )
    return said


def _visits(records: Records) -> list[tuple[str, str]]:
    if not records.has("visits"):
        return [("没有到访记录：不能按场所找接触者。", "No visits: contacts cannot be found by place.")]
    visits = records.table("visits")
    said = []
    if (visits["enter_precision"] == "day").all():
        said.append((
            "到访只有日期：不能计算以分钟计的共处时间，只能判断同日同地。",
            "Visits have dates only: no overlaps in minutes, only the same place on the same day.",
        ))  # fmt: skip
    n_open = visits["leave"].null_count()
    if n_open and (visits["enter_precision"] != "day").any():
        said.append((
            f"{visits.height} 次到访中 {n_open} 次没有离开时间。",
            f"No leaving time for {n_open:,} of {visits.height:,} visits."
        ))  # fmt: skip
    return said


def _areas(records: Records) -> list[tuple[str, str]]:
    if not records.has("units"):
        return [
            ("没有小区或楼栋等单元：不能划定封控区。", "No units (buildings, compounds, villages): no zones.")
        ]
    if records.table("units")["population"].sum() == 0:
        return [NO_PEOPLE]
    return []
