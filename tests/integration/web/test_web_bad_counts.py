"""The same bad number by key and by file (the form: test_web_field): a fault, a gap in the sums, never a zero."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.factories import reporting as r
from tests.factories.reporting import NOW, TODAY, TOWN_A

from fireline.actions import imports, reporting
from fireline.store.models import Count, ImportFault

pytestmark = pytest.mark.django_db
AHEAD = TODAY + timedelta(days=2)
BAD = {
    "missing": ("", TODAY),
    "negative": ("-3", TODAY),
    "decimal": ("2.5", TODAY),
    "not a number": ("NaN", TODAY),
    "endless": ("1e999", TODAY),
    "a word": ("none", TODAY),
    "a day ahead": ("3", AHEAD),
}


@pytest.fixture
def rita(home):
    r.unit()
    return r.reporter()


def by_key(rita, text, day):
    value = float(text) if text in ("-3", "2.5", "3") else text or None
    row = {"stream": "fever_clinic", "date": day.isoformat(), "count": value}
    receipt = reporting.take_in_counts(by=rita, at=NOW, key="key-000001", rows=[row])
    assert receipt.n_kept == 0 and receipt.n_rejected == 1
    return [f.code.value for f in receipt.faults]


def by_file(dora, text, day):
    from fireline.store.reporting import routine_dossier

    lines = ["stream,area_code,date,count,denominator", f"fever_clinic,{TOWN_A},{day.isoformat()},{text},"]
    batch = imports.preview_import(
        by=dora,
        at=NOW,
        outbreak=routine_dossier().pk,
        name="counts.csv",
        data="\n".join([*lines, ""]).encode(),
    )
    imports.commit_import(by=dora, at=NOW, batch=batch)
    return list(ImportFault.objects.values_list("code", flat=True))


@pytest.mark.parametrize("what", BAD)
def test_by_key_and_by_file_it_is_a_fault_and_a_gap(rita, dora, what):
    assert by_key(rita, *BAD[what])
    assert r.counts() == {}
    assert by_file(dora, *BAD[what])
    assert r.counts() == {} and not Count.objects.exists()


def test_corrected_duplicated_and_contradicting_rows(rita):
    r.send(rita, r.row(3))
    assert r.send(rita, r.row(3), r.row(3)).n_same == 1
    twice = r.send(rita, r.row(5), r.row(6))  # which is right is for the sender to say
    assert twice.n_kept == 0 and {f.code.value for f in twice.faults} == {"contradiction"}
    assert r.counts()["fever_clinic", TOWN_A, TODAY] == (3.0, None)
    r.send(rita, r.row(8))
    assert r.counts()["fever_clinic", TOWN_A, TODAY] == (8.0, None)
    r.send(rita, {"stream": "fever_clinic", "date": TODAY.isoformat(), "withdraw": True})
    assert r.counts() == {}, "what was taken back is a gap"
    assert r.send(rita, r.row(0)).n_kept == 1
    assert r.counts()["fever_clinic", TOWN_A, TODAY] == (0.0, None), "a zero that was said is one"


def test_a_sender_whose_clock_is_ahead_is_told_and_its_tomorrow_refused(rita):
    receipt = r.send(rita, r.row(3), r.row(2, AHEAD), sent_at=NOW + timedelta(days=2))
    assert receipt.is_clock_off and receipt.skew_s == 2 * 86_400
    assert receipt.n_kept == 1 and [f.row for f in receipt.faults] == [2]
    assert list(r.counts()) == [("fever_clinic", TOWN_A, TODAY)]
