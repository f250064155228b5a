"""What stands around every page of the console: who asks, for what purpose, in which outbreak.

Web, console: the decorator desk_page() is on every view; it signs in, checks, and turns refusals into pages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.utils import timezone

from fireline.errors import UserError
from fireline.privacy.purposes import Purpose
from fireline.store import access
from fireline.store.access import Actor
from fireline.store.access.scope import covers
from fireline.web.shared.guards import purposes_of, route_of, to_sign_in
from fireline.web.shared.pages import error_page, home_marks, now, render, status_of
from fireline.web.shared.strings import code, explained, say, words
from fireline.words import Words

UNDO = "undo"  # session key: what the bar at the bottom of the next page offers to take back
LAST = "outbreak"  # session key: the outbreak opened last, which the navigation keeps leading to
LAST_IS_ROUTINE = "outbreak_is_routine"  # session key: whether that is the routine surveillance


@dataclass(slots=True)
class Desk:
    """One request at work.

    Attributes
    ----------
    request : HttpRequest
    actor : Actor
    at : datetime, the time of the request
    purpose : Purpose, why this page reads
    outbreak : dict, columns of the outbreak ({} on pages of no outbreak)
    last : int or None, the outbreak opened last
    is_routine : bool, that is the routine surveillance of the home
    """

    request: HttpRequest
    actor: Actor
    at: datetime
    purpose: Purpose
    outbreak: dict[str, Any] = field(default_factory=dict)
    last: int | None = None
    is_routine: bool = False
    _areas: list[dict[str, Any]] | None = None
    _names: dict[str, str] | None = None

    @property
    def pk(self) -> int:
        """Id of the outbreak."""
        return int(self.outbreak["id"])

    @property
    def moment(self) -> datetime:
        """The moment the outbreak's data are read at."""
        return self.outbreak["at"]

    @property
    def clock(self) -> datetime:
        """The moment countdowns of early warning are read at: now, or that of an exercise's data."""
        return access.clock_of(self.outbreak, self.at)

    @property
    def base(self) -> str:
        """Beginning of the addresses of this outbreak's pages."""
        return f"/o/{self.outbreak['id']}"

    def may(self, *purposes: Purpose) -> bool:
        """Whether the role may act for any of these purposes."""
        return any(p in purposes_of(self.actor) for p in purposes)

    def areas(self) -> list[dict[str, Any]]:
        """Areas of this outbreak, read once for the page; none on pages of no outbreak."""
        if self._areas is None:
            self._areas = access.areas(self.actor, outbreak=self.pk) if self.outbreak else []
        return self._areas

    def area_name(self, code: str | None) -> str:
        """Name of an area of this outbreak, else its code."""
        if not code:
            return "–"
        if self._names is None:
            self._names = {row["area_code"]: row["name"] for row in self.areas()}
        return self._names.get(code) or code

    def named(self, rows: list[dict[str, Any]] | tuple[dict[str, Any], ...]) -> list[dict[str, Any]]:
        """Rows with the name of their area added as ``area_name``."""
        return [{**row, "area_name": self.area_name(row.get("area_code"))} for row in rows]

    def sees_all(self) -> bool:
        """Whether the actor's area holds the whole outbreak."""
        return covers(self.actor, self.outbreak["area_code"])

    def offer_undo(self, text: str, url: str) -> None:
        """Let the next page offer to take the change back, for ten seconds and without asking twice."""
        self.request.session[UNDO] = {"text": text, "url": url}

    def page(self, template: str, **values: Any) -> HttpResponse:
        """One page of the console."""
        return render(self.request, f"console/{template}", {**self.frame(), **values})

    def frame(self) -> dict[str, Any]:
        """What the base template of the console needs."""
        return {
            "navigation": navigation(self),
            "undo": self.request.session.pop(UNDO, None),
            "person_name": self.actor.display or self.actor.username,
            "role": self.actor.role,
            "area_name": self.area_name(self.outbreak["area_code"])
            if self.outbreak.get("area_code")
            else self.actor.area_code or say("frame.everywhere"),
            "outbreak": self.outbreak,
            "base": self.base if self.outbreak else "",
            "watermarks": watermarks(self.outbreak),
            "is_exercise": bool(self.outbreak.get("is_exercise") or home_marks()),
            "sees_cases": self.may(Purpose.INVESTIGATION, Purpose.TRACING),
            "may_import": self.may(Purpose.INTAKE),
        }


def watermarks(outbreak: dict[str, Any]) -> list[Words]:
    """Bands shown on every page of an exercise or of an outbreak judged by look-back rules.

    In the home of an exercise every page has the band, also that of a list pasted into it to practise.
    """
    found = home_marks()
    if outbreak.get("is_exercise") and not found:
        found.append(words("frame.exercise"))
    if outbreak.get("label_zh") and not outbreak.get("is_exercise"):
        found.append(Words(outbreak["label_zh"], outbreak["label_en"]))
    return found


