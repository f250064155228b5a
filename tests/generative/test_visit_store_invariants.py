"""Batches, corrections and deletions by day in any order: the store answers like a list of rows.

The list is kept by plain loops from the definition: the union of the batches in force, cut off at the first
kept day; the index holds its exact stays, those of one person at one place and day that overlap made one.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import NOW
from tests.factories.movement import DAY, START, minutes, stays, visits

from fireline.contacts.index import VisitIndex
from fireline.contacts.search import contacts
from fireline.store.visits import VisitStore

pytestmark = [pytest.mark.django_db, pytest.mark.long]
D0 = date(2022, 6, 1)
BATCHES = ["a", "b", "c", "d"]
KEYS = ["p0", "p1", "p2", "p3"]
PLACES = ["q0", "q1"]


@st.composite
def rows(draw):
    out = []
    for _ in range(draw(st.integers(0, 5))):
        enter = draw(st.integers(0, 5)) * DAY + draw(st.sampled_from([0, 1, 600, 610, 720, DAY - 1]))
        stay = draw(st.sampled_from([0, 1, 10, 120, DAY, DAY + 800, 3 * DAY]))
        person, place = draw(st.sampled_from(KEYS)), draw(st.sampled_from(PLACES))
        kind = draw(st.sampled_from(["minute", "minute", "minute", "hour", "day", "open"]))
        if kind == "day":
            enter, stay = enter // DAY * DAY, stay // DAY * DAY
        out.append((person, place, enter, None if kind == "open" else enter + stay,
                    "minute" if kind == "open" else kind))  # fmt: skip
    return out


step = st.one_of(
    st.tuples(st.just("ingest"), st.sampled_from(BATCHES), rows(), st.none()),
    st.tuples(st.just("ingest"), st.sampled_from(BATCHES), rows(), st.sampled_from(BATCHES)),
    st.tuples(st.just("retain"), st.integers(0, 6)),
    st.tuples(st.just("rebuild")),
)


class Listed:
    """The store as a list of rows."""

    def __init__(self):
        self.seen, self.live, self.until = set(), {}, 0

    def ingest(self, batch, new, replaces):
        if batch in self.seen:
            return
        self.seen.add(batch)
        self.live.pop(replaces, None)
        self.live[batch] = self._cut(new)

    def retain(self, day):
        self.until = max(self.until, day)
        self.live = {batch: self._cut(held) for batch, held in self.live.items()}

    def _cut(self, held):
        edge, kept = self.until * DAY, set()
        for person, place, enter, leave, precision in held:
            if enter >= edge:
                kept.add((person, place, enter, leave, precision))
            elif leave is not None and (leave > edge or (precision == "day" and leave == edge)):
                kept.add((person, place, edge, leave, precision))
        return kept

    def rows(self):
        return {row for held in self.live.values() for row in held}

    def stays(self):
        found = []
        exact = sorted(r[:4] for r in self.rows() if r[4] != "day" and r[3] is not None and r[3] > r[2])
        for person, place, enter, leave in exact:
            if found:
                p, q, e, x = found[-1]
                if (p, q, e // DAY) == (person, place, enter // DAY) and enter <= x:
                    found[-1] = (p, q, e, max(x, leave))
                    continue
            found.append((person, place, enter, leave))
        return sorted(found)


def run(store, steps):
    model = Listed()
    for name, *rest in steps:
        if name == "retain":
            model.retain(rest[0])
            store.retain(D0 + timedelta(days=rest[0]))
        elif name == "rebuild":
            assert store.rebuild().n_changed == 0
        else:
            batch, new, replaces = rest
            wanted = replaces if replaces in model.live and batch not in model.seen else None
            done = store.ingest(visits(new), at=NOW, batch_id=batch, replaces=wanted or "")
            assert done.is_repeat == (batch in model.seen)
            before = {r for b, held in model.live.items() if b != wanted for r in held}
            model.ingest(batch, new, wanted)
            if not done.is_repeat:
                assert done.n_new == len(model.live[batch] - before)
    return model


@given(st.lists(step, min_size=1, max_size=7), st.integers(0, 6), st.integers(0, 3))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_store_answers_like_a_list_of_rows(home, steps, first, n_days):
    with transaction.atomic():
        store = VisitStore(home)
        model = run(store, steps)
        expected = sorted((*r[:3], -1 if r[3] is None else r[3], r[4]) for r in model.rows())
        assert minutes(store.read("visits")) == expected
        seen = store.snapshot()
        assert stays(seen) == model.stays()
        if model.until:
            assert set(seen.persons.table["key"]) >= {r[0] for r in model.stays()}
        _search_agrees(store, model, first, first + n_days)
        transaction.set_rollback(True)


def _search_agrees(store, model, first, last):
    """Contacts of everybody in a window of days: over the segments that the store gives, and over one index."""
    plain = model.stays()
    base = int(START.timestamp())
    one = VisitIndex.from_arrays(
        np.array([KEYS.index(r[0]) for r in plain], np.int64),
        np.array([PLACES.index(r[1]) for r in plain], np.int64),
        np.array([base + 60 * r[2] for r in plain], np.int64),
        np.array([base + 60 * r[3] for r in plain], np.int64),
    )
    low, high = base + first * DAY * 60, base + (last + 1) * DAY * 60
    seen = store.snapshot(D0 + timedelta(days=first), D0 + timedelta(days=last))
    known = seen.persons.find(KEYS)
    cases = [key for key in KEYS if key in known]
    got = contacts(seen.segments, np.array([known[k] for k in cases], np.int64), low, high, 60)
    want = contacts(one, np.array([KEYS.index(k) for k in cases], np.int64), low, high, 60)
    names = seen.persons.names(got.person_i)
    assert sorted(zip(got.case_i.tolist(), names, got.overlap_s.tolist(), got.episodes.tolist(), strict=True)) == (
        sorted(
            (c, KEYS[p], s, n)
            for c, p, s, n in zip(want.case_i.tolist(), want.person_i.tolist(), want.overlap_s.tolist(),
                                  want.episodes.tolist(), strict=True)
        )
    )  # fmt: skip
