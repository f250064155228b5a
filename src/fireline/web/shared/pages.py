"""Renders a page with what every page needs: language, theme, navigation, area, watermark, messages.

Web, shared: the faces call render() with a template name and their own values.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.backends.django import DjangoTemplates
from django.utils import timezone

from fireline.errors import ConflictError, PurposeError, UserError
from fireline.pipeline.home import Home
from fireline.web.shared.strings import language_now, say, words
from fireline.words import Words

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
THEMES = ("auto", "light", "dark")
SIZES = ("normal", "big")
HTMX_CONFIG = json.dumps(
    {"includeIndicatorStyles": False, "allowEval": False, "selfRequestsOnly": True, "historyCacheSize": 0}
)
_log = logging.getLogger("fireline.web")


@cache
def engine() -> DjangoTemplates:
    """The template engine of the faces: the product's tags built in."""
    return DjangoTemplates(
        {
            "NAME": "faces",
            "DIRS": [TEMPLATES],
            "APP_DIRS": False,
            "OPTIONS": {
                "builtins": ["fireline.web.shared.tags", "django.templatetags.static"],
                "context_processors": ["django.template.context_processors.request"],
                "autoescape": True,
            },
        }
    )


def now(request: HttpRequest) -> datetime:
    """The time of this request, read once: every figure on the page shares it."""
    at = getattr(request, "fireline_at", None)
    if at is None:
        at = timezone.now().replace(microsecond=0)
        request.fireline_at = at  # type: ignore[attr-defined]
    return at


def home_marks() -> list[Words]:
    """Bands on every page of this home, signed in or not: an exercise home says so everywhere."""
    return [words("frame.exercise")] if Home(settings.FIRELINE.home).is_exercise else []


def shell(request: HttpRequest) -> dict[str, object]:
    """What the base template shows around every page."""
    session = getattr(request, "session", None)
    theme = session.get("theme", "auto") if session is not None else "auto"
    language = language_now()
    return {
        "language": language,
        "html_lang": "zh-Hans" if language == "zh" else "en",
        "other_language": "en" if language == "zh" else "zh-hans",
        "theme": theme,
        "watermarks": home_marks(),
        "next_theme": THEMES[(THEMES.index(theme) + 1) % len(THEMES)],
        "htmx_config": HTMX_CONFIG,
        "at": now(request),
        "here": request.get_full_path(),
        "flashes": messages.get_messages(request)
        if session is not None and hasattr(request, "_messages")
        else (),
    }


def render(
    request: HttpRequest, template: str, values: Mapping[str, object] | None = None, status: int = 200
) -> HttpResponse:
    """One page as a response that no cache may keep."""
    context = {**shell(request), **getattr(request, "fireline_shell", {}), **(values or {})}
    body = engine().get_template(template).render(context, request)
    response = HttpResponse(body, status=status)
    response["Cache-Control"] = "no-store"
    return response


def respond_json(values: object, status: int = 200) -> JsonResponse:
    """A JSON answer that no cache may keep."""
    response = JsonResponse(values, status=status, json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "no-store"
    return response


def status_of(error: UserError) -> int:
    """The HTTP status that fits an error a person can mend."""
    if isinstance(error, PurposeError):
        return 403
    return 409 if isinstance(error, ConflictError) else 400


def error_page(request: HttpRequest, status: int, message: str = "", *, kind: str = "") -> HttpResponse:
    """A page that says what happened and what to do, with an id and never a trace.

    ``kind`` names other words of the catalogue (error.<kind>) where those of the status would not be true.
    """
    kind = kind or str(status)
    number = secrets.token_hex(4)
    _log.warning("page refused", extra={"status": status, "error_id": number, "path": request.path})
    if "application/json" in request.headers.get("Accept", "") or request.content_type == "application/json":
        return respond_json({"message": message or say(f"error.{kind}.title"), "id": number}, status)
    return render(
        request,
        "shared/error.html",
        {
            "status": status,
            "title": say(f"error.{kind}.title"),
            "advice": say(f"error.{kind}.advice"),
            "message": message,
            "error_id": number,
        },
        status,
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:  # noqa: ARG001  (Django passes it)
    """Django's handler400."""
    return error_page(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:  # noqa: ARG001  (Django passes it)
    """Django's handler403: something below the pages refused, which leaves no audit row."""
    return error_page(request, 403, kind="forbidden")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:  # noqa: ARG001  (Django passes it)
    """Django's handler404."""
    return error_page(request, 404)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Django's handler500."""
    return error_page(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:  # noqa: ARG001  (Django passes it)
    """Django's CSRF_FAILURE_VIEW: a form that was open too long."""
    return error_page(request, 403, kind="csrf")
