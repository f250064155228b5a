"""Triggers: is it real, and what is done; one event is raised once and ends in a verdict and an assessment.

Web, console: counts and areas only, nobody's rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect

from fireline.actions import triggers as trigger_actions
from fireline.errors import ConflictError, InputError
from fireline.policy.terms import stream_words
from fireline.privacy.purposes import Purpose, Role
from fireline.signals.clusters.explain import span_words
from fireline.signals.trigger_words import rate_words
from fireline.store import access
from fireline.web.console import geo, pictures
from fireline.web.console.assessment_panel import assessment_panel, risk_name
from fireline.web.console.frame import Desk, desk_page, page_number, pager
from fireline.web.shared.icons import ALARM_GLYPHS
from fireline.web.shared.pages import status_of
from fireline.web.shared.strings import code, explained, language_now, say

SIZE = 40
LEVELS = tuple(ALARM_GLYPHS)  # worst first
LATE_ROWS = 12
CLUSTER_ROWS = 12
EVIDENCE_PX, EVIDENCE_HIGH_PX = 620, 200
TOMORROW, SOON = timedelta(days=1), timedelta(days=3)
AHEAD = timedelta(days=trigger_actions.LONGEST_D)
LEAST_SHARE = 0.01
"""Kinds of event less probable than this are not named."""
SPEAKS = {"strong": 3.0, "clear": 1.0, "weak": 0.0}
"""How a stream speaks for an event -> least log evidence; below it speaks against."""


# ---- names


def plain_text(desk: Desk, text: str) -> str:
    """A sentence with the names of areas in place of their codes, the longest code first."""
    known = [row["area_code"] for row in desk.areas() if row["area_code"] in text]
    for area in sorted(known, key=lambda code: (-len(code), code)):
        text = text.replace(area, desk.area_name(area))
    return text


def area_names(desk: Desk, codes: Sequence[str], most: int = 3) -> str:
    """Names of areas as one short list."""
    shown = [desk.area_name(code) for code in codes[:most]]
    more = f" +{len(codes) - most}" if len(codes) > most else ""
    return ("、" if language_now() == "zh" else ", ").join(shown) + more if shown else "–"


def stream_label(row: Mapping[str, Any]) -> str:
    """Name of the stream of one row of evidence."""
    return str(row[f"name_{language_now()}"]) or stream_words(row["stream"]).get(language_now())


def named(desk: Desk, row: Mapping[str, Any]) -> dict[str, Any]:
    """A trigger with names of areas, also inside the sentence that says why."""
    texts = {f"why_{lang}": plain_text(desk, row[f"why_{lang}"]) for lang in ("zh", "en")}
    return {**row, **texts, "area_names": area_names(desk, row["areas"] or row["touched"])}


def with_streams(row: Mapping[str, Any]) -> dict[str, Any]:
    """A trigger of a list with small pictures of the streams that speak for it."""
    streams = [
        {**s, "name": stream_label(s), "spark": pictures.spark(s["points"], name=stream_label(s))}
        for s in row["streams"]
    ]
    return {**row, "streams": streams, "shown_state": "silenced" if row["is_silent"] else row["state"]}


# ---- the list


def show_list(desk: Desk, view: str, counts: Mapping[str, Any]) -> HttpResponse:
    """The triggers that wait for the reader, or all of them by state."""
    asked = desk.request.GET
    level = asked.get("level", "")
    level = level if level in LEVELS else ""
    state = asked.get("state", "") if view == "all" else ""
    state = state if state in access.TRIGGER_STATES else ""
    number = page_number(desk.request)
    found = access.triggers(
        desk.actor,
        purpose=Purpose.SITUATION,
        outbreak=desk.pk,
        view=view,
        level=level,
        state=state,
        at=desk.at,
        offset=(number - 1) * SIZE,
        limit=SIZE,
    )
    rows = [with_streams(named(desk, row)) for row in found.rows]
    by_area = areas_of(desk, found.rows)
    of_level = counts["mine" if view == "mine" else "all"]
    return desk.page(
        "triggers.html",
        rows=rows,
        view=view,
        views=tabs(desk, view, counts),
        counts=counts,
        levels=[
            {"code": "", "n": sum(of_level.values())},
            *({"code": x, "n": n} for x, n in of_level.items()),
        ],
        level=level,
        states=[{"code": s, "n": counts["state"].get(s, 0)} for s in ("", *access.TRIGGER_STATES)],
        state=state,
        by_area=by_area,
        geo=geo.alarms({row["area_code"]: row["level"] for row in by_area}, desk.areas()),
        map_words=geo.map_words(),
        clock=desk.clock,
        fresh=access.freshness(desk.actor, outbreak=desk.pk),
        **clusters(desk),
        **missing_reports(desk),
        **pager(found.total, number, SIZE),
    )


def tabs(desk: Desk, view: str, counts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Tabs of the signals page with their numbers."""
    n = {"mine": sum(counts["mine"].values()), "all": counts["total"], "alarms": counts["alarms"]}
    return [
        {
            "url": f"{desk.base}/signals?view={name}",
            "label": say(f"trigger.view_{name}"),
            "n": n[name],
            "is_on": name == view,
        }
        for name in ("mine", "all", "alarms")
    ]


