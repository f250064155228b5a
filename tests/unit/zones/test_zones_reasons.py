"""One sentence per unit says why it is in or out, in both languages, from the parts of its risk."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.zones.zones_grid import ground, line, risk

from fireline.words import Words
from fireline.zones.candidates.model import Candidate, Limits
from fireline.zones.candidates.reasons import PART_WORDS, largest_parts, reasons
from fireline.zones.candidates.terms import MANAGED, SEALED


def said(level, g, r, limits=None):
    candidate = Candidate("x", np.array(level, np.int8), Words.same("x"))
    return reasons(g, r, candidate, limits or Limits())


def test_every_unit_has_a_sentence_in_both_languages():
    g, r = line(4), risk([3, 2, 1, 0.0], cases=[0], visited=[1])
    found = said([3, 2, 0, 0], g, r)
    assert len(found) == 4
    assert found[0].en.startswith("In the sealed area: a case lives here; ")
    assert found[1].en.startswith("In the managed area: a case was here while infectious; ")
    assert "modelled to cause 3 onward infections (1.5 to 4.5), rank 1 of 4 units" in found[0].en
    assert "模型估计" in found[0].zh and "排第 1" in found[0].zh
    assert found[2].en.startswith("Not in a zone: modelled") and "10 per 1,000 residents" in found[2].en
    assert found[3].en == "Not in a zone: no risk is modelled here."


@pytest.mark.parametrize("part", list(PART_WORDS))
def test_the_largest_part_is_named(part):
    n = 3
    parts = {name: [0.1] * n for name in PART_WORDS} | {part: [2.0] * n}
    r = risk([2.4] * n, cases=[], visited=[], parts=parts)
    assert largest_parts(r, 1) == (part,)
    found = said([2, 2, 2], line(n), r, Limits(needs_case=False))[1]
    assert PART_WORDS[part].en in found.en and PART_WORDS[part].zh in found.zh
    assert not [w for name, w in PART_WORDS.items() if name != part and w.en in found.en]


def test_parts_of_equal_size_are_all_named_and_none_where_there_is_no_risk():
    r = risk([1.0], parts={"home": [0.5], "next": [0.5]})
    assert set(largest_parts(r, 0)) == {"home", "next"}
    assert largest_parts(risk([0.0]), 0) == ()


def test_a_unit_without_risk_of_its_own_links_the_zone():
    found = said([3, 2, 3], line(3), risk([1, 0, 1.0], cases=[0, 2]))
    assert "links the zone or saves gates" in found[1].en and "连片" in found[1].zh


def test_exceptions_and_units_without_people_or_way_say_so():
    g = line(5, exceptions=[2], people=[100, 0, 100, 100, 100])
    found = said([3, 0, 0, 0, 0], g, risk([1, 1, 1, 1, 0.0], cases=[0]))
    assert "no residents" in found[1].en and "declared exception" in found[2].en
    assert "nothing links it to a case" in found[3].en and "没有可连到病例" in found[3].zh
    free = said([3, 0, 0, 0, 0], g, risk([1, 1, 1, 1, 0.0], cases=[0]), Limits(needs_case=False))
    assert "per 1,000 residents" in free[3].en


def test_a_unit_larger_than_the_rule_needs_a_signed_reason():
    g = ground([(0, 1)], 2, kind=[7, 7])
    sealed, managed = said([SEALED, MANAGED], g, risk([1, 1.0]), Limits(largest_rank=5))
    assert "larger than the village" in sealed.en and "签字" in sealed.zh
    assert "signed" not in managed.en
