"""All outbreaks of the area, and a new one from a pasted list: the nurse's call.

Web, console: the list is previewed like any upload; nothing of it is saved before a person says so.
"""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone

from fireline.actions import imports as import_actions
from fireline.actions import outbreaks as outbreak_actions
from fireline.errors import UserError
from fireline.policy import area_chain
from fireline.privacy.purposes import Purpose
from fireline.store import access
from fireline.web.console import pasted, rules
from fireline.web.console.frame import Desk, desk_page
from fireline.web.shared.strings import explained, language_now, say

MAX_TEXT = 1024 * 1024


@desk_page(Purpose.SITUATION, of_outbreak=False)
def outbreaks(desk: Desk) -> HttpResponse:
    """Outbreaks that touch the actor's area, newest first."""
    return desk.page(
        "outbreaks.html",
        outbreaks=access.outbreaks(desk.actor),
        may_make=desk.may(Purpose.INTAKE),
        policy_today=rules.today_overall(timezone.localdate(desk.at)),
    )


@desk_page(Purpose.INTAKE, of_outbreak=False, methods=("GET", "POST"))
def new(desk: Desk) -> HttpResponse:
    """Name, disease, area and the list; POST leads to the faults by row."""
    if desk.request.method != "POST":
        seen = access.outbreaks(desk.actor)
        area = desk.actor.area_code or (seen[0]["area_code"] if seen else "")
        return _form(desk, {"disease": "unknown", "area": area})
    form = {k: desk.request.POST.get(k, "").strip() for k in ("title", "disease", "area", "text")}
    errors = [
        say("form.required", field=say(f"wizard.{k}"))
        for k, v in (("area", form["area"]), ("list", form["text"]))
        if not v
    ]
    if len(form["text"]) > MAX_TEXT:
        errors.append(say("pasted.too_long"))
    if errors:
        return _form(desk, form, errors)
    try:
        area_chain(form["area"])
        header = pasted.read_header(form["text"])
        with transaction.atomic():
            outbreak, batch = _make(desk, form, header)
    except UserError as error:
        return _form(desk, form, [explained(error)])
    return HttpResponseRedirect(f"/o/{outbreak}/import/{batch}")


def _make(desk: Desk, form: dict[str, str], header: pasted.Header) -> tuple[int, int]:
    tz = settings.TIME_ZONE
    title = form["title"] or say("wizard.title_default", day=timezone.localdate(desk.at).isoformat())
    outbreak = outbreak_actions.create_outbreak(
        by=desk.actor,
        at=desk.at,
        title=title,
        disease=form["disease"],
        area_code=form["area"],
        moment=desk.at,
        tz=tz,
        pack_kind="living"
        if rules.today(disease=form["disease"], area=form["area"], on=timezone.localdate(desk.at))[
            "is_living"
        ]
        else "",
    )
    mapping = pasted.mapping(header, disease=form["disease"], area=form["area"], tz=tz, prefix=f"{outbreak}-")
    batch = import_actions.preview_import(
        by=desk.actor,
        at=desk.at,
        outbreak=outbreak,
        name=pasted.NAME,
        data=pasted.as_tsv(form["text"], header, today=timezone.localdate(desk.at)),
        mapping_text=mapping,
    )
    return outbreak, batch


def _form(desk: Desk, form: dict[str, str], errors: list[str] | None = None) -> HttpResponse:
    names = [d for d in rules.diseases() if d not in ("exercise-x",)]
    if "unknown" not in names:
        names.append("unknown")
    return desk.page(
        "outbreak_new.html",
        form=form,
        errors=errors or [],
        diseases=names,
        example=EXAMPLE[language_now()],
        areas=[],
    )


EXAMPLE = {
    "zh": "编号\t姓名\t年龄\t性别\t班级\t发病时间\t呕吐\t腹泻\t发热\t凉拌鸡丝\t牛奶\n"
    "1\t张某\t8\t男\t二(1)班\t2026-06-12 13:20\t是\t否\t否\t是\t是\n"
    "2\t李某\t8\t女\t二(1)班\t2026-06-12 14:05\t是\t是\t是\t是\t否\n"
    "3\t王某\t9\t男\t二(2)班\t\t否\t否\t否\t否\t是",
    "en": "id\tname\tage\tsex\tclass\tonset\tvomiting\tdiarrhoea\tfever\tchicken salad\tmilk\n"
    "1\tZhang\t8\tm\t2A\t2026-06-12 13:20\tyes\tno\tno\tyes\tyes\n"
    "2\tLi\t8\tf\t2A\t2026-06-12 14:05\tyes\tyes\tyes\tyes\tno\n"
    "3\tWang\t9\tm\t2B\t\tno\tno\tno\tno\tyes",
}