def areas_of(desk: Desk, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Areas with their highest level and the number of triggers, the worst first."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        for area in row["areas"]:
            one = found.setdefault(area, {"area_code": area, "level": row["level"], "n": 0})
            one["level"] = min(one["level"], row["level"], key=LEVELS.index)
            one["n"] += 1
    ordered = sorted(found.values(), key=lambda r: (LEVELS.index(r["level"]), -r["n"], r["area_code"]))
    return desk.named(ordered)


def clusters(desk: Desk) -> dict[str, Any]:
    """Areas that were high together, rarest first, and how many streams were scanned without any."""
    rows = access.clusters(desk.actor, outbreak=desk.pk)
    unusual = [row for row in rows if row["is_unusual"]]
    shown = [
        {
            **row,
            "name": stream_words(row["stream"]).get(language_now()),
            "area_names": area_names(desk, row["areas"]),
            "once_in": span_words(row["recurrence_d"]).get(language_now()).strip(),
            "why": plain_text(desk, row[f"why_{language_now()}"]),
        }
        for row in unusual[:CLUSTER_ROWS]
    ]
    return {
        "clusters": shown,
        "n_clusters": len(unusual),
        "n_scanned": len({row["stream"] for row in rows}),
    }


def missing_reports(desk: Desk) -> dict[str, Any]:
    """Streams that are late or perhaps dead, the latest first."""
    rows = access.stream_days(desk.actor, outbreak=desk.pk)
    late = [row for row in rows if row["state"] in ("late", "silent", "not_reported")]
    shown = [
        {**row, "name": stream_words(row["stream"]).get(language_now())}
        for row in desk.named(late[:LATE_ROWS])
    ]
    return {
        "late_streams": shown,
        "n_late_streams": len(late),
        "n_streams": len(rows),
        "n_remarked": sum(row["state"] in ("new", "shifted", "new_holiday") for row in rows),
    }


# ---- one trigger


@desk_page(Purpose.SITUATION, methods=("GET", "POST"))
def trigger(desk: Desk, trigger_id: str) -> HttpResponse:
    """One trigger with its evidence; POST carries the verdict."""
    if desk.request.method != "POST":
        return show(desk, trigger_id)
    try:
        return _decide(desk, trigger_id)
    except (InputError, ConflictError) as error:  # the page as it stands now, with what was typed kept
        return show(desk, trigger_id, errors=[explained(error)], status=status_of(error))


def _day(text: str) -> date | None:
    """A day of a form; None where it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _decide(desk: Desk, trigger_id: str) -> HttpResponse:
    form = desk.request.POST
    verdict = form.get("verdict", "")
    mine: dict[str, Any] = {
        "by": desk.actor,
        "at": desk.at,
        "outbreak": desk.pk,
        "trigger_id": trigger_id,
        "version": int(form["version"]) if form.get("version", "").isdecimal() else None,
    }
    reason = form.get("reason", "")
    hours = form.get("within_h", "")
    match verdict:
        case "seen":
            trigger_actions.mark_seen(**mine, note=reason)
        case "verified":
            trigger_actions.verify(**mine, reason=reason)
        case "discarded":
            trigger_actions.discard(**mine, reason=reason)
        case "observing":
            trigger_actions.observe(**mine, reason=reason, until=_day(form.get("until", "")))
        case "escalated":
            trigger_actions.escalate(
                **mine, reason=reason, within_h=int(hours) if hours.isdecimal() else 0, to=form.get("to", "")
            )
        case "silenced" | "unsilenced":
            until = _day(form.get("until", "")) if verdict == "silenced" else None
            if verdict == "silenced" and until is None:
                raise InputError(say("error.400.title"))
            trigger_actions.silence(**mine, until=until)
        case "dossier":
            made = trigger_actions.open_dossier(
                **mine, title=form.get("title", ""), disease=form.get("disease", "")
            )
            _say_done(desk, "dossier")
            return HttpResponseRedirect(f"/o/{made}/board")
        case _:
            raise InputError(say("error.400.title"))
    _say_done(desk, verdict)
    return HttpResponseRedirect(address(desk, trigger_id))


def _say_done(desk: Desk, what: str) -> None:
    messages.success(desk.request, say("trigger.done", what=code("step", what)), extra_tags="good")


def address(desk: Desk, trigger_id: str) -> str:
    """Address of one trigger's page."""
    return f"{desk.base}/signals/triggers/{quote(trigger_id, safe='')}"


def show(
    desk: Desk, trigger_id: str, *, errors: Sequence[str] = (), status: int = 200, kept: str = ""
) -> HttpResponse:
    """The page of one trigger; ``kept`` names the form that was refused."""
    found = access.trigger(
        desk.actor, purpose=desk.purpose, outbreak=desk.pk, trigger_id=trigger_id, at=desk.at
    )
    one = named(desk, found)
    codes = [*one["areas"], *one["touched"]]
    may_decide = found["may_decide"] and desk.may(Purpose.INVESTIGATION)
    rows = [
        {"area_code": area, "level": one["level"], "is_clearest": area in one["areas"]}
        for area in dict.fromkeys(codes)
    ]
    response = desk.page(
        "trigger.html",
        trigger=one,
        shown_state="silenced" if one["is_silent"] else one["state"],
        address=address(desk, trigger_id),
        rate=None if one["false_alarms_per_month"] is None else rate_words(one["false_alarms_per_month"]),
        kinds=[
            {"name": zh if language_now() == "zh" else en, "share": share}
            for _, zh, en, share in one["event_types"][:3]
            if share >= LEAST_SHARE
        ],
        evidence=[_evidence(e, i) for i, e in enumerate(found["evidence"])],
        areas=desk.named(rows),
        geo=geo.alarms(dict.fromkeys(one["areas"], one["level"]), desk.areas(), touched=one["touched"]),
        map_words=geo.map_words(),
        steps=[_step(desk, step) for step in found["steps"]],
        similar=[named_brief(desk, row) for row in found["similar"]],
        calibration=[
            {**row, "name": stream_words(row["stream"]).get(language_now())} for row in found["calibration"]
        ],
        false_if=[zh if language_now() == "zh" else en for zh, en in one["false_if"]],
        alarms=[
            {**row, "name": stream_words(row["stream"]).get(language_now())}
            for row in desk.named(found["alarms"])
        ],
        clock=desk.clock,
        errors=list(errors),
        kept=kept,
        form=desk.request.POST,
        may_decide=may_decide and one["state"] != "discarded",
        verbs=_verbs(one) if may_decide else {},
        may_open_dossier=may_decide
        and desk.actor.role == Role.EPIDEMIOLOGIST
        and desk.outbreak["kind"] == "routine"  # an outbreak is a dossier already
        and one["dossier_id"] is None
        and one["state"] in ("verified", "escalated"),
        hours=trigger_actions.ESCALATION_H,
        commanders=access.commanders(desk.actor, outbreak=desk.pk) if may_decide else [],
        until_max=one["today"] + AHEAD,
        until_min=one["today"] + TOMORROW,
        until_default=one["today"] + SOON,
        **assessment_panel(desk, found["assessments"], may_decide=may_decide, state=one["state"]),
    )
    response.status_code = status
    return response


def _verbs(one: Mapping[str, Any]) -> dict[str, bool]:
    """Which buttons the state of a trigger leaves."""
    state = one["state"]
    return {
        "seen": state not in ("verified", "discarded"),
        "verified": state in ("new", "observing", "escalated"),
        "discarded": state != "discarded",
        "observing": state != "discarded",
        "escalated": state in ("new", "observing", "verified"),
        "silenced": not one["is_silent"] and (state != "new" or one["seen_at"] is not None),
        "unsilenced": one["is_silent"],
    }


def _evidence(row: Mapping[str, Any], no: int) -> dict[str, Any]:
    """One stream with its picture and its days."""
    name = stream_label(row)
    points = [
        {"date": p.day, "count": p.observed, "expected": p.expected, "upper": p.upper, "alarm": p.is_high}
        for p in pictures.days_of(row["points"])
    ]
    weight = row["weight"]
    speaks = next((name for name, least in SPEAKS.items() if weight >= least), "against")
    first, last = row["first_day"], row["last_day"]
    return {
        **row,
        "no": no,
        "name": name,
        "speaks": speaks,
        "days": "" if first is None else f"{first}" if first == last else f"{first}–{last}",
        "figure": pictures.series(
            points, name=name, width=EVIDENCE_PX, height=EVIDENCE_HIGH_PX, figure_id=f"evidence-{no}"
        ),
        "rows": list(reversed(points)),
        "rate": None if row["rate_without"] is None else rate_words(row["rate_without"]).get(language_now()),
    }


def _step(desk: Desk, step: Mapping[str, Any]) -> dict[str, Any]:
    """One line of the history in words."""
    detail, what = step["detail"], step["what"]
    more = ""
    if what == "news_level":
        more = say("trigger.step_level", was=code("level", detail["was"]), now=code("level", detail["now"]))
    elif what == "news_area":
        more = area_names(desk, detail["added"])
    elif what == "news_rule":
        more = ", ".join(detail["added"])
    elif what == "raised":
        more = code("level", detail.get("level"))
    elif what in ("observing", "silenced"):
        more = say("trigger.step_until", day=detail["until"])
    elif what == "escalated":
        more = say("trigger.step_to", hours=detail["within_h"], to=detail["to"] or say("trigger.anyone"))
    elif what in ("assessed", "countersigned"):
        more = say("trigger.step_version", n=detail["version"], level=risk_name(detail["level"]))
    return {**step, "text": code("step", what), "more": more, "by": step["by"] or say("trigger.system")}


def named_brief(desk: Desk, row: Mapping[str, Any]) -> dict[str, Any]:
    """A trigger of a short list."""
    return {**row, "area_names": area_names(desk, row["areas"])}
