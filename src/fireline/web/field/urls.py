"""Addresses of the phone page, below /report.

Web, field: an address names ids only, never a person.
"""

from __future__ import annotations

from django.urls import path

from fireline.web.field import account, counts, fever

urlpatterns = [
    path("", counts.today, name="report"),
    path("/receipt/<int:batch>", counts.receipt, name="report-receipt"),
    path("/receipt/<int:batch>/undo", counts.undo, name="report-undo"),
    path("/fever", fever.fever, name="report-fever"),
    path("/fever/<int:report>", fever.one, name="report-fever-one"),
    path("/password", account.password, name="report-password"),
]
