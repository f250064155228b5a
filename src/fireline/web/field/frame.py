"""What stands around every page of the phone: the reporter, the own unit, the size of the type.

Web, field: works without script; the decorator unit_page() is on every view.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.utils import timezone

from fireline.actions.fever import CLINICS
from fireline.errors import UserError
from fireline.privacy.purposes import Purpose
from fireline.store import access
from fireline.store.access import Actor
from fireline.store.access.reporting import Own
from fireline.web.shared.guards import purposes_of, route_of, to_sign_in
from fireline.web.shared.pages import error_page, now, render, status_of
from fireline.web.shared.strings import code, explained, language_now, say


@dataclass(slots=True)
class Post:
    """One request of a reporter.

    Attributes
    ----------
    request : HttpRequest
    actor : Actor
    at : datetime, the time of the request
    own : Own, the unit and what it owes
    """

    request: HttpRequest
    actor: Actor
    at: datetime
    own: Own

    @property
    def is_clinic(self) -> bool:
        """Whether the unit reports fever patients."""
        return self.own.unit["kind"] in CLINICS

    def page(self, template: str, **values: Any) -> HttpResponse:
        """One page of the phone."""
        refusal = self.own.refusal.get(language_now()) if self.own.refusal else ""
        frame = {
            "unit": self.own.unit,
            "person_name": self.actor.display or self.actor.username,
            "today": self.own.today,
            "tabs": self._tabs(),
            "is_big": self.request.session.get("size") == "big",
            "refusal": refusal,
        }
        return render(self.request, f"field/{template}", {**frame, **values})

    def good(self, key: str, **values: object) -> None:
        """Say on the next page what was done."""
        messages.success(self.request, say(key, None, **values), extra_tags="good")

    def _tabs(self) -> list[dict[str, Any]]:
        path = self.request.path
        tabs = [
            {
                "url": "/report",
                "label": say("field.tab_counts"),
                "is_here": not path.startswith("/report/fever"),
            }
        ]
        if self.is_clinic:
            tabs.append(
                {
                    "url": "/report/fever",
                    "label": say("field.tab_fever"),
                    "is_here": path.startswith("/report/fever"),
                }
            )
        return tabs


def new_key() -> str:
    """A name for one form, so that sending it twice does it once."""
    return secrets.token_urlsafe(18)


View = Callable[..., HttpResponseBase]


def unit_page(*methods: str) -> Callable[[View], View]:
    """Make a view of the phone: ``view(post, **parts of the address)``, for reporters only.

    A signed-out person goes to the sign-in page, a member of staff is refused on record. An error that a
    person can mend becomes a page with its words.
    """

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, **parts: Any) -> HttpResponseBase:
            if request.method not in (*methods, *(("HEAD",) if "GET" in methods else ())):
                return HttpResponseNotAllowed(methods)
            if not request.user.is_authenticated:
                return to_sign_in(request)
            actor, at = access.actor_of(request.user), now(request)
            if Purpose.REPORTING not in purposes_of(actor):
                access.refused(actor, at=at, path=route_of(request))
                return error_page(request, 403, say("field.wrong_role", role=code("role", actor.role)))
            try:
                own = access.own(actor, at=at)
                with timezone.override(own.tz):
                    return view(Post(request, actor, at, own), **parts)
            except UserError as error:
                return error_page(request, status_of(error), explained(error))

        guarded.purposes = (Purpose.REPORTING,)  # type: ignore[attr-defined]
        return guarded

    return wrap
