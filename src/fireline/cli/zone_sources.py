"""Where fireline zones gets its study: a folder of files, or the home's database in the name of an account.

The outermost layer: used by cli.zoned only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from fireline.cli.progress import Bar
from fireline.errors import InputError, PurposeError
from fireline.words import Words

if TYPE_CHECKING:
    from fireline.cli.zone_question import Asked
    from fireline.pipeline.zoning.model import Study
    from fireline.pipeline.zoning.order import Order


@dataclass(frozen=True, slots=True)
class Source:
    """A study with what it is about.

    Attributes
    ----------
    name : str, folder or outbreak
    disease, area : str
    at : datetime, aware UTC; tz : ZoneInfo
    study : Study
    why : unit id -> the rule's own sentence
    measures : level -> what the rule asks for, in its own words
    lifting : rows of ``zone_lifting``
    """

    name: str
    disease: str
    area: str
    at: datetime
    tz: ZoneInfo
    study: Study
    why: Mapping[str, Words] = field(default_factory=dict)
    measures: Mapping[str, str] = field(default_factory=dict)
    lifting: list[dict[str, Any]] = field(default_factory=list)

    def head(self, kind: str) -> str:
        """First line of the printed answer."""
        return (
            f"zones {kind}  ·  {self.name}  ·  {self.disease}  ·  {self.area}  ·  {self.when()} ({self.tz})"
        )

    def when(self) -> str:
        """Local time of the data."""
        return f"{self.at.astimezone(self.tz):%Y-%m-%d %H:%M}"

    def about(self) -> dict[str, Any]:
        """The same as plain values."""
        return {"source": self.name, "disease": self.disease, "area": self.area, "at": self.at.isoformat()}

    def order(self, candidate: str) -> Order:
        """Order text of a candidate.

        Raises
        ------
        InputError   there is no such candidate
        """
        from fireline.pipeline.zoning.order import order_of

        assert self.study.question is not None
        return order_of(
            self.study.question,
            self.study.option(candidate),
            area=Words.same(self.area),
            disease=Words.same(self.disease),
            as_of=Words.same(self.when()),
            measures=self.measures,
            lifting=[_lift_words(row, self.tz) for row in self.lifting if row["level"] != "precaution"],
        )


def _lift_words(row: Mapping[str, Any], tz: ZoneInfo) -> Words:
    from fireline.zones.explain import LEVEL_WORDS

    when, rule = earliest(row, tz), row["rule_id"] or "–"
    zone, level = row["zone_id"], LEVEL_WORDS[row["level"]]
    return Words(
        f"{zone}（{level.zh}）：无新增病例时最早 {when}，依据 {rule}；尚缺：{row['missing_zh'] or '无'}",
        f"{zone} ({level.en}): without a new case not before {when}, by {rule}; missing: "
        f"{row['missing_en'] or 'nothing'}",
    )


def earliest(row: Mapping[str, Any], tz: ZoneInfo) -> str:
    """Earliest lifting hour of a row, local; its day where no hour is known, a dash where neither is."""
    at = row.get("earliest_at")
    return f"{at.astimezone(tz):%Y-%m-%d %H:%M}" if isinstance(at, datetime) else str(row["earliest"] or "–")


def from_folder(asked: Asked, bar: Bar) -> Source:
    """Read a folder and run the chapters that zones need; no database, no vault, nothing written.

    Raises
    ------
    InputError   an option does not go with a folder, or the folder cannot be used
    """
    from fireline.cli.run import look_at
    from fireline.clock import local_day, parse_instant, zone
    from fireline.contacts.find import find
    from fireline.pipeline.chapters import UNKNOWN_AREA, main_disease, only_disease
    from fireline.pipeline.home import Home
    from fireline.pipeline.intake import read_folder
    from fireline.pipeline.run import shared_area
    from fireline.pipeline.zoning.study import study
    from fireline.policy import At, area_chain, disease_id, load_library
    from fireline.zones.delimit import delimit
    from fireline.zones.lift import lift

    if asked.by or asked.outbreak is not None:
        raise InputError("folder: --by and --outbreak ask the database; leave them out, or leave FOLDER out")
    assert asked.folder is not None
    look_at(asked.folder, asked.feeds)
    if asked.area:
        area_chain(asked.area)
    moment = parse_instant(asked.at, zone("Asia/Shanghai")) if asked.at else None
    intake = read_folder(
        asked.folder,
        mapping=asked.feeds,
        area=asked.area,
        key=Home.open(asked.home).key("pseudonym"),
        progress=lambda share, what: bar.update(0.5 * share, Words(f"读取 {what}", f"reading {what}")),
    )
    at = moment or intake.newest
    if at is None:
        raise InputError(
            f"folder {asked.folder}: no time in any file; say which moment is meant with "
            "--at 2026-06-12T08:00"
        )
    chosen = disease_id(asked.disease) if asked.disease else main_disease(intake.records)
    records, _ = only_disease(intake.records, chosen)
    area = asked.area or records.area or shared_area(records) or UNKNOWN_AREA
    rules = At(load_library(), chosen, area, local_day(at, records.tz))
    bar.update(0.5, Words("接触者", "contacts"))
    contacts = find(records, rules, at=at)
    bar.update(0.8, Words("区域", "zones"))
    zones = delimit(records, contacts, rules, at=at)
    made = study(records, contacts, zones, rules, at=at)
    why = {
        unit_id: Words(zh, en)
        for unit_id, zh, en in zones.levels.select("unit_id", "why_zh", "why_en").iter_rows()
    }
    measures = {
        level: str(answer.value["measure"])
        for answer in zones.answers
        if answer.asked.concept == "zone.define"
        and answer.in_force
        and answer.value
        and "measure" in answer.value
        for level in (_level_of(answer.asked.subject),)
    }
    lifting = lift(records, contacts, zones, rules, at=at).to_dicts() if made.is_drawn else []
    return Source(str(asked.folder), chosen, area, at, records.tz, made, why, measures, lifting)


def _level_of(subject: str) -> str:
    from fireline.zones.delimit import RULE_SUBJECTS

    return next((level for level, names in RULE_SUBJECTS.items() if subject in names), subject)


def from_home(asked: Asked, bar: Bar) -> Source:
    """Ask the database in the name of an account.

    Raises
    ------
    InputError     an option goes with a folder only, or there is no outbreak
    PurposeError   no account is named, or it may not ask this
    """
    for name in ("feeds", "at", "area", "disease"):
        if getattr(asked, name) is not None:
            raise InputError(f"{name}: goes with a FOLDER; the outbreak in the database has its own")
    from fireline.store.boot import boot, require_current

    if not asked.by:
        raise PurposeError(
            Words(
                "数据库：需要账号；用 --by 指定您的账号，或给出文件夹",
                "database: found no account; name yours with --by, or give a folder of files",
            )
        )
    bar.update(0.0, Words("数据库", "database"))
    boot(asked.home)
    require_current()
    from fireline.privacy.purposes import Purpose
    from fireline.store import access

    actor = access.account_named(asked.by)
    where = _outbreak(actor, asked.outbreak)
    pk, tz = int(where["id"]), ZoneInfo(where["tz"])
    _, made = access.zone_study(actor, purpose=Purpose.SITUATION, outbreak=pk)
    ring = access.zones(actor, purpose=Purpose.SITUATION, outbreak=pk)
    why = {
        u["unit_id"]: Words(u["why_zh"], u["why_en"]) for u in ring["units"] if u["why_zh"] and u["why_en"]
    }
    lifting = _lifting(actor, pk, ring, at=where["at"]) if asked.kind in ("lift", "order") else []
    return Source(
        f"outbreak {pk}", where["disease"], where["area_code"], where["at"], tz, made, why, {}, lifting
    )


def _outbreak(actor: Any, wanted: int | None) -> dict[str, Any]:
    from fireline.store import access

    if wanted is not None:
        return access.outbreak(actor, wanted)
    found = access.outbreaks(actor)
    if not found:
        raise InputError(
            Words(
                "疫情：您的辖区内没有；请先在控制台建立，或给出文件夹",
                "outbreak: none in the area of this account; make one in the console, or give a folder",
            )
        )
    return found[0]


def _lifting(actor: Any, outbreak: int, ring: Mapping[str, Any], *, at: datetime) -> list[dict[str, Any]]:
    """Rows of the lifting of the newest ring that people put forward; none where nobody did."""
    from fireline.privacy.purposes import Purpose
    from fireline.store import access

    by_people = [one for one in ring["others"] if one["state"] not in ("computed", "withdrawn")]
    if not by_people:
        return []
    zone = int(by_people[0]["id"])
    found = access.zone_order(actor, purpose=Purpose.SITUATION, outbreak=outbreak, zone=zone, at=at)
    return [{"zone_id": f"order {zone}", "earliest": None, **row} for row in found["lifting"]]
