"""Addresses of the machine interface.

Web, api: below /api/v1/; a session opens nothing here.
"""

from __future__ import annotations

from django.urls import path

from fireline.web.api import counts

urlpatterns = [
    path("counts", counts.counts, name="api-counts"),
    path("counts/status", counts.status, name="api-status"),
    path("openapi.json", counts.openapi, name="api-openapi"),
]
