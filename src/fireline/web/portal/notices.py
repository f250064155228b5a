"""Pages for everybody: the notices in force, and each as it was published; Chinese first, then English.

Web, portal: no sign-in, no cookie, no script; serves only what bulletins wrote.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse
from django.template.backends.django import DjangoTemplates
from django.utils import timezone, translation
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from fireline.bulletins.public_notice import PublicNotice
from fireline.web.portal.files import read_all, read_one

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
LANGUAGES = (("zh-hans", "zh-Hans", "zh"), ("en", "en", "en"))
"""Django's name, that of the page, ours; in the order they stand on it."""

View = Callable[..., HttpResponse]


@cache
def engine() -> DjangoTemplates:
    """The template engine of the portal: its tags know words and times, no database."""
    return DjangoTemplates(
        {
            "NAME": "portal",
            "DIRS": [TEMPLATES],
            "APP_DIRS": False,
            "OPTIONS": {
                "builtins": ["fireline.web.shared.tags", "django.templatetags.static"],
                "autoescape": True,
            },
        }
    )


def public(view: View) -> View:
    """What every page for everybody has: read only, no script, nothing sent anywhere."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **parts: Any) -> HttpResponse:
        response = view(request, *args, **parts)
        response["Cache-Control"] = "public, max-age=60"
        response["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        return response

    closed = {
        "script-src": [NONE],
        "connect-src": [NONE],
        "form-action": [NONE],
        "worker-src": [NONE],
        "img-src": [SELF],
    }
    return require_safe(csp_replace(closed)(shown))  # type: ignore[return-value]


@public
def all_notices(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - the list is the same for everybody
    """All notices: those in force first."""
    found = read_all()
    at = timezone.now()
    shown = [(one, one.standing(at)) for one in found]
    return _page("portal/list.html", {"notices": shown}, title="portal.title", is_exercise=_exercise(found))


@public
def notice(request: HttpRequest, number: int) -> HttpResponse:
    """One notice whole, with what has changed since."""
    found = read_one(number)
    if found is None:
        return missing.__wrapped__(request)  # type: ignore[attr-defined,no-any-return]
    with timezone.override(ZoneInfo(found.tz)):
        return _page(
            "portal/notice.html",
            {"notice": found, "standing": found.standing(timezone.now())},
            title="portal.title",
            is_exercise=found.is_exercise,
        )


@public
def missing(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - the address is not repeated
    """No such notice: in words, and the same whether it was never written or does not exist."""
    return _page("portal/missing.html", {}, title="portal.missing", is_exercise=False, status=404)


def _exercise(found: list[PublicNotice]) -> bool:
    return any(one.is_exercise for one in found)


def _page(
    template: str, values: dict[str, Any], *, title: str, is_exercise: bool, status: int = 200
) -> HttpResponse:
    """The content in each language, one below the other."""
    blocks = []
    for django_name, html_lang, ours in LANGUAGES:
        with translation.override(django_name):
            shown = engine().get_template(template).render({**values, "language": ours})
            blocks.append((html_lang, _safe(shown)))
    with translation.override("zh-hans"):
        text = (
            engine()
            .get_template("portal/page.html")
            .render({"blocks": blocks, "title": title, "is_exercise": is_exercise})
        )
    return HttpResponse(text, status=status, content_type="text/html; charset=utf-8")


def _safe(text: str) -> SafeString:
    """What a template of ours has rendered: values are escaped in it already."""
    return mark_safe(text)  # noqa: S308 - rendered with autoescape just above
