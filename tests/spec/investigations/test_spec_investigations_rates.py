"""Attack rates, intervals and ratios against figures worked by hand or published, as tables."""

from __future__ import annotations

from math import exp, inf, log, sqrt

import pytest
from tests.factories.text_tables import lines

from fireline.investigations.attack import answer
from fireline.investigations.ratios import share, two_by_two

TABLES = lines(__file__, "two_by_two")


def as_written(found, written):
    """Compare to the places the table is written to; an empty cell there says nothing."""
    if written == "inf":
        assert found == inf
    elif written:
        assert found == pytest.approx(float(written), abs=0.6 * 10 ** -_places(written))


def _places(text):
    return len(text.partition(".")[2]) or 4


@pytest.mark.parametrize("line", TABLES, ids=" ".join)
def test_two_by_two(line):
    a, b, c, d = (int(x) for x in line[:4])
    found = two_by_two(a, b, c, d)
    for value, written in zip(
        (
            found.exposed.rate,
            found.unexposed.rate,
            found.risk_ratio,
            found.risk_low,
            found.risk_high,
            found.odds_ratio,
            found.p,
        ),
        line[4:11],
        strict=True,
    ):
        as_written(value, written)
    if not (a + b and c + d):
        assert found.risk_ratio is None and found.p is None and found.odds_ratio is None


@pytest.mark.parametrize("line", TABLES, ids=" ".join)
def test_katz_interval_from_its_definition(line):
    a, b, c, d = (int(x) for x in line[:4])
    if min(a, b, c, d) == 0:
        return
    found = two_by_two(a, b, c, d)
    ratio = (a / (a + b)) / (c / (c + d))
    spread = 1.959964 * sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))
    assert found.risk_low == pytest.approx(exp(log(ratio) - spread), rel=1e-5)
    assert found.risk_high == pytest.approx(exp(log(ratio) + spread), rel=1e-5)


@pytest.mark.parametrize("line", TABLES, ids=" ".join)
def test_swapping_exposed_and_unexposed_turns_every_ratio_round(line):
    a, b, c, d = (int(x) for x in line[:4])
    one, other = two_by_two(a, b, c, d), two_by_two(c, d, a, b)
    assert one.p == pytest.approx(other.p) if one.p is not None else other.p is None
    if one.odds_ratio not in (None, 0.0, inf):
        assert one.odds_ratio * other.odds_ratio == pytest.approx(1)
        assert one.odds_low * other.odds_high == pytest.approx(1)
    if one.risk_ratio not in (None, 0.0, inf):
        assert one.risk_ratio * other.risk_ratio == pytest.approx(1)


@pytest.mark.parametrize("line", lines(__file__, "shares"), ids=" ".join)
def test_exact_interval(line):
    found = share(int(line[0]), int(line[1]))
    if not line[2]:
        assert (found.rate, found.low, found.high) == (None, None, None)
        return
    for value, written in zip((found.rate, found.low, found.high), line[2:5], strict=True):
        as_written(value, written)


@pytest.mark.parametrize("line", lines(__file__, "answers"), ids=" ".join)
def test_answer(line):
    written, expected, amount = line
    assert answer(written or None) == (expected, float(amount) if amount else None)
    assert answer(f"  {written.upper()} ")[0] == expected
