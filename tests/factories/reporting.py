"""Reporting units of the tests, with their reporters and reports."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count

from tests.factories.people import COUNTY, TOWN_A, TOWN_B

NOW = datetime(2022, 6, 12, 6, 0, tzinfo=UTC)  # Sunday, 14:00 there
TODAY = date(2022, 6, 12)
SINCE = date(2022, 1, 1)
CLINIC, PHARMACY, SCHOOL = "east-clinic", "north-pharmacy", "old-town-school"
_KEYS = count(1)


def contract(expires=date(2022, 12, 31), purpose="situation"):
    from fireline.feeds.contract import Contract
    from fireline.privacy.purposes import Purpose

    return Contract("the unit itself", "order 12 of 2022, article 3", Purpose(purpose), expires)


def unit(name=CLINIC, kind="clinic", area=TOWN_A, owes=("fever_clinic=daily@17:00",), *, at=NOW, **more):
    """Register a unit; returns its id."""
    from fireline.actions import reporting_units
    from fireline.store.actor import COMMAND_LINE

    values = {"contract": contract(), "active_from": SINCE, **more}
    return reporting_units.add_unit(
        by=COMMAND_LINE, at=at, name=name, kind=kind, area_code=area, owes=list(owes), **values
    )


def pharmacy():
    return unit(PHARMACY, "pharmacy", TOWN_B, ("antipyretic_sales=daily@10:00+1",))


def school():
    return unit(SCHOOL, "school", TOWN_A, ("school_absence=weekdays@10:00,total",))


def reporter(name="rita", of=CLINIC, password=None):
    """The reporter of a unit, as an actor."""
    from fireline.actions import accounts
    from fireline.store.actor import COMMAND_LINE, actor_of
    from fireline.store.models import User

    if not User.objects.filter(username=name).exists():
        accounts.create_user(
            by=COMMAND_LINE, at=NOW, username=name, role="reporter", reporting_unit=of, password=password
        )
    return actor_of(User.objects.get(username=name))


def row(n=3, day=TODAY, stream="fever_clinic", **more):
    return {"stream": stream, "date": day.isoformat(), "count": n, **more}


def send(by, *rows, at=NOW, key=None, **more):
    """Take a report in; returns the receipt."""
    from fireline.actions.reporting import take_in_counts

    return take_in_counts(by=by, at=at, key=key or f"key-{next(_KEYS):06d}", rows=list(rows), **more)


def counts(outbreak=None):
    """The sums of the routine dossier: (stream, area, day) -> (count, denominator)."""
    from fireline.store.models import Count
    from fireline.store.reporting import routine_dossier

    where = outbreak or routine_dossier().pk
    return {
        (c.stream, c.area_code, c.date): (c.count, c.denominator)
        for c in Count.objects.filter(outbreak_id=where)
    }


def entry(seen_at=NOW, sampled_at=None, **more):
    """One fever patient."""
    from fireline.feeds.reporting.fever import FeverEntry

    values = {
        "age_band": "25-44",
        "sex": "female",
        "temperature_c": 38.6,
        "symptoms": ("cough",),
        "flags": (),
    }
    return FeverEntry(seen_at=seen_at, sampled_at=sampled_at, **{**values, **more})


def fever(by, *, at=NOW, key=None, **more):
    """Report one fever patient; returns the report's id."""
    from fireline.actions.fever import report_fever

    return report_fever(
        by=by, at=at, key=key or f"fever-{next(_KEYS):06d}", entry=entry(**{"seen_at": at, **more})
    )


__all__ = ["CLINIC", "COUNTY", "NOW", "PHARMACY", "SCHOOL", "SINCE", "TODAY", "TOWN_A", "TOWN_B"]
