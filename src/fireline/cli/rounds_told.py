"""Reads what fireline rounds asks about, and prints the rounds.

The outermost layer: used by cli.rounds only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import typer

from fireline.cli.columns import columns
from fireline.errors import InputError, StorageError
from fireline.words import LANGUAGES, Words

if TYPE_CHECKING:
    from fireline.tasks.sampling.asked import Asked
    from fireline.tasks.sampling.rounds import Rounds

_LEVELS = {
    "sealed": Words("封控区", "sealed"),
    "managed": Words("管控区", "managed"),
    "precaution": Words("防范区", "precaution"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """What is printed.

    Attributes
    ----------
    source : str
    ring : dict or None, as store.access.zone_rounds gives it; None of a folder
    rounds : Rounds or None, None where there is no ring
    tz : ZoneInfo
    """

    source: str
    ring: dict[str, Any] | None
    rounds: Rounds | None
    tz: ZoneInfo

    def as_plain(self) -> dict[str, Any]:
        """Everything as plain values."""
        from fireline.tasks.sampling.rounds import schedule_rows

        found = self.rounds
        return {
            "source": self.source,
            "ring": self.ring,
            "start": None if found is None else found.start.isoformat(),
            "at": None if found is None else found.at.isoformat(),
            "levels": [] if found is None else found.as_plain(),
            "schedule": [] if found is None else schedule_rows(found),
            "notes": [] if found is None else [{"zh": n.zh, "en": n.en} for n in found.notes],
        }


def wanted(stated: Sequence[str], lang: str) -> Asked:
    """Numbers of the round from ``name=value`` texts.

    Raises
    ------
    InputError   a name or number is not allowed, or the language is not known
    """
    from fireline.tasks.sampling.asked import BY_NAME, read_asked

    if lang not in LANGUAGES:
        raise InputError(f"lang: found {lang!r}; allowed: {', '.join(LANGUAGES)}")
    pairs = dict(text.partition("=")[::2] for text in stated)
    unknown = sorted(set(pairs) - set(BY_NAME))
    if unknown:
        raise InputError(
            Words(
                f"--set：没有 {'、'.join(unknown)}；可用：{'、'.join(BY_NAME)}",
                f"--set: {', '.join(unknown)} is not known; allowed: {', '.join(BY_NAME)}",
            )
        )
    return read_asked(pairs)


def of_folder(
    folder: Path,
    *,
    asked: Asked,
    feeds: Path | None,
    home: Path | None,
    at: str | None,
    area: str | None,
    disease: str | None,
    start: str | None,
) -> Told:
    """Rounds of the ring that the rules draw around the cases of a folder.

    Raises
    ------
    InputError   an option cannot be used, or the folder holds nothing to read
    """
    from fireline.cli.run import look_at
    from fireline.clock import local_day, parse_instant
    from fireline.contacts.find import find
    from fireline.pipeline.chapters import UNKNOWN_AREA, main_disease, only_disease
    from fireline.pipeline.home import Home
    from fireline.pipeline.intake import read_folder
    from fireline.pipeline.run import shared_area
    from fireline.policy import At, disease_id, load_library
    from fireline.tasks.sampling.roster import ring_of
    from fireline.tasks.sampling.rounds import plan_rounds
    from fireline.zones.delimit import delimit

    look_at(folder, feeds)
    key = Home.open(home).key("pseudonym")
    intake = read_folder(folder, mapping=feeds, area=area, key=key, disease=disease or "")
    records = intake.records
    moment = parse_instant(at, records.tz) if at else intake.newest
    if moment is None:
        raise InputError(f"folder {folder}: no time in any file; say which moment is meant with --at")
    chosen = disease_id(disease) if disease else main_disease(records)
    ours, _ = only_disease(records, chosen)
    place = area or records.area or shared_area(records) or UNKNOWN_AREA
    rules = At(load_library(), chosen, place, local_day(moment, records.tz))
    levels = delimit(ours, find(ours, rules, at=moment), rules, at=moment).levels
    begins = parse_instant(start, records.tz) if start else moment
    if not levels.height:
        return Told(folder.name, None, None, records.tz)
    ring = ring_of(ours, levels, at=moment)
    return Told(folder.name, None, plan_rounds(ring, asked, rules, start=begins, at=moment), records.tz)


def of_home(
    home: Path | None, *, asked: Asked, outbreak: int | None, by: str, at: str | None, start: str | None
) -> Told:
    """Rounds of the newest ring of a home's outbreak.

    Raises
    ------
    PurposeError   the account may not ask this
    InputError     there is no outbreak in its area
    """
    from fireline.clock import parse_instant
    from fireline.store.boot import boot, require_current

    boot(home)
    require_current()
    from django.utils import timezone

    from fireline.privacy.purposes import Purpose
    from fireline.store import access

    actor = access.account_named(by) if by else access.COMMAND_LINE
    found = access.outbreaks(actor) if outbreak is None else [access.outbreak(actor, outbreak)]
    if not found:
        raise InputError(
            Words(
                "疫情：辖区内没有；请先在控制台建立，或指定文件夹",
                "outbreak: none in this area; make one in the console, or name a folder",
            )
        )
    where = found[0]
    tz = ZoneInfo(where["tz"])
    moment = parse_instant(at, tz) if at else access.clock_of(where, timezone.now())
    ring, rounds = access.zone_rounds(
        actor,
        purpose=Purpose.SITUATION,
        outbreak=int(where["id"]),
        at=moment,
        asked=asked,
        start=parse_instant(start, tz) if start else None,
    )
    return Told(f"outbreak {where['id']}", ring, rounds, tz)


def write_schedule(told: Told, path: Path) -> None:
    """The schedule by site as a CSV file, the same as the console's.

    Raises
    ------
    StorageError   the file cannot be written
    """
    from fireline.tasks.sampling.rounds import schedule_rows
    from fireline.tasks.sampling.schedule_file import schedule_csv

    rows = [] if told.rounds is None else schedule_rows(told.rounds)
    try:
        path.write_bytes(schedule_csv(rows, tz=told.tz))
    except OSError as error:
        raise StorageError(
            f"schedule {path}: cannot be written ({error.strerror}); name another file"
        ) from error


def tell(told: Told, *, lang: str) -> None:
    """Print the rounds level by level."""
    say = typer.echo
    found = told.rounds
    if found is None:
        say(Words("没有区域，没有轮次", "no ring, no round").get(lang))
        return
    begins = f"{found.start.astimezone(told.tz):%Y-%m-%d %H:%M}"
    state = "" if told.ring is None else f"  ·  {told.ring['id']} {told.ring['state']}"
    say(f"rounds  ·  {told.source}{state}  ·  {Words('开始', 'begins').get(lang)} {begins}")
    for one in found.as_plain():
        _level(one, lang)
    for note in found.notes:
        say(f"· {note.get(lang)}")


def _level(one: dict[str, Any], lang: str) -> None:
    say = typer.echo
    people = Words(
        f"{one['n_units']} 个单元 {one['population']:,} 人",
        f"{one['n_units']} units, {one['population']:,} people",
    )
    rule = f" ({one['rule_id']})" if one["rule_id"] else ""
    say(f"\n{_LEVELS[one['level']].get(lang)}  {people.get(lang)}  ·  {one[f'deadline_{lang}']}{rule}")
    plan = one["plan"]
    if plan is None:
        say(f"  {one[f'why_none_{lang}']}")
    else:
        says = Words(
            f"{plan['n_sites']} 点 {plan['teams']} 队 {plan['registrars']} 名登记员 {plan['tubes']:,} 管",
            f"{plan['n_sites']} sites, {plan['teams']} teams, {plan['registrars']} registrars, "
            f"{plan['tubes']:,} tubes",
        )
        say(f"  {says.get(lang)}")
        for note in plan["notes"]:
            say(f"  · {note[lang]}")
        head = Words("采样点|单元|人|队|管|小时", "site|units|people|teams|tubes|hours").get(lang)
        rows = [
            [r["site_id"], *(f"{r[n]:,}" for n in ("n_units", "people", "teams", "tubes")), f"{r['end_h']}"]
            for r in plan["sites"]
        ]
        for line in columns(head.split("|"), rows):
            say(f"  {line}")
    if one["progress"]:
        for note in one["progress"]["notes"]:
            say(f"  > {note[lang]}")
