"""All addresses of the program.

Web: console at the root, the phone page and the machine interface beside it; error pages carry an id and
no trace.
"""

from __future__ import annotations

from django.urls import include, path

from fireline.web.api.health import healthz
from fireline.web.shared.preferences import set_language, set_size, set_theme

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("language", set_language, name="language"),
    path("theme", set_theme, name="theme"),
    path("size", set_size, name="size"),
    path("api/v1/", include("fireline.web.api.urls")),
    path("report", include("fireline.web.field.urls")),
    path("notices/", include("fireline.web.portal.urls")),
    path("", include("fireline.web.console.urls")),
]
handler400 = "fireline.web.shared.pages.bad_request"
handler403 = "fireline.web.shared.pages.forbidden"
handler404 = "fireline.web.shared.pages.not_found"
handler500 = "fireline.web.shared.pages.server_error"
