"""The study of a run: the rule's ring first, one count for all, needs, what-if, packing, order text."""

from __future__ import annotations

import numpy as np
import pytest
from tests.factories import zoned
from tests.unit.zones.zones_world import ZONE_RULES, rule

from fireline.errors import InputError, StorageError
from fireline.pipeline.zoning.model import WhatIf
from fireline.pipeline.zoning.needs import keeping
from fireline.pipeline.zoning.order import DRAFT, order_of
from fireline.pipeline.zoning.pack import pack, unpack
from fireline.pipeline.zoning.study import answer, count, coverage_range, risk_of
from fireline.pipeline.zoning.tables import SCHEMAS, tables
from fireline.pipeline.zoning.words import faults_of, name_of
from fireline.words import Words
from fireline.zones.candidates import Candidate
from fireline.zones.ground import LEVEL_CODES

SEALED, MANAGED = LEVEL_CODES["sealed"], LEVEL_CODES["managed"]


@pytest.fixture(scope="module")
def made():
    return zoned.drawn()


@pytest.fixture(scope="module")
def study(made):
    return made[1]


def test_the_rules_own_ring_stands_first_unit_by_unit(made):
    zones, study = made
    own = study.options[0]
    assert own.candidate.name == "two_tier"
    ids = study.question.ground.ids
    for level in ("sealed", "managed"):
        said = set(zones.levels.filter(zones.levels["level"] == level)["unit_id"].to_list())
        assert {ids[i] for i in np.flatnonzero(own.candidate.level == LEVEL_CODES[level])} == said
    assert own.figures.sealed_people == sum(
        p for u, p in zip(ids, study.question.ground.population, strict=True) if u in zoned.HOMES
    )
    assert own.figures.is_allowed
    assert (own.figures.sealed_rule, own.figures.managed_rule) == (
        "ex-pack/zone.define/sealed/EX",
        "ex-pack/zone.define/managed/EX",
    )


def test_all_ways_stand_beside_it_and_reach_what_it_covers(study):
    names = [o.candidate.name for o in study.options]
    assert names[:4] == ["two_tier", "two_tier_township", "threshold", "optimum"]
    assert {"township", "radius_500_m"} <= set(names)
    own, threshold, best = (study.option(n) for n in ("two_tier", "threshold", "optimum"))
    assert best.candidate.gap is not None and best.candidate.gap <= 0.005
    for other in (threshold, best):
        assert other.figures.coverage >= own.figures.coverage - 1e-9
        assert other.figures.weighted_person_days <= own.figures.weighted_person_days


def test_the_interval_of_coverage_holds_its_mean_and_is_that_of_the_draws(study):
    risk, effect = risk_of(study.question), study.question.effect
    for o in study.options:
        assert 0 <= o.low <= o.high <= 1
        prevents = np.select(
            [o.candidate.level == SEALED, o.candidate.level == MANAGED], [effect.sealed, effect.managed], 0.0
        )
        shares = [(d * prevents).sum() / d.sum() for d in risk.draws]
        assert o.low == pytest.approx(np.quantile(shares, 0.05))
        assert o.high == pytest.approx(np.quantile(shares, 0.95))


def test_coverage_without_any_risk_has_no_interval(study):
    risk = risk_of(study.question)
    still = type(risk)(
        *([np.zeros(risk.mean.shape)] * 8), np.zeros(risk.draws.shape), risk.case_units, risk.visited_units
    )
    assert coverage_range(still, study.options[0].candidate.level, study.question.effect) == (None, None)


def test_the_curve_rises(study):
    assert len(study.curve) >= 5
    costs = [p.weighted_person_days for p in study.curve]
    shares = [p.coverage for p in study.curve]
    assert costs == sorted(costs)
    assert shares == sorted(shares)
    assert all(p.low <= p.high for p in study.curve)


