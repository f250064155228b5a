"""The report's part on ways to draw a zone: two-tier first, modelled coverage named, rules said once."""

from __future__ import annotations

from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from tests.factories import zoned
from tests.unit.zones.zones_world import ZONE_RULES, rule

from fireline.pipeline.report.parts import Tongue
from fireline.pipeline.report.response import zones as section
from fireline.pipeline.report.zoning import ways


def story(found, lang):
    drawn, study = found
    return SimpleNamespace(
        t=Tongue(lang, ZoneInfo("Asia/Shanghai")), results=SimpleNamespace(zones=drawn, zoning=study)
    )


@pytest.fixture(scope="module")
def found():
    return zoned.drawn()


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", ["A two-tier rule", "not measured and not a promise", "sealing by ex-pack/zone.define/sealed/EX",
                "size of units by ex-pack/zone.unit/sealed/EX", "Proven gap"]),
        ("zh", ["A 双层规则", "不是实测，也不是保证", "封控依据 ex-pack/zone.define/sealed/EX", "最优间隙"]),
    ],
)  # fmt: skip
def test_candidates_stand_side_by_side_with_what_allows_them(found, lang, said):
    html = section(story(found, lang))
    for text in said:
        assert text in html
    assert html.count("<tr") >= 3 + len(found[1].options)
    assert f'id="zone-curve-{lang}-t"' in html


def test_where_the_rule_allows_one_level_only_it_says_which_is_not_allowed():
    html = ways(story(zoned.drawn(None, ZONE_RULES[1], ZONE_RULES[4]), "en"))
    assert "no rule allows sealing" in html


def test_without_a_rule_the_measures_that_are_allowed_are_named():
    html = section(story(zoned.drawn(None, rule("measure", "close", {"place": "home", "days": 7})), "en"))
    assert "No zones" in html and "measures for people" in html
    assert "modelled" not in html.lower()