_S, _I, _C, _O, _N = (
    Purpose.SITUATION,
    Purpose.INVESTIGATION,
    Purpose.CONTAINMENT,
    Purpose.OVERSIGHT,
    Purpose.INTAKE,
)
# key of the text and icon, page, purposes that may open it, whether a line stands above
ITEMS: tuple[tuple[str, str, tuple[Purpose, ...], bool], ...] = (
    ("board", "board", (_S,), False),
    ("signals", "signals", (_S,), False),
    ("streams", "streams", (_S,), False),
    ("fever", "fever", (_I,), False),
    ("cases", "cases", (_I,), False),
    ("contacts", "contacts", (_I,), False),
    ("chain", "chain", (_I,), False),
    ("zones", "zones", (_S,), False),
    ("tasks", "tasks", (Purpose.FOLLOW_UP,), False),
    ("outbreak", "investigate", (_I,), True),
    ("import", "import", (_N,), False),
    ("gaps", "gaps", (_O, _I, _C), False),
)


ROUTINE_ITEMS = frozenset({"streams", "fever"})
"""Pages that only the routine surveillance has."""


def navigation(desk: Desk) -> list[dict[str, Any]]:
    """Links of the rail that this role may follow."""
    path = desk.request.path
    links = []
    if desk.last is not None:
        for key, page, purposes, starts in ITEMS:
            url = f"/o/{desk.last}/{page}"
            if desk.may(*purposes) and (desk.is_routine or key not in ROUTINE_ITEMS):
                links.append(
                    {
                        "url": url,
                        "label": say(f"nav.{key}"),
                        "icon": key if key != "chain" else "outbreak",
                        "is_here": path == url or path.startswith(url + "/"),
                        "starts_group": starts,
                    }
                )
    links.append(
        {
            "url": "/outbreaks",
            "label": say("outbreaks.title"),
            "icon": "board",
            "is_here": path.startswith("/outbreaks"),
            "starts_group": bool(links),
        }
    )
    query = (
        f"?disease={quote(desk.outbreak['disease'])}&area={quote(desk.outbreak['area_code'])}"
        if desk.outbreak and not desk.outbreak["is_exercise"]
        else ""
    )
    links.append(
        {
            "url": f"/policy{query}",
            "label": say("nav.policy"),
            "icon": "policy",
            "is_here": path.startswith("/policy"),
            "starts_group": False,
        }
    )
    if desk.may(_O):
        links.append(
            {
                "url": "/audit",
                "label": say("nav.audit"),
                "icon": "audit",
                "is_here": path.startswith("/audit"),
                "starts_group": False,
            }
        )
    return links


View = Callable[..., HttpResponseBase]


def desk_page(
    *purposes: Purpose, of_outbreak: bool = True, methods: tuple[str, ...] = ("GET",)
) -> Callable[[View], View]:
    """Make a view of the console: ``view(desk, **parts of the address)``.

    The first of ``purposes`` that the role may name is the purpose of the page; with none of them the answer
    is 403. A signed-out person goes to the sign-in page. An error that a person can mend becomes a page (or a
    JSON answer, where one was asked for) with its words.
    """

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, **parts: Any) -> HttpResponseBase:
            if request.method not in (*methods, *(("HEAD",) if "GET" in methods else ())):
                return HttpResponseNotAllowed(methods)
            if not request.user.is_authenticated:
                return to_sign_in(request)
            actor = access.actor_of(request.user)
            mine = [p for p in purposes if p in purposes_of(actor)]
            if not mine:
                access.refused(actor, at=now(request), path=route_of(request))
                return error_page(request, 403, say("frame.wrong_role", role=code("role", actor.role)))
            desk = Desk(request=request, actor=actor, at=now(request), purpose=mine[0])
            try:
                if not of_outbreak:
                    desk.last = request.session.get(LAST)
                    desk.is_routine = bool(request.session.get(LAST_IS_ROUTINE))
                    return view(desk, **parts)
                desk.outbreak = access.outbreak(actor, outbreak=parts.pop("outbreak"))
                desk.last, desk.is_routine = desk.pk, desk.outbreak["kind"] == "routine"
                if request.session.get(LAST) != desk.pk:
                    request.session[LAST] = desk.pk
                    request.session[LAST_IS_ROUTINE] = desk.is_routine
                with timezone.override(
                    ZoneInfo(desk.outbreak["tz"])
                ):  # times are said as people there live them
                    return view(desk, **parts)
            except UserError as error:
                return error_page(request, status_of(error), explained(error))

        guarded.purposes = purposes  # type: ignore[attr-defined]
        return guarded

    return wrap


def pager(total: int, page: int, size: int) -> dict[str, int]:
    """Values of the pager template."""
    pages = max(1, -(-total // size))
    page = min(max(1, page), pages)
    return {"page": page, "pages": pages, "prev_page": page - 1, "next_page": page + 1, "total": total}


def page_number(request: HttpRequest) -> int:
    """The page asked for, at least 1."""
    text = request.GET.get("page", "1")
    return max(1, int(text)) if text.isdecimal() and len(text) < 8 else 1
