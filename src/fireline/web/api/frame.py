"""What stands around every call of the machine interface: the key, the language, and refusals as problems.

Web, api: a session opens nothing here; errors are application/problem+json (RFC 9457) in Chinese or English.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.translation import override
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.csrf import csrf_exempt

from fireline.actions.attempts import TooManyAttempts
from fireline.actions.report_tokens import UnknownToken, actor_of_token
from fireline.actions.reporting import ReusedKey, TooManyReports
from fireline.errors import ConflictError, PurposeError, UserError
from fireline.privacy.purposes import Purpose
from fireline.store.access import Actor
from fireline.web.shared.guards import peer
from fireline.web.shared.pages import now
from fireline.web.shared.strings import explained, language_now, say

_LANGUAGES = {"zh": "zh-hans", "en": "en"}
_SCHEME = "bearer "


class Problem(Exception):  # noqa: N818 - named as the RFC names it
    """A call that is refused before anything is done.

    Attributes
    ----------
    status : int
    code : str, stable; its words are api.<code> of the catalogue
    values : what the words' placeholders hold; never a value of the sender
    """

    def __init__(self, status: int, code: str, **values: object) -> None:
        super().__init__(code)
        self.status, self.code, self.values = status, code, values


@dataclass(frozen=True, slots=True)
class Call:
    """One call with a key that holds.

    Attributes
    ----------
    request : HttpRequest
    actor : Actor, the reporter of one unit
    at : datetime
    """

    request: HttpRequest
    actor: Actor
    at: datetime


View = Callable[[Call], HttpResponseBase]


def api_call(*methods: str) -> Callable[[View], Callable[[HttpRequest], HttpResponseBase]]:
    """Make a view of the machine interface: ``view(call)``, with a key, in the caller's language."""

    def wrap(view: View) -> Callable[[HttpRequest], HttpResponseBase]:
        @csrf_exempt
        @wraps(view)
        def guarded(request: HttpRequest) -> HttpResponseBase:
            with override(_language(request)):
                try:
                    return _no_store(view(_admitted(request, methods)))
                except Problem as problem:
                    return _refused(
                        problem.status,
                        problem.code,
                        say(f"api.{problem.code}", None, **problem.values),
                        methods,
                    )
                except UserError as error:
                    return _told(error, methods)

        guarded.purposes = (Purpose.REPORTING,)  # type: ignore[attr-defined]
        return guarded

    return wrap


def answer(values: Mapping[str, Any], status: int = 200, **headers: str) -> JsonResponse:
    """A JSON answer in the caller's language."""
    response = JsonResponse(dict(values), status=status, json_dumps_params={"ensure_ascii": False})
    response["Content-Language"] = language_now()
    for name, value in headers.items():
        response[name.replace("_", "-")] = value
    return response


def _language(request: HttpRequest) -> str:
    """The first language of Accept-Language that is spoken here; cookies do not count."""
    for wanted, _ in parse_accept_lang_header(request.headers.get("Accept-Language", "")[:200]):
        found = _LANGUAGES.get(wanted.split("-")[0])
        if found:
            return found
    return str(settings.LANGUAGE_CODE)


def _admitted(request: HttpRequest, methods: tuple[str, ...]) -> Call:
    if request.method not in methods:
        raise Problem(405, "method")
    if settings.FIRELINE.has_tls and not request.is_secure():
        raise Problem(403, "https")
    given = request.headers.get("Authorization", "")
    if not given.lower().startswith(_SCHEME):
        raise Problem(401, "no_token")
    at = now(request)
    return Call(
        request, actor_of_token(at=at, token=given[len(_SCHEME) :].strip(), address=peer(request)), at
    )


def _told(error: UserError, methods: tuple[str, ...]) -> HttpResponseBase:
    """An error of an action as a problem, in its own words."""
    if isinstance(error, TooManyAttempts | TooManyReports):
        response = _refused(429, "too_many", explained(error), methods)
        response["Retry-After"] = str(error.wait_s)
        return response
    status, code = 400, "not_usable"
    if isinstance(error, UnknownToken):
        status, code = 401, "unknown_token"
    elif isinstance(error, PurposeError):
        status, code = 403, "not_allowed"
    elif isinstance(error, ReusedKey):
        status, code = 409, "reused_key"
    elif isinstance(error, ConflictError):
        status, code = 409, "conflict"
    return _refused(status, code, explained(error), methods)


def _refused(status: int, code: str, detail: str, methods: tuple[str, ...]) -> HttpResponseBase:
    response = answer(
        {
            "type": f"urn:fireline:problem:{code}",
            "title": say(f"api.title.{status}"),
            "status": status,
            "code": code,
            "detail": detail,
        },
        status,
    )
    response["Content-Type"] = "application/problem+json"
    if status == 405:
        response["Allow"] = ", ".join(methods)
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="fireline"'
    return _no_store(response)


def _no_store(response: HttpResponseBase) -> HttpResponseBase:
    response["Cache-Control"] = "no-store"
    return response
