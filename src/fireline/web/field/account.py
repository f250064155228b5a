"""A reporter sets the own password: after the first sign-in by code, and whenever wanted.

Web, field: nobody else can set it; the current one is asked again where there is one.
"""

from __future__ import annotations

from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse, HttpResponseRedirect

from fireline.actions import accounts
from fireline.errors import InputError, PurposeError
from fireline.web.field.frame import Post, unit_page
from fireline.web.shared.guards import peer
from fireline.web.shared.strings import explained, say


@unit_page("GET", "POST")
def password(post: Post) -> HttpResponse:
    """Set or change the own password."""
    has_one = accounts.has_password(post.actor.username)
    if post.request.method != "POST":
        return post.page("password.html", has_one=has_one)
    errors = _change(post, asks_old=has_one)
    if errors:
        return post.page("password.html", has_one=has_one, errors=errors)
    post.request.user.refresh_from_db()  # type: ignore[union-attr]
    update_session_auth_hash(post.request, post.request.user)  # type: ignore[arg-type]
    post.good("password.saved")
    return HttpResponseRedirect("/report")


def _change(post: Post, *, asks_old: bool) -> list[str]:
    """Change it; returns what is wrong."""
    form, name = post.request.POST, post.actor.username
    if form.get("new", "") != form.get("again", ""):
        return [say("password.differs")]
    try:
        if asks_old:
            accounts.sign_in(
                at=post.at, username=name, password=form.get("old", ""), address=peer(post.request)
            )
        accounts.set_password(by=post.actor, at=post.at, username=name, password=form.get("new", ""))
    except InputError as error:
        return [explained(error)]
    except accounts.TooManyAttempts:
        return [say("sign_in.waiting")]
    except PurposeError:
        return [say("sign_in.failed")]
    return []