def test_without_a_rule_there_are_no_candidates_but_the_measures_that_are_allowed():
    keep = rule("measure", "close", {"place": "home", "days": 7})
    zones, study = zoned.drawn(None, keep)
    assert zones.levels.is_empty()
    assert not study.is_drawn and study.question is None
    said = " ".join(n.en for n in study.notes)
    assert "no rule for exercise-x is in force" in said
    assert "measures for people" in said
    assert all(frame.is_empty() for frame in tables(study).values())
    assert pack(study) == b""


def test_a_rule_for_the_managed_area_only_seals_nothing():
    _, study = zoned.drawn(None, ZONE_RULES[1], ZONE_RULES[4])
    for o in study.options:
        assert o.figures.sealed_units == 0, o.candidate.name


def test_hospitals_are_never_restricted_by_a_candidate_and_the_rules_ring_says_so():
    zones, study = zoned.drawn(zoned.county(kinds={"U24": "hospital"}))
    place = study.question.ground.ids.index("U24")
    assert study.question.ground.is_exception[place]
    for o in study.options[1:]:
        assert o.candidate.level[place] == 0, o.candidate.name
    own = study.options[0]
    if own.candidate.level[place]:
        assert any("U24" in w.en for w in faults_of(own, study.question.ground.ids))


def test_tables_say_what_the_study_says(study):
    found = tables(study)
    assert set(found) == set(SCHEMAS)
    compare = found["zone_compare"]
    assert compare["candidate"].to_list() == [o.candidate.name for o in study.options]
    assert compare["is_default"].to_list() == [True] + [False] * (compare.height - 1)
    own = found["zone_levels"].filter(found["zone_levels"]["candidate"] == "two_tier")
    assert own.height == int((study.options[0].candidate.level > 1).sum())
    assert found["zone_risk"]["modelled_risk"].sum() == pytest.approx(study.risk.total)
    assert found["zone_curve"].height == len(study.curve)


def test_a_study_packs_to_the_same_bytes_and_counts_the_same_after(study):
    data = pack(study)
    back = unpack(data)
    assert pack(back) == data
    assert back.risk is None
    assert [o.figures for o in back.options] == [o.figures for o in study.options]
    for old, new in zip(study.options, back.options, strict=True):
        again = count(back.question, risk_of(back.question), new.candidate, back.question.effect)
        assert again.figures == old.figures
        assert (again.low, again.high) == (old.low, old.high)


@pytest.mark.parametrize("spoil", [lambda d: d[:-40], lambda d: b"", lambda d: b"PK" + d[2:500]])
def test_a_damaged_pack_says_what_to_do(study, spoil):
    with pytest.raises(StorageError, match="run the outbreak's analysis again"):
        unpack(spoil(pack(study)))


def test_what_if_moves_the_risk_and_the_others_but_not_the_rules_ring(study):
    q = study.question
    for change in (WhatIf(recall=0.3), WhatIf(delay=8.0), WhatIf(compliance=0.5)):
        under = answer(q, what_if=change)
        assert np.array_equal(under.options[0].candidate.level, study.options[0].candidate.level)
        assert under.options[0].figures.coverage != study.options[0].figures.coverage
        assert under.options[0].figures.sealed_people == study.options[0].figures.sealed_people
    half = answer(q, what_if=WhatIf(compliance=0.5)).options[0].figures
    assert half.coverage == pytest.approx(study.options[0].figures.coverage / 2)
    late, soon = (answer(q, what_if=WhatIf(delay=d)).risk.total for d in (8.0, 1.0))
    assert late > soon


