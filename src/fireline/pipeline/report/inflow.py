"""Sections of the report on what comes in and where people meet: arrivals with their duties, places.

Pipeline: each takes the story in one language and returns safe HTML, or nothing where the input holds no such
data.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from fireline.pipeline.report.parts import Markup, Tongue, element, nothing, table
from fireline.pipeline.report.sections import Story

MOST_WAITING = 20
MOST_PLACES = 12
POCKETS = {
    "flight": ("航班", "flight"),
    "land_port": ("陆路口岸", "land port"),
    "cold_chain": ("冷链货物（批）", "cold chain (lots)"),
    "cross_region": ("跨区域来返", "travel inside the country"),
}
DUTIES = {
    "accept": ("接收到位", "hand-over and acceptance"),
    "phase": ("隔离或监测", "isolation or monitoring"),
    "test": ("检测", "test"),
    "declare": ("货物报备", "declaration of goods"),
    "lot_test": ("货物抽检", "sampling of goods"),
    "disinfect": ("消毒", "disinfection"),
    "trace": ("去向登记", "record of whereabouts"),
    "keep_records": ("记录保存", "keeping of records"),
    "none": ("不欠措施", "nothing owed"),
}
LEVELS = {"high": ("高风险", "high risk"), "medium": ("中风险", "medium risk"), "low": ("低风险", "low risk")}
KINDS = {
    "academy": ("培训机构", "academy"),
    "airport": ("机场", "airport"),
    "bar": ("酒吧", "bar"),
    "bakery": ("面包店", "bakery"),
    "beauty_salon": ("美容院", "beauty salon"),
    "building": ("楼宇", "building"),
    "bus_station": ("汽车站", "bus station"),
    "cafe": ("咖啡馆", "café"),
    "church": ("教堂", "church"),
    "cinema": ("影院", "cinema"),
    "classroom": ("教室", "classroom"),
    "clinic": ("诊所", "clinic"),
    "cold_store": ("冷库", "cold store"),
    "dormitory": ("宿舍", "dormitory"),
    "etc": ("其他", "other"),
    "gas_station": ("加油站", "petrol station"),
    "gym": ("健身房", "gym"),
    "hospital": ("医院", "hospital"),
    "kindergarten_class": ("幼儿园班级", "kindergarten class"),
    "lodging": ("住宿", "lodging"),
    "mall": ("商场", "mall"),
    "market": ("市场", "market"),
    "park": ("公园", "park"),
    "pc_cafe": ("网吧", "internet café"),
    "pharmacy": ("药店", "pharmacy"),
    "post_office": ("邮局", "post office"),
    "public_transportation": ("公共交通", "public transport"),
    "railway_station": ("火车站", "railway station"),
    "restaurant": ("餐馆", "restaurant"),
    "scenic": ("景区", "scenic area"),
    "school": ("学校", "school"),
    "shop": ("商店", "shop"),
    "store": ("商店", "store"),
    "supermarket": ("超市", "supermarket"),
    "workplace": ("工作场所", "workplace"),
}


def _name(names: dict[str, tuple[str, str]], value: str | None, t: Tongue) -> str:
    return t.say(*names.get(value or "", (value or "–", value or "–")))


def unaccepted(s: Story) -> pl.DataFrame | None:
    """Arrivals that a rule wants accepted and that nobody has accepted, by the latest moment for it.

    Returns
    -------
    DataFrame or None   None where the source records no acceptance at all, so that none can be missed
    """
    at, arrivals = s.results.at, s.results.records.table("arrivals")
    is_in = (pl.col("accepted_at") <= at).fill_null(False)
    if not arrivals.filter(is_in).height:
        return None
    wanted = s.results.arrivals.owed.filter(
        (pl.col("subject_kind") == "person") & (pl.col("duty") == "accept") & (pl.col("status") == "RULE")
    ).select("subject_id", "pocket", "origin", "level", "due_by", "precision")
    out = arrivals.filter(~is_in).select(
        "arrival_id", "arrives_at", "arrives_at_precision", "destination_area"
    )
    return wanted.join(out, left_on="subject_id", right_on="arrival_id").sort("due_by", "subject_id")


def arrivals(s: Story) -> Markup:
    """Who and what came in which way, what is owed for it, and who is not accepted."""
    t, found = s.t, s.results.arrivals
    if not found.importation["n_arrivals"].sum():
        return Markup("")
    rows = [
        (_name(POCKETS, r["pocket"], t), *(t.number(r[c]) for c in found.importation.columns[1:]))
        for r in found.importation.iter_rows(named=True)
    ]
    heads = (
        t.say("来路", "Way in"),
        t.say("到达", "Arrived"),
        t.say("来自高风险区", "From high risk"),
        t.say("来自中风险区", "From medium risk"),
        t.say("其中病例或阳性", "Cases or positive"),
    )
    ways = table(
        heads, rows, caption=t.say("到达人员与货物", "People and goods that arrived"), numeric=(1, 2, 3, 4)
    )
    return Markup(ways + _duties(s) + _waiting(s))


def risk_areas(s: Story) -> Markup:
    """The published list of risk areas: entries at each hour it was listed, and the newest by first level."""
    t, listed = s.t, s.results.records.table("risk_areas")
    if not listed.height:
        return Markup("")
    levels = [level for level in LEVELS if level in listed["level"].to_list()]
    heads = [_name(LEVELS, level, t) for level in levels]
    by_hour = listed.group_by("listed_at").agg(
        *((pl.col("level") == level).sum().alias(level) for level in levels)
    )
    hours = table(
        (t.say("名单时间", "Listed at"), *heads),
        [
            (
                f"{r['listed_at'].astimezone(s.results.records.tz):%Y-%m-%d %H:%M}",
                *(t.number(r[x]) for x in levels),
            )
            for r in by_hour.sort("listed_at").iter_rows(named=True)
        ],
        caption=t.say("各次名单的条目数", "Entries of each list"),
        numeric=tuple(range(1, len(levels) + 1)),
    )
    newest = listed.filter(pl.col("listed_at") == pl.col("listed_at").max())
    by_place = (
        newest.with_columns(pl.col("area").str.split(" ").list.first().alias("place"))
        .group_by("place")
        .agg(pl.len().alias("n"), *((pl.col("level") == level).sum().alias(level) for level in levels))
        .sort(["n", "place"], descending=[True, False])
    )
    places_of = table(
        (t.say("地区", "Area"), *heads),
        [
            (r["place"], *(t.number(r[x]) for x in levels))
            for r in by_place.head(MOST_WAITING).iter_rows(named=True)
        ],
        caption=t.say(
            f"最新名单，按第一级地区（前 {MOST_WAITING} 个，全部见 tables/cleaned）",
            f"The newest list by first-level area (the first {MOST_WAITING}; all in tables/cleaned)",
        ),
        numeric=tuple(range(1, len(levels) + 1)),
    )
    return Markup(hours + places_of)


def _duties(s: Story) -> Markup:
    """What the rules of the day of arrival ask for, by duty."""
    t = s.t
    by = s.results.arrivals.owed.filter(pl.col("duty") != "none")
    counts = by.group_by("duty").agg(
        pl.len(), pl.col("subject_id").n_unique().alias("subjects"), (pl.col("due_by") <= s.results.at).sum()
    )
    found = {row["duty"]: row for row in counts.iter_rows(named=True)}
    none = s.results.arrivals.owed.filter(pl.col("duty") == "none")["subject_id"].n_unique()
    said = t.say(
        f"{none:,} 个对象按到达当日规则不欠措施，或没有有效规则。",
        f"{none:,} owe nothing by the rules of the day they came, or no rule was in force.",
    )
    tail = element("p", said, class_="lead") if none else Markup("")
    if not found:
        return tail
    rows = [
        (_name(DUTIES, d, t), *(t.number(found[d][c]) for c in ("subjects", "len", "due_by")))
        for d in DUTIES
        if d in found
    ]
    heads = (t.say("应做", "Duty"), t.say("对象", "Subjects"), t.say("项", "Items"), t.say("已到期", "Due"))
    caption = t.say("按到达当日规则应做的事", "Owed by the rules of the day of arrival")
    return Markup(table(heads, rows, caption=caption, numeric=(1, 2, 3)) + tail)


def _waiting(s: Story) -> Markup:
    t, waiting = s.t, unaccepted(s)
    if waiting is None:
        if not s.results.records.has("arrivals"):
            return Markup("")
        return nothing(
            t.say(
                "数据没有接收时间，无法判断谁未被接收。",
                "The data hold no times of acceptance: who was not accepted cannot be told.",
            )
        )
    if not waiting.height:
        return nothing(t.say("应接收的都已接收。", "Everybody who had to be accepted was."))
    rows = []
    for r in waiting.head(MOST_WAITING).iter_rows(named=True):
        late = s.results.at - r["due_by"]
        rows.append(
            (
                element("span", r["subject_id"], class_="id"),
                _name(POCKETS, r["pocket"], t),
                r["origin"] + (f" · {_name(LEVELS, r['level'], t)}" if r["level"] else ""),
                element("span", t.when(r["arrives_at"], r["arrives_at_precision"]), class_="day"),
                s.area_name(r["destination_area"]),
                element("span", _lateness(late, r["precision"], t), class_="day"),
            )
        )
    heads = (
        t.say("到达", "Arrival"),
        t.say("来路", "Way in"),
        t.say("来源", "Origin"),
        t.say("到达时间", "Arrived"),
        t.say("目的地", "Going to"),
        t.say("接收期限", "Acceptance"),
    )
    caption = t.say(
        f"未接收 {waiting.height:,} 人，列出最早的 {len(rows)} 人",
        f"{waiting.height:,} not accepted, the earliest {len(rows)}",
    )
    return table(heads, rows, caption=caption, row_classes=["late" if _is_late(s, r) else "" for r in
                 waiting.head(MOST_WAITING).iter_rows(named=True)])  # fmt: skip


def _is_late(s: Story, row: dict) -> bool:
    return bool(row["due_by"] <= s.results.at)


def _lateness(late: timedelta, precision: str | None, t: Tongue) -> str:
    """How late, no finer than the arrival is known."""
    if late < timedelta(0):
        return t.say("未到期", "not due yet")
    if precision == "day" or late >= timedelta(days=2):
        return t.say(f"逾期 {late.days} 天", f"{late.days} day(s) late")
    return t.say(f"逾期 {late.total_seconds() / 3600:.0f} 小时", f"{late.total_seconds() / 3600:.0f} h late")


def places(s: Story) -> Markup:
    """Places over their limit, then the places most cases were at."""
    t, found = s.t, s.results.places
    if not s.results.records.has("visits"):
        return Markup("")
    if not found.busiest.height and not found.exceeded.height:
        return nothing(
            t.say(
                "没有病例去过有记录的公共场所，也没有场所超过上限。",
                "No case was at a public place on record, and no place passed a limit.",
            )
        )
    return Markup(_exceeded(s) + _busiest(s))


def _exceeded(s: Story) -> Markup:
    t, over = s.t, s.results.places.exceeded
    if not s.results.places.occupancy.height:
        return nothing(
            t.say(
                "停留没有可用的进出时间，或场所没有核定容量：不能判断是否超员。",
                "Visits have no hours or places no stated capacity: crowding is not computable.",
            )
        )
    if not over.height:
        return nothing(
            t.say("没有场所超过上限（至少按数据所见）。", "No place passed its limit, as far as visits show.")
        )
    named = s.results.records.table("places").select("place_id", "name")
    worst = (
        over.sort(["peak", "hour"], descending=[True, False])
        .group_by("place_id", "kind", "status", maintain_order=True)
        .agg(pl.len().alias("hours"), pl.col("peak", "limit", "hour").first())
        .join(named, on="place_id", how="left")
        .sort(["status", "hours", "place_id"], descending=[True, True, False])
    )
    basis = {
        "RULE": t.say("规则", "rule"),
        "ADVICE": t.say("自报容量，仅供参考", "own capacity, advice only"),
    }
    rows = [
        (
            r["name"] or r["place_id"],
            _name(KINDS, r["kind"], t),
            t.number(r["peak"]),
            t.number(r["limit"]),
            t.number(r["hours"]),
            element("span", t.when(r["hour"]), class_="day"),
            basis[r["status"]],
        )
        for r in worst.head(MOST_PLACES).iter_rows(named=True)
    ]
    heads = (
        t.say("场所", "Place"),
        t.say("种类", "Kind"),
        t.say("最多同时在场", "Most at once"),
        t.say("上限", "Limit"),
        t.say("超限小时", "Hours over"),
        t.say("最多的一小时", "Worst hour"),
        t.say("依据", "Basis"),
    )
    caption = t.say(
        f"{worst['place_id'].n_unique():,} 处场所超过上限，列出 {len(rows)} 处；人数为至少",
        f"{worst['place_id'].n_unique():,} places over their limit, {len(rows)} shown; people are at least",
    )
    return table(heads, rows, caption=caption, numeric=(2, 3, 4))


def _busiest(s: Story) -> Markup:
    t, busiest = s.t, s.results.places.busiest
    if not busiest.height:
        return nothing(
            t.say("没有病例去过有记录的公共场所。", "No case was at a public place that is on record.")
        )
    rows = [
        (
            r["name"] or r["place_id"],
            _name(KINDS, r["kind"], t),
            *(t.number(r[c]) for c in ("n_cases", "n_persons", "n_visits")),
        )
        for r in busiest.head(MOST_PLACES).iter_rows(named=True)
    ]
    heads = (
        t.say("场所", "Place"),
        t.say("种类", "Kind"),
        t.say("病例", "Cases"),
        t.say("在数据中的人", "People in the data"),
        t.say("到访", "Visits"),
    )
    caption = t.say(
        f"病例去过 {busiest.height:,} 处公共场所，列出病例最多的 {len(rows)} 处；不含住家",
        f"Cases were at {busiest.height:,} public places, the {len(rows)} with most cases; no homes",
    )
    return table(heads, rows, caption=caption, numeric=(2, 3, 4))
