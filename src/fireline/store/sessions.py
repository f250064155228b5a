"""Ends a session that was idle too long or is too old, however busy it was.

Store: middleware named in the settings; the limits come from Settings.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from fireline.privacy.purposes import Role

TOUCH_S = 60  # how often "last seen" is written: not at every request, or each page would be a write
BEGAN = "fireline_began_s"
SEEN = "fireline_seen_s"


def _idle_min(request: HttpRequest) -> int:
    """Minutes of silence a session outlives: a reporter's phone lies aside for hours between two patients."""
    is_field = getattr(request.user, "role", "") == Role.REPORTER
    return settings.FIRELINE.field_idle_min if is_field else settings.FIRELINE.idle_min


class SessionLimits:
    """Middleware after AuthenticationMiddleware: idle and absolute limits of signed-in sessions."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Sign out an expired session before the view runs."""
        if request.user.is_authenticated:
            self._check(request)
        return self.get_response(request)

    def _check(self, request: HttpRequest) -> None:
        now_s = int(timezone.now().timestamp())
        began_s = request.session.get(BEGAN)
        seen_s = request.session.get(SEEN)
        if began_s is None or seen_s is None:
            request.session[BEGAN] = now_s
            request.session[SEEN] = now_s
            return
        is_idle = now_s - seen_s > _idle_min(request) * 60
        is_old = now_s - began_s > settings.FIRELINE.absolute_h * 3600
        if is_idle or is_old or now_s < seen_s - 300:
            logout(request)
        elif now_s - seen_s >= TOUCH_S:
            request.session[SEEN] = now_s
