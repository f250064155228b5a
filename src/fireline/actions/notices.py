"""Writes the public notices of a home: what is published and nothing else, each time whole.

Actions: called when a publication or a lifting is committed; what the steps do not hold is taken away.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from zoneinfo import ZoneInfo

from fireline.actions.guard import home_of
from fireline.bulletins.public_notice import FOLDER, PublicNotice, file_name, write_notice
from fireline.errors import StorageError
from fireline.pipeline.home import Home
from fireline.store.access.zone_standing import moment_of
from fireline.store.models import Area, Outbreak, Zone
from fireline.words import Words


def refresh_notices(home: Home | None = None) -> int:
    """Write the document of every published zone, and delete every other file there; returns how many.

    A notice of an order that was lifted stays and says so. Documents are replaced in one step each.

    Raises
    ------
    StorageError   the folder cannot be written; the order stands as the database has it, and the next
        publication or lifting writes all documents again
    """
    place = home_of(home)
    folder = place.path.joinpath(*FOLDER)
    notices = [
        made
        for zone in Zone.objects.filter(published_at__isnull=False).order_by("id")
        if (made := notice_now(zone, is_exercise=place.is_exercise)) is not None
    ]
    wanted = {file_name(notice.number): write_notice(notice) for notice in notices}
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name, text in wanted.items():
            _replace(folder / name, text)
        for other in folder.iterdir():
            if other.name not in wanted and not other.is_dir():
                other.unlink()
    except OSError as error:
        raise StorageError(
            Words(
                f"公告：无法写入 {folder}（{error.strerror}）；指令不受影响，请检查目录后再次公布或解除",
                f"notices: {folder} cannot be written ({error.strerror}); the order is not affected; mend "
                "the folder, the next publication or lifting writes all notices",
            )
        ) from error
    return len(wanted)


def notice_now(zone: Zone, *, is_exercise: bool = False) -> PublicNotice | None:
    """The public notice of a zone as it stands; None before it is published."""
    moment = moment_of(zone)
    published = next((s for s in reversed(moment.steps) if s["what"] == "published"), None)
    if published is None or not published["detail"].get("notice_zh"):
        return None
    where = Outbreak.objects.get(pk=zone.outbreak_id)
    before = dict(zone.units.values_list("unit_id", "level"))
    now = tuple(
        (unit, moment.levels.get(unit, ""))
        for unit, level in sorted(before.items())
        if moment.levels.get(unit, "") != level
    )
    changes = [s["at"] for s in moment.steps if s["what"] in ("published", "lowered", "lifted")]
    return PublicNotice(
        number=zone.pk,
        state="eased" if moment.is_in_force and now else "in_force" if moment.is_in_force else "lifted",
        place=_place(where),
        text=Words(published["detail"]["notice_zh"], published["detail"]["notice_en"]),
        published_at=published["at"].astimezone(ZoneInfo(where.tz)),
        changed_at=max(changes).astimezone(ZoneInfo(where.tz)),
        starts_at=(zone.starts_at or published["at"]).astimezone(ZoneInfo(where.tz)),
        tz=where.tz,
        now=now,
        is_exercise=is_exercise or where.is_exercise,
    )


def _place(where: Outbreak) -> Words:
    """Name of the outbreak's area; its title is not used, a person typed it."""
    name = Area.objects.filter(area_code=where.area_code).values_list("name", flat=True).first()
    return Words.same(name or "")


def _replace(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
