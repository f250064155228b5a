"""What every face asks of a request before it answers: who, from where, for which purposes.

Web, shared: used by the decorators of console, field and api.
"""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect

from fireline.privacy.purposes import ALLOWED, Purpose, Role
from fireline.store.access import Actor
from fireline.web.shared.pages import respond_json
from fireline.web.shared.strings import say


def peer(request: HttpRequest) -> str:
    """Network address of the other end, as the server saw it; forwarded headers are not believed."""
    return str(request.META.get("REMOTE_ADDR", ""))


def purposes_of(actor: Actor) -> frozenset[Purpose]:
    """Purposes the actor's role may name; none for an unknown role."""
    return ALLOWED[Role(actor.role)] if actor.role in set(Role) else frozenset()


def route_of(request: HttpRequest) -> str:
    """The pattern of the address: never what a person typed into it."""
    return request.resolver_match.route if request.resolver_match else ""


def to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """Lead a signed-out person to the door, or say it in JSON where that was asked for."""
    if "application/json" in request.headers.get("Accept", "") or request.content_type == "application/json":
        return respond_json({"message": say("sign_in.again")}, 401)
    target = f"/sign-in?next={quote(request.get_full_path())}" if request.method == "GET" else "/sign-in"
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=204)
        response["HX-Redirect"] = target
        return response
    return HttpResponseRedirect(target)
