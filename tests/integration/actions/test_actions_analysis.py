"""The real chapters over the stored records, twice: from files and from the database they say the same."""

from __future__ import annotations

import pytest
from tests.conftest import NOW
from tests.factories import people, worlds

from fireline.actions import analysis, definitions, outbreaks
from fireline.pipeline.chapters import run_chapters
from fireline.store import access, audit
from fireline.store.models import Case, Contact, Task

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_a_refresh_says_what_a_run_over_the_same_records_said(dora, home, library):
    records = worlds.records()
    results = run_chapters(records, library, disease="covid-19", area=people.COUNTY, at=NOW)
    pk = outbreaks.create_outbreak(by=dora, at=NOW, title="x", disease="covid-19", area_code=people.COUNTY)
    outbreaks.load_results(by=dora, at=NOW, outbreak=pk, results=results, home=home)

    def picture():
        return (
            list(
                Contact.objects.order_by("case_id", "person_key").values_list(
                    "case_id", "person_key", "contact_class", "rule_id"
                )
            ),
            list(
                Task.objects.order_by("task_id").values_list(
                    "task_id", "kind", "due_at", "is_open", "area_code"
                )
            ),
            list(
                Case.objects.order_by("case_id").values_list(
                    "case_id", "component", "generation", "n_contacts", "defined_as"
                )
            ),
            access.board(dora, outbreak=pk, at=NOW)["cases"],
            access.result_names(dora, outbreak=pk),
        )

    before = picture()
    assert before[0] and before[1]
    analysis.refresh(by=dora, at=NOW, outbreak=pk, library=library, home=home)
    assert picture() == before
    assert audit.verify().is_whole


def test_the_newest_saved_definition_classifies_the_cases(dora, home, library):
    records = worlds.records()
    results = run_chapters(records, library, disease="covid-19", area=people.COUNTY, at=NOW)
    pk = outbreaks.create_outbreak(by=dora, at=NOW, title="x", disease="covid-19", area_code=people.COUNTY)
    outbreaks.load_results(by=dora, at=NOW, outbreak=pk, results=results, home=home)

    def refreshed(body):
        definitions.save_version(by=dora, at=NOW, outbreak=pk, title="t", body=body)
        analysis.refresh(by=dora, at=NOW, outbreak=pk, library=library, home=home)
        return dict(Case.objects.order_by("case_id").values_list("case_id", "defined_as"))

    before = dict(Case.objects.order_by("case_id").values_list("case_id", "defined_as"))
    young = {"all": [{"fact": "age", "le": 25}]}
    found = refreshed({"form": {"symptoms": "x"}, "classes": {"probable": young}})
    assert found != before
    assert [found[f"C{i:04d}"] for i in (0, 5, 6, 11)] == ["probable", "probable", "discarded", "discarded"]
    local = {"form": {"symptoms": "x", "area_codes": worlds.TOWN_B}, "classes": {"probable": young}}
    assert refreshed(local)["C0001"] == "discarded"  # town A is outside the scope
    assert refreshed({"note": "no classes"}) == before  # a version without classes keeps the records' own
