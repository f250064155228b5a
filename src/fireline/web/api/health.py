"""Whether the program can work: database and home folder.

Web, api: asked by process supervisors; says nothing about people.
"""

from __future__ import annotations

import os

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe


@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """200 when the database answers and the home folder can be written, else 503."""
    checks = {"database": _database(), "home": os.access(settings.FIRELINE.home, os.W_OK)}
    is_well = all(checks.values())
    response = JsonResponse(
        {"status": "ok" if is_well else "failing", **checks}, status=200 if is_well else 503
    )
    response["Cache-Control"] = "no-store"
    return response


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone() == (1,))
    except DatabaseError:
        return False
