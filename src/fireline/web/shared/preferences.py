"""Language and theme of one reader; both work without script and before sign-in.

Web, shared: posted by the buttons of the top bar.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from fireline.web.shared.pages import SIZES, THEMES


def safe_next(request: HttpRequest, default: str = "/") -> str:
    """The page to return to, when it is one of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or default
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else default


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Remember the language in the language cookie."""
    response = HttpResponseRedirect(safe_next(request))
    wanted = request.POST.get("language", "")
    if wanted in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            wanted,
            max_age=365 * 86400,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
            samesite="Strict",
        )
    return response


@require_POST
def set_size(request: HttpRequest) -> HttpResponse:
    """Remember large type in the session; the phone page has it."""
    if request.POST.get("size") in SIZES:
        request.session["size"] = request.POST["size"]
    return HttpResponseRedirect(safe_next(request))


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Remember the theme in the session."""
    if request.POST.get("theme") in THEMES:
        request.session["theme"] = request.POST["theme"]
    return HttpResponseRedirect(safe_next(request))
