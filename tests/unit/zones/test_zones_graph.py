"""Neighbourhood, rings, gates and counties of units, against plain walks."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from fireline.errors import PolicyError
from fireline.zones.explain import LEVEL_WORDS, concepts_with_words, how_words, inside, outside
from fireline.zones.graph import Neighbours, border_gates, component_labels, county_of
from fireline.zones.model import UNIT_KINDS, allowed_rank, unit_rank

SCHEMA = {"unit_a": pl.String, "unit_b": pl.String, "gates": pl.Int64}
AREAS = {"area_code": pl.String, "parent_code": pl.String, "level": pl.String}


def neighbours(*rows, n: int = 6) -> Neighbours:
    return Neighbours.of(pl.DataFrame(rows, schema=SCHEMA, orient="row"), {f"U{i}": i for i in range(n)})


def walk(pairs: set[tuple[int, int]], mask: list[bool]) -> list[int]:
    """Smallest index reachable inside the mask, by walking."""
    labels = []
    for start, is_in in enumerate(mask):
        if not is_in:
            labels.append(-1)
            continue
        seen, todo = {start}, [start]
        while todo:
            at = todo.pop()
            near = {b for a, b in pairs if a == at} | {a for a, b in pairs if b == at}
            for other in near - seen:
                if mask[other]:
                    seen.add(other)
                    todo.append(other)
        labels.append(min(seen))
    return labels


@pytest.mark.parametrize("seed", range(20))
def test_rings_and_borders_agree_with_a_walk(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 12))
    pairs = {tuple(sorted(map(int, p))) for p in rng.integers(0, n, (n, 2)) if p[0] != p[1]}
    found = neighbours(*((f"U{a}", f"U{b}", 1) for a, b in sorted(pairs)), n=n)
    mask = rng.random(n) < 0.6
    assert component_labels(found, mask).tolist() == walk(pairs, mask.tolist())
    near = [any((mask[a] and b == i) or (mask[b] and a == i) for a, b in pairs) for i in range(n)]
    assert found.around(mask).tolist() == near
    for i in range(n):
        assert found.of_unit(i) == sorted({b for a, b in pairs if a == i} | {a for a, b in pairs if b == i})


def test_borders_count_once_with_the_larger_number_of_gates():
    found = neighbours(("U0", "U1", 2), ("U1", "U0", 5), ("U1", "U1", 3), ("U1", "U9", 1), ("U2", "U1", None))
    assert list(zip(found.a.tolist(), found.b.tolist(), found.gates, strict=True)) == [
        (0, 1, 5),
        (1, 2, None),
    ]


def test_gates_belong_to_the_stricter_side():
    found = neighbours(("U0", "U1", 2), ("U1", "U2", 3), ("U2", "U3", 4), ("U3", "U4", 1), n=5)
    table = border_gates(
        found, ["sealed", "sealed", "managed", "precaution", None], [f"U{i}" for i in range(5)]
    )
    assert table.rows() == [("sealed", "U1", "U2", 3), ("managed", "U2", "U3", 4)]


def test_counties_follow_the_parents_else_the_area_asked_for():
    areas = pl.DataFrame(
        [("T1", "K1", "town"), ("K1", "S1", "county"), ("T2", "T3", "town"), ("T3", "T2", "town")],
        schema=AREAS,
        orient="row",
    )
    units = pl.DataFrame({"area_code": ["T1", "K1", "T2", "EX-01-3", "X"]})
    assert county_of(units, areas, "EX-01").tolist() == ["K1", "K1", "T2", "EX-01", "X"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("compound_or_village", "village"),
        ("household<=building", "building"),
        ("block", "street_block"),
        ("Street Block", "street_block"),
        ("township|unit", "street"),
    ],
)
def test_the_largest_kind_a_rule_names_is_allowed(text, kind):
    assert UNIT_KINDS[allowed_rank(text)] == kind


@pytest.mark.parametrize("text", ["", "castle", "compound_or_castle"])
def test_unknown_kinds_are_refused(text):
    with pytest.raises(PolicyError, match="mend the pack"):
        allowed_rank(text)
    assert unit_rank("castle") is None


def test_sentences_name_who_and_by_which_rule():
    words = inside("sealed", rule_id="r/1", home_of=["C1", "C2", "C3", "C4"], too_large="compound")
    assert (
        "C1, C2, C3 and 1 more" in words.en and "by r/1; larger than the rule allows (compound)" in words.en
    )
    assert "等 4 个" in words.zh and "封控区" in words.zh
    assert "rest of the county" in inside("precaution", rule_id="r").en
    both = inside("managed", rule_id="r", visited_by=["C1"], next_to=["U1"])
    assert "visited by case C1" in both.en and "next to the cases' unit U1" in both.en


def test_sentences_of_what_is_left_out():
    assert "8 days old and the rule asks for 7" in outside(last_case_days=8, lift_days=7).en
    assert "no case lives here" in outside().en
    assert how_words("nearest", 12.4).en.endswith("12 m away") and how_words("same_id", None).zh
    assert set(LEVEL_WORDS) == {"sealed", "managed", "precaution"} and "measure" in concepts_with_words()