def test_what_there_is_says_which_rings_can_be_kept(study):
    q = study.question
    needed = study.options[0].figures
    assert needed.is_staffed is None and needed.is_supplied is None  # nobody said what there is
    enough = answer(q, what_if=WhatIf(staff=needed.staff, supply=needed.sealed_households)).options[0].figures
    assert (enough.is_staffed, enough.is_supplied) == (True, True)
    under = answer(q, what_if=WhatIf(staff=needed.staff - 1, supply=needed.sealed_households - 1))
    said = " ".join(w.en for w in faults_of(under.options[0], q.ground.ids))
    assert "More staff than there is" in said and "More sealed households than can be served" in said
    row = tables(under)["zone_compare"].row(0, named=True)
    assert (row["is_staffed"], row["is_supplied"]) == (False, False)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"recall": 0.01}, "recall"),
        ({"delay": 99.0}, "delay"),
        ({"compliance": 0.0}, "compliance"),
        ({"staff": -1.0}, "staff"),
    ],
)
def test_an_assumption_out_of_bounds_is_refused_by_name(change, named):
    with pytest.raises(InputError, match=f"what-if {named}: found .*; allowed"):
        WhatIf(**change)


def test_needs_are_counts_of_the_ring_and_unknown_where_nobody_is_marked(study):
    own = keeping(study.question, study.options[0])
    assert (own.dialysis, own.pregnant, own.alone) == (1, 0, 1)
    assert 0 < own.listed_share < 0.1
    assert own.rounds == 2 * -(-own.sealed_households // 40)
    assert own.gates_unknown in (0, 1)
    _, unmarked = zoned.drawn(zoned.county(groups=(None, None, None)))
    none = keeping(unmarked.question, unmarked.options[0])
    assert (none.dialysis, none.pregnant, none.alone) == (None, None, None)


def test_a_moved_ring_is_counted_and_its_faults_are_named(study):
    q = study.question
    level = study.options[0].candidate.level.copy()
    level[q.ground.ids.index("U53")] = MANAGED
    lonely = count(q, risk_of(q), Candidate("moved", level, Words.same("m")), q.effect)
    before = study.options[0].figures
    assert lonely.figures.managed_people == before.managed_people + 430
    assert not lonely.figures.is_allowed
    assert any("no unit where a case lives" in w.en for w in faults_of(lonely, q.ground.ids))


def test_units_larger_than_the_rule_need_a_reason():
    _, study = zoned.drawn(zoned.county(kinds={"U14": "street"}))
    own = study.options[0]
    said = faults_of(own, study.question.ground.ids)
    assert own.figures.needs_reason
    assert any("U14" in w.en and "sign a reason" in w.en for w in said)


def test_the_order_is_a_draft_with_extent_needs_basis_and_annex(study):
    text = order_of(
        study.question,
        study.options[0],
        area=Words("某县", "a county"),
        disease=Words("某病", "a disease"),
        as_of=Words.same("2026-06-20 12:00"),
        measures={"sealed": "stay home"},
        lifting=[Words("最早 6 月 27 日", "not before 27 June")],
    )
    assert text.status == DRAFT
    assert "某县" in text.title.zh and "a county" in text.title.en
    lines = [line.en for block in text.blocks for line in block.lines]
    assert any(line.startswith("3 units, ") for line in lines)
    assert any("What the rule asks for: stay home" in line for line in lines)
    assert any("dialysis 1, pregnant 0, living alone 1" in line for line in lines)
    assert "not before 27 June" in lines
    assert any("Modelled coverage" in line and "not a promise" in line for line in lines)
    assert [a.level for a in text.annexes] == ["sealed", "managed"]
    assert [u for u, _ in text.annexes[0].units] == sorted(zoned.HOMES)


def test_the_order_of_nothing_says_nothing_is_restricted(study):
    q = study.question
    empty = count(
        q, risk_of(q), Candidate("moved", np.zeros(q.ground.n, dtype=np.int8), Words.same("m")), q.effect
    )
    text = order_of(q, empty, area=Words.same("a"), disease=Words.same("d"), as_of=Words.same("t"))
    assert text.blocks[0].lines[0].en == "No unit is restricted."
    assert text.annexes == ()


def test_names_of_candidates():
    assert name_of("radius_800_m") == Words("800 米圈", "circle of 800 m")
    assert name_of("optimum").en == "optimum"
    assert name_of("new_way").en == "new_way"
