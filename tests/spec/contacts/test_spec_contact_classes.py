"""Which class a contact has, as a table: one line per rule set and way in which the pair is known."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
from tests.factories.text_tables import lines
from tests.unit.contacts.contact_worlds import case, records, visit

from fireline.contacts import find
from fireline.contacts.tables import CLASSES
from fireline.contacts.windows import RuleBook
from fireline.policy import At, load_library

LIBRARY = load_library()
TABLE = lines(__file__, "classes")
MET = re.compile(r"met (?P<kind>\w+) (?P<minutes>\d+) min ?(?P<more>.*)")
SEATS = {"same seat zone": ("A", "A"), "other seat zone": ("A", "B")}


def world_of(how: str, *, day: date, disease: str):
    """One case and one other person who are known to each other in the way that the line says."""
    onset = (day - timedelta(days=1)).isoformat()
    index = case(
        "C1",
        onset,
        disease=disease,
        reported_at=f"{day} 08:00",
        isolated_at=f"{day} 10:00",
        area_code=None,
    )
    tables = {"cases": [index]}
    if how == "household":
        tables["persons"] = [{"person_key": p, "household_id": "H"} for p in ("PC1", "PA")]
    elif how == "named":
        tables["links"] = [{"from_case": "C1", "to_person": "PA", "kind": "contact"}]
    elif how == "manifest":
        trip = {"pocket": "flight", "conveyance": "MU5101", "arrives_at": f"{onset} 12:00"}
        tables["arrivals"] = [trip | {"arrival_id": p, "person_key": p} for p in ("PC1", "PA")]
    else:
        met = MET.fullmatch(how)
        assert met, how
        kind, more = met["kind"], met["more"]
        seats = SEATS.get(more, (None, None))
        begin = datetime.fromisoformat(f"{onset} 08:00")
        end = begin + timedelta(minutes=int(met["minutes"]))
        stay = (onset, None) if more == "dates only" else (f"{begin:%Y-%m-%d %H:%M}", f"{end:%Y-%m-%d %H:%M}")
        tables["visits"] = [visit(p, "x", *stay, seat=s) for p, s in zip(("PC1", "PA"), seats, strict=True)]
        tables["places"] = [{"place_id": "x", "name": "x", "kind": kind}]
    return records(**tables)


@pytest.mark.parametrize("line", TABLE, ids=" ".join)
def test_class_of_a_contact(line):
    written, area, disease, how, expected, search = line
    day = date.fromisoformat(written)
    rules = At(LIBRARY, disease, area, day)
    at = datetime.combine(day + timedelta(days=1), time(), UTC)
    found = find(world_of(how, day=day, disease=disease), rules, at=at).found
    assert found.get_column("class").to_list() == ([] if expected == "-" else [expected])
    assert RuleBook(rules).is_search_allowed(day) == (search == "yes")
    for row in found.iter_rows(named=True):
        assert (row["case_id"], row["person_key"]) == ("C1", "PA")
        # a class is never given without the rule that gives it
        assert row["rule_id"] or row["class"] == "unclassified"


def test_the_table_covers_every_disease_and_class_but_those_that_need_a_second_step():
    assert {line[4] for line in TABLE} >= set(CLASSES) - {"secondary", "companion"} | {"-"}
    with_class_rule = {r.disease for r in LIBRARY.rules if r.concept == "contact.class"}
    not_shown = with_class_rule - {line[2] for line in TABLE}
    assert not_shown <= {"ebola"}  # its look-back pack holds no search that dates of today could ask for
