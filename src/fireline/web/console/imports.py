"""Import by upload: faults by row first, saving second, taking back third.

Web, console: actions.imports reads the file in a limited process and saves only when a person says so.
"""

from __future__ import annotations

from contextlib import suppress

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect

from fireline.actions import analysis, jobs
from fireline.actions import imports as import_actions
from fireline.errors import UserError
from fireline.feeds.tables import TABLES
from fireline.privacy.purposes import Purpose
from fireline.store import access
from fireline.web.console.frame import Desk, desk_page, page_number, pager
from fireline.web.console.pasted import NAME
from fireline.web.shared.strings import explained, say

MAX_BYTES = 50 * 1024 * 1024
SIZE = 200
RUN_AT_ONCE = 20_000  # cases; above it the chapters run in the background worker


@desk_page(Purpose.INTAKE, methods=("GET", "POST"))
def imports(desk: Desk) -> HttpResponse:
    """Choose a file; POST reads it and leads to its faults."""
    if desk.request.method != "POST":
        return _form(desk)
    file = desk.request.FILES.get("file")
    if file is None or file.size is None:
        return _form(desk, [say("import.choose")])
    if file.size > MAX_BYTES:
        return _form(desk, [say("import.too_big")])
    form, signature = desk.request.POST, desk.request.FILES.get("signature")
    try:
        batch = import_actions.preview_import(
            by=desk.actor,
            at=desk.at,
            outbreak=desk.pk,
            name=file.name or "upload",
            data=file.read(),
            mapping_text=form.get("mapping", "").strip() or None,
            table=form.get("table") or None,
            signature=None if signature is None else signature.read(1_024),
            sender=form.get("sender", ""),
        )
    except UserError as error:
        return _form(desk, [explained(error)])
    return HttpResponseRedirect(f"{desk.base}/import/{batch}")


def _form(desk: Desk, errors: list[str] | None = None) -> HttpResponse:
    found = access.imports(desk.actor, outbreak=desk.pk)
    return desk.page(
        "import.html",
        errors=errors or [],
        batches=found.rows,
        tables=list(TABLES),
        table=desk.request.POST.get("table", ""),
        mapping=desk.request.POST.get("mapping", ""),
    )


@desk_page(Purpose.INTAKE)
def batch(desk: Desk, batch: int) -> HttpResponse:
    """One upload with its sums and faults."""
    number = page_number(desk.request)
    found = access.import_batch(desk.actor, batch=batch, offset=(number - 1) * SIZE, limit=SIZE)
    one = found["batch"]
    return desk.page(
        "import_batch.html",
        batch=one,
        is_pasted=one["file"] == NAME,
        tables=[{"name": k, "n": n} for k, n in one["tables"].items()],
        faults=found["faults"].rows,
        **pager(found["faults"].total, number, SIZE),
    )


def rerun(desk: Desk) -> None:
    """Run the chapters again after the data changed: at once, or in the worker for a large outbreak."""
    if access.board(desk.actor, outbreak=desk.pk, at=desk.moment)["n_cases"] > RUN_AT_ONCE:
        jobs.refresh_outbreak.enqueue(outbreak=desk.pk, username=desk.actor.username)
    else:
        with suppress(analysis.Busy):  # what was saved waits, and is computed next
            analysis.refresh(by=desk.actor, at=desk.at, outbreak=desk.pk)


@desk_page(Purpose.INTAKE, methods=("POST",))
def commit(desk: Desk, batch: int) -> HttpResponse:
    """Save a previewed upload and run the chapters again."""
    saved = import_actions.commit_import(by=desk.actor, at=desk.at, batch=batch)
    rerun(desk)
    desk.offer_undo(
        say("import.saved", n=saved.n_new + saved.n_changed), f"{desk.base}/import/{saved.batch}/undo"
    )
    if desk.request.POST.get("then") == "investigate":
        return HttpResponseRedirect(f"{desk.base}/investigate#definition")
    return HttpResponseRedirect(f"{desk.base}/import/{saved.batch}")


@desk_page(Purpose.INTAKE, methods=("POST",))
def undo(desk: Desk, batch: int) -> HttpResponse:
    """Take a saved upload back as a whole."""
    import_actions.undo_import(by=desk.actor, at=desk.at, batch=batch)
    rerun(desk)
    messages.success(desk.request, say("import.undone"), extra_tags="good")
    return HttpResponseRedirect(f"{desk.base}/import/{batch}")
