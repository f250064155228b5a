"""Signing in and out, and changing one's own password.

Web, console: the limiter, the hash and the audit row are in actions.accounts; the session is Django's.
"""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_POST

from fireline.actions import accounts
from fireline.errors import InputError, PurposeError
from fireline.privacy.purposes import Purpose
from fireline.store import access
from fireline.web.console.frame import Desk, desk_page
from fireline.web.shared.guards import peer
from fireline.web.shared.pages import now, render
from fireline.web.shared.preferences import safe_next
from fireline.web.shared.strings import explained, say

BACKEND = "django.contrib.auth.backends.ModelBackend"


@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """The sign-in page: name and password, or a one-time code."""
    if request.method != "POST":
        if request.user.is_authenticated:
            return HttpResponseRedirect(safe_next(request))
        return _door(request)
    by_code = request.POST.get("way") == "code"
    username = request.POST.get("username", "").strip()
    try:
        if by_code:
            user = accounts.redeem_one_time_code(
                at=now(request), code=request.POST.get("code", "").strip(), address=peer(request)
            )
        else:
            user = accounts.sign_in(
                at=now(request),
                username=username,
                password=request.POST.get("password", ""),
                address=peer(request),
            )
    except accounts.TooManyAttempts as error:
        answer = _door(request, error=say("sign_in.waiting"), status=429)
        answer["Retry-After"] = str(error.wait_s)
        return answer
    except PurposeError:
        return _door(
            request,
            error=say("sign_in.code_failed" if by_code else "sign_in.failed"),
            username=username,
            wants_code=by_code,
            status=403,
        )
    login(request, user, backend=BACKEND)
    return HttpResponseRedirect(safe_next(request))


def _door(
    request: HttpRequest, error: str = "", username: str = "", wants_code: bool = False, status: int = 200
) -> HttpResponse:
    return render(
        request,
        "console/sign_in.html",
        {
            "error": error,
            "username": username,
            "wants_code": wants_code,
            "next": safe_next(request),
            "here": request.get_full_path(),
        },
        status,
    )


@require_POST
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """End the session."""
    if request.user.is_authenticated:
        accounts.sign_out(by=access.actor_of(request.user), at=now(request))
    theme = request.session.get("theme")
    logout(request)
    if theme:
        request.session["theme"] = theme
    messages.info(request, say("sign_in.signed_out"), extra_tags="good")
    return HttpResponseRedirect("/sign-in")


@desk_page(Purpose.SITUATION, of_outbreak=False, methods=("GET", "POST"))
def password(desk: Desk) -> HttpResponse:
    """Change one's own password; the current one is asked again."""
    if desk.request.method != "POST":
        return desk.page("password.html")
    form = desk.request.POST
    errors = []
    if form.get("new", "") != form.get("again", ""):
        errors.append(say("password.differs"))
    else:
        try:
            accounts.sign_in(
                at=desk.at,
                username=desk.actor.username,
                password=form.get("old", ""),
                address=peer(desk.request),
            )
            accounts.set_password(
                by=desk.actor, at=desk.at, username=desk.actor.username, password=form.get("new", "")
            )
        except InputError as error:
            errors.append(explained(error))
        except accounts.TooManyAttempts:
            errors.append(say("sign_in.waiting"))
        except PurposeError:
            errors.append(say("sign_in.failed"))
    if errors:
        return desk.page("password.html", errors=errors)
    desk.request.user.refresh_from_db()  # type: ignore[union-attr]
    update_session_auth_hash(desk.request, desk.request.user)  # type: ignore[arg-type]
    messages.success(desk.request, say("password.saved"), extra_tags="good")
    return HttpResponseRedirect("/")
