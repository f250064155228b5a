"""Addresses of the public portal, below /notices/.

Web, portal: an address holds the number of a notice or nothing.
"""

from __future__ import annotations

from django.urls import path, re_path

from fireline.web.portal import notices

urlpatterns = [
    path("", notices.all_notices, name="notices"),
    path("<int:number>", notices.notice, name="notice"),
    re_path(r"^(?s:.*)$", notices.missing, name="notice-missing"),
]
