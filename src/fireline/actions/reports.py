"""Saving a report text, such as the initial report, as its next version.

Actions: versions are append-only.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from fireline.actions.guard import COMMAND, finish, locked, require
from fireline.errors import InputError
from fireline.store.actor import Actor
from fireline.store.models import Report
from fireline.store.refusals import audits_refusals
from fireline.words import Words


@audits_refusals
def save_report(*, by: Actor, at: datetime, outbreak: int, kind: str, text_zh: str, text_en: str = "") -> int:
    """Save a text; returns its version, counted from 1 for each kind.

    Raises
    ------
    InputError     no kind or no text
    PurposeError   not an epidemiologist or commander, or outside the area
    """
    require(by, COMMAND, "report.save")
    if not kind.strip() or not (text_zh.strip() or text_en.strip()):
        raise InputError(Words("报告：需要种类和正文", "report: a kind and a text are needed"))
    with transaction.atomic():
        where = locked(by, outbreak)
        mine = Report.objects.filter(outbreak_id=where.pk, kind=kind)
        version = (mine.order_by("-version").values_list("version", flat=True).first() or 0) + 1
        Report.objects.create(
            outbreak_id=where.pk,
            kind=kind[:60],
            version=version,
            text_zh=text_zh,
            text_en=text_en,
            saved_at=at,
            saved_by=by.username,
        )
        finish(by=by, at=at, action="report.save", outbreak=where, body={"kind": kind, "version": version})
    return version
