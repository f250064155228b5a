"""A fever patient on a phone: reported in a minute, followed to the result; no name is asked for.

Web, field: clinics and hospitals only; each page that shows patients is one audit row.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone

from fireline.actions import fever as actions
from fireline.errors import InputError, PurposeError
from fireline.feeds.reporting.fever import (
    AGE_BANDS,
    FLAGS,
    OLDEST_D,
    RESULTS,
    SEXES,
    SYMPTOMS,
    FieldFault,
    read_fever,
    read_moment,
)
from fireline.store import access
from fireline.web.field.frame import Post, new_key, unit_page
from fireline.web.shared.strings import language_now, say, words


@unit_page("GET", "POST")
def fever(post: Post) -> HttpResponse:
    """The form, with the open patients below; POST reports one and leads to its number."""
    if not post.is_clinic:
        raise PurposeError(words("field.clinics_only"))
    if post.request.method != "POST":
        local = timezone.localtime(post.at)
        form = {"seen_day": f"{local:%Y-%m-%d}", "seen_clock": f"{local:%H:%M}"}
        return _form(post, {**form, "sampled_day": form["seen_day"], "sampled_clock": ""}, (), (), [])
    given = post.request.POST
    symptoms, flags = given.getlist("symptoms"), given.getlist("flags")
    form = given.dict()
    entry, faults = read_fever(form, symptoms=symptoms, flags=flags, at=post.at, tz=post.own.tz)
    if entry is None:
        return _form(post, form, symptoms, flags, faults)
    made = actions.report_fever(by=post.actor, at=post.at, key=given.get("key", ""), entry=entry)
    return HttpResponseRedirect(f"/report/fever/{made}")


@unit_page("GET", "POST")
def one(post: Post, report: int) -> HttpResponse:
    """One patient: number, clocks, sample, result; POST says one of them or takes the report back."""
    if post.request.method != "POST":
        return _one(post, report, [])
    form, verb = post.request.POST, post.request.POST.get("verb", "")
    found = access.own_fever_one(post.actor, report=report, at=post.at)
    if verb == "sample":
        oldest = found["seen_at"] - timedelta(days=1)
        sampled_at, faults = read_moment(form.dict(), "sampled", at=post.at, tz=post.own.tz, oldest=oldest)
        if sampled_at is None:
            return _one(post, report, faults)
        actions.sample_taken(by=post.actor, at=post.at, report=report, sampled_at=sampled_at)
    elif verb == "result":
        if form.get("result") not in RESULTS:
            return _one(post, report, [FieldFault("result", words("field.choose_result"))])
        actions.give_result(
            by=post.actor, at=post.at, report=report, result=form["result"], result_at=post.at
        )
    elif verb == "withdraw":
        actions.withdraw_fever(by=post.actor, at=post.at, report=report)
    else:
        raise InputError(words("error.400.title"))
    post.good("field.fever_saved")
    return HttpResponseRedirect(f"/report/fever/{report}")


def _one(post: Post, report: int, faults: list[FieldFault]) -> HttpResponse:
    local = timezone.localtime(post.at)
    return post.page(
        "fever_one.html",
        one=access.own_fever_one(post.actor, report=report, at=post.at),
        errors=_said(faults),
        form={"sampled_day": f"{local:%Y-%m-%d}", "sampled_clock": f"{local:%H:%M}"},
        results=RESULTS,
    )


def _form(
    post: Post, form: dict[str, str], symptoms: Any, flags: Any, faults: list[FieldFault]
) -> HttpResponse:
    return post.page(
        "fever.html",
        form=form,
        errors=_said(faults),
        wrong={fault.field for fault in faults},
        age_bands=AGE_BANDS,
        sexes=SEXES,
        symptoms=[{"code": c, "is_on": c in symptoms} for c in SYMPTOMS],
        flags=[{"code": c, "is_on": c in flags} for c in FLAGS],
        oldest=post.own.today - timedelta(days=OLDEST_D),
        key=new_key(),
        rows=access.own_fever(post.actor, at=post.at),
    )


def _said(faults: list[FieldFault]) -> list[dict[str, str]]:
    language = language_now()
    return [
        {"field": f.field, "name": say(f"field.f_{f.field}"), "text": f.said.get(language)} for f in faults
    ]
