"""Seats of stays and manifests decide classes where a rule asks for rows or carriages."""

from __future__ import annotations

import pytest
from tests.unit.contacts.contact_worlds import AT, LOOKBACK, at_rules, case, pack, records, rule, visit

from fireline.contacts import find

SEATS = {"PC1": "05车12F", "PA": "5车 14A", "PB": "05车15A", "PD": "06车12F", "PE": None, "PF": "05车"}


def classes(found):
    return dict(zip(found.found["person_key"], found.found["class"], strict=True))


def train_of_visits():
    return records(
        cases=[case("C1", isolated_at="2021-12-13 10:00")],
        visits=[visit(p, "G1234", "2021-12-10 12:00", "2021-12-10 13:00", seat=s) for p, s in SEATS.items()],
    )


def train_of_arrivals():
    trip = {"pocket": "cross_region", "conveyance": "G1234", "arrives_at": "2021-12-09 10:00"}
    return records(
        cases=[case("C1", isolated_at="2021-12-13 10:00")],
        arrivals=[{"arrival_id": f"A{p}", "person_key": p, "seat": s} | trip for p, s in SEATS.items()],
    )


@pytest.mark.parametrize("world", [train_of_visits(), train_of_arrivals()], ids=["visits", "arrivals"])
def test_rows_and_carriages_of_a_train(world):
    general = rule(
        "contact.class",
        "general",
        'any = [{ fact = "overlap_minutes", gt = 0 }, { fact = "is_manifest", eq = true }]',
    )
    look = rule("contact.lookback", "close", LOOKBACK)
    two_rows = pack(look, rule("contact.class", "close", 'fact = "seat_rows_apart", le = 2'), general)
    assert classes(find(world, at_rules(two_rows), at=AT)) == {
        "PA": "close", "PB": "general", "PD": "general", "PE": "general", "PF": "general",
    }  # fmt: skip
    carriage = pack(look, rule("contact.class", "close", 'fact = "same_carriage", eq = true'), general)
    found = find(world, at_rules(carriage), at=AT)
    assert classes(found) == {
        "PA": "close", "PB": "close", "PD": "general", "PE": "general", "PF": "close",
    }  # fmt: skip
    assert "no longer holds: same carriage" in found.found["why_en"][0]


def test_a_person_who_changed_seats_is_judged_by_the_nearest():
    world = records(
        cases=[case("C1", isolated_at="2021-12-13 10:00")],
        visits=[
            visit("PC1", "hall", "2021-12-10 12:00", "2021-12-10 13:00", seat="3排5座"),
            visit("PA", "hall", "2021-12-10 12:00", "2021-12-10 12:30", seat="9排1座"),
            visit("PA", "hall", "2021-12-10 12:30", "2021-12-10 13:00", seat="4排1座"),
        ],
    )
    near = pack(
        rule("contact.lookback", "close", LOOKBACK),
        rule("contact.class", "close", 'fact = "seat_rows_apart", le = 1'),
    )
    assert classes(find(world, at_rules(near), at=AT)) == {"PA": "close"}
