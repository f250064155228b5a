"""The WSGI application that the web server runs.

Web: ``granian fireline.web.wsgi:application`` or ``fireline serve``.
"""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fireline.web.settings")
application = get_wsgi_application()


def _warm() -> None:
    """Read the guideline packs before the first person asks, not while they wait."""
    from fireline.web.console.rules import library

    library()


_warm()
