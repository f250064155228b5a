"""Broken packs: each kind of fault raises one PolicyError that names the field."""

from __future__ import annotations

import pytest
from policy_texts import days, library, pack, rule

from fireline.errors import PolicyError
from fireline.policy import load_library, parse_pack, parse_profiles
from fireline.policy.library import MAX_PACK_CHARS

GOOD = pack("a")[1]


def _swap(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


MEASURE = (
    '{ anchor = "onset", day_zero = "next_day", phases = [{ place = "home", days = 5, tests = [1, 5] }] }'
)


def _measure(old: str, new: str) -> str:
    assert old in MEASURE
    return pack("a", rule(concept="measure", value=MEASURE.replace(old, new, 1)))[1]


def _tree(tree: str) -> str:
    return pack("a", rule(concept="contact.class", value=tree))[1]


BROKEN = {
    "not TOML": ("id = ", "not TOML"),
    "empty text": ("", "id"),
    "no id": (_swap('id = "a"\n', ""), "field id"),
    "bad id": (_swap('id = "a"', 'id = "A b"'), "field id"),
    "unknown kind": (_swap('"living"', '"alive"'), "field kind"),
    "no kind": (_swap('kind = "living"\n', ""), "field kind"),
    "no Chinese title": (_swap('title_zh = "测试"\n', ""), "field title_zh"),
    "empty English title": (_swap('"Test"', '" "'), "field title_en"),
    "bad jurisdiction": (_swap('jurisdiction = "CN"', 'jurisdiction = "china"'), "field jurisdiction"),
    "no beginning": (_swap("valid_from = 2021-01-01\n", ""), "field valid_from"),
    "beginning as text": (_swap("valid_from = 2021-01-01", 'valid_from = "2021-01-01"'), "field valid_from"),
    "beginning with a time": (_swap("= 2021-01-01", "= 2021-01-01T00:00:00Z"), "field valid_from"),
    "end before beginning": (pack("a", valid_to="2020-12-31")[1], "field valid_to"),
    "amends is text": (_swap("amends = []", 'amends = "v1"'), "field amends"),
    "unknown pack field": ('colour = "red"\n' + GOOD, "field colour"),
    "no rules": (GOOD[: GOOD.index("[[rule]]")], "field rule"),
    "rule is a table": (GOOD.replace("[[rule]]", "[rule]"), "field rule"),
    "retrospective without end": (pack("a", kind="retrospective")[1], "field valid_to"),
    "exercise outside EX": (pack("a", kind="exercise")[1], "field jurisdiction"),
    "living inside EX": (pack("a", jurisdiction="EX")[1], "field jurisdiction"),
    "unknown concept": (_swap('"contact.lookback"', '"lookback"'), "field concept"),
    "no concept": (_swap('concept = "contact.lookback"\n', ""), "field concept"),
    "unknown subject of a closed list": (_swap('"close"', '"closest"'), "field subject"),
    "subject with spaces": (pack("a", rule("a b", concept="deadline"))[1], "field subject"),
    "no disease": (_swap('disease = "measles"\n', ""), "field disease"),
    "disease in capitals": (_swap('"measles"', '"Measles"'), "field disease"),
    "rule outside the pack's place": (pack("a", rule(jurisdiction='"KR"'))[1], "field jurisdiction"),
    "rule before its pack": (pack("a", rule(valid_from="2020-01-01"))[1], "field valid_from"),
    "rule after its pack": (
        pack("a", rule(valid_to="2022-01-01"), valid_to="2021-12-31")[1],
        "field valid_to",
    ),
    "no confidence": (_swap('confidence = "V2"\n', ""), "field confidence"),
    "unknown confidence": (_swap('"V2"', '"V2-weak"'), "field confidence"),
    "no source": (_swap('source = { title = "T" }\n', ""), "field source"),
    "source without title": (_swap('{ title = "T" }', '{ doc_no = "1" }'), "field source.title"),
    "source with empty title": (_swap('{ title = "T" }', '{ title = "  " }'), "field source.title"),
    "unknown named source": (_swap('{ title = "T" }', '"v8"'), "field source"),
    "unknown source field": (_swap('{ title = "T" }', '{ title = "T", page = 3 }'), "field source.page"),
    "long quote": (
        _swap('{ title = "T" }', '{ title = "T", quote = "' + "x" * 61 + '" }'),
        "field source.quote",
    ),
    "address that is none": (
        _swap('{ title = "T" }', '{ title = "T", url = "javascript:x" }'),
        "field source.url",
    ),
    "no value": (_swap(f"value = {days(2)}", ""), "field value"),
    "empty value": (_swap(days(2), "{}"), "field value"),
    "value beside must_not": (_swap('"V2"', '"V2"\nmodality = "must_not"'), "field value"),
    "unknown modality": (_swap('"V2"', '"V2"\nmodality = "shall"'), "field modality"),
    "unknown strictness": (_swap('"V2"', '"V2"\nstrictness = "free"'), "field strictness"),
    "unknown state": (_swap('"V2"', '"V2"\nstate = "war"'), "field state"),
    "unknown transition": (_swap('"V2"', '"V2"\ntransition = "soon"'), "field transition"),
    "unknown rule field": (_swap('"V2"', '"V2"\nauthor = "x"'), "field author"),
    "expires_at as text": (_swap('"V2"', '"V2"\nexpires_at = "2022"'), "field expires_at"),
    "recorded_at as number": (_swap('"V2"', '"V2"\nrecorded_at = 2022'), "field recorded_at"),
    "id that is not the rule's": (_swap('"V2"', '"V2"\nid = "b/c/d/CN"'), "field id"),
    "the same rule twice": (pack("a", rule(), rule())[1], "field id"),
    "alternatives without conflict": (pack("a", rule(alternatives=f"[{days(4)}]"))[1], "field alternatives"),
    "bad alternative": (
        pack("a", rule(confidence="C", alternatives="[{ days = 4 }]"))[1],
        "field alternatives[0].anchor",
    ),
    "missing anchor": (_swap(days(2), "{ days = 2 }"), "field value.anchor"),
    "unknown anchor": (_swap('anchor = "onset"', 'anchor = "birth"'), "field value.anchor"),
    "days as text": (_swap("days = 2", 'days = "2"'), "field value.days"),
    "days below zero": (_swap("days = 2", "days = -2"), "field value.days"),
    "days as truth": (_swap("days = 2", "days = true"), "field value.days"),
    "unknown key in a value": (_swap("days = 2", "days = 2, weeks = 1"), "field value.weeks"),
    "measure without day zero": (_measure('day_zero = "next_day", ', ""), "field value.day_zero"),
    "unknown day zero": (_measure('"next_day"', '"today"'), "field value.day_zero"),
    "measure without phases": (
        _measure('[{ place = "home", days = 5, tests = [1, 5] }]', "[]"),
        "field value.phases",
    ),
    "unknown place": (_measure('"home"', '"hotel"'), "field value.phases[0].place"),
    "test days that fall": (_measure("[1, 5]", "[5, 1]"), "field value.phases[0].tests"),
    "test day that is a fraction": (_measure("[1, 5]", "[1.5]"), "field value.phases[0].tests[0]"),
    "tree with an unknown fact": (_tree('{ fact = "shoe_size", ge = 40 }'), "field value.fact"),
    "tree without comparison": (_tree('{ fact = "overlap_minutes" }'), "field value"),
    "tree with two joins": (
        _tree('{ any = [{ fact = "is_stated", eq = true }], all = [{ fact = "is_care", eq = true }] }'),
        "field value",
    ),
    "tree with an empty join": (_tree("{ any = [] }"), "field value.any"),
    "tree compared with text": (_tree('{ fact = "overlap_minutes", ge = "15" }'), "field value.ge"),
    "tree inside not": (_tree('{ not = { fact = "shoe_size", ge = 1 } }'), "field value.not.fact"),
    "exclusion in hours and days": (
        pack(
            "a", rule("case", concept="exclusion", value='{ hours = 72, days = 3, anchor = "symptom_end" }')
        )[1],
        "field value",
    ),
    "unknown moment": (
        pack("a", rule("x", concept="deadline", value='{ hours = 2, start = "birth", stop = "report" }'))[1],
        "field value.start",
    ),
    "threshold of nobody": (
        pack("a", rule("x", concept="threshold", value='{ count = 0, window_days = 7, unit = "county" }'))[1],
        "field value.count",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_packs_name_the_field(name: str) -> None:
    text, named = BROKEN[name]
    with pytest.raises(PolicyError) as caught:
        parse_pack("broken.toml", text)
    message = str(caught.value)
    assert named in message
    assert "broken.toml" in message
    assert "allowed" in message or "TOML" in message
    assert caught.value.exit_code == 12


def test_every_fault_of_a_pack_is_told_at_once() -> None:
    text = _swap('"V2"', '"X"').replace('"close"', '"closest"').replace("days = 2", "days = -2")
    with pytest.raises(PolicyError) as caught:
        parse_pack("x.toml", text)
    assert str(caught.value).count("found") == 3


def test_a_flood_of_faults_is_cut() -> None:
    many = pack("a", *(rule(str(i), concept="deadline", value="{}") for i in range(50)))[1]
    with pytest.raises(PolicyError, match=r"and \d+ more"):
        parse_pack("x.toml", many)


def test_a_pack_over_the_limit_is_refused() -> None:
    with pytest.raises(PolicyError, match="at most"):
        parse_pack("x.toml", "#" * (MAX_PACK_CHARS + 1))


def test_a_very_deep_text_is_refused_without_a_crash() -> None:
    with pytest.raises(PolicyError, match="not TOML"):
        parse_pack("x.toml", "a = " + "[" * 100_000)


def test_libraries_that_do_not_fit_together() -> None:
    with pytest.raises(PolicyError, match="found twice"):
        library(pack("a"), pack("a"))
    with pytest.raises(PolicyError, match="field amends: found 'nowhere'"):
        library(pack("a", amends='["nowhere"]'))
    with pytest.raises(PolicyError, match="circle"):
        library(pack("a", amends='["b"]'), pack("b", amends='["c"]'), pack("c", amends='["a"]'))
    with pytest.raises(PolicyError, match="circle"):
        library(pack("a", amends='["a"]'))
    with pytest.raises(PolicyError, match="superseded_by"):
        library(pack("a", rule(superseded_by='"b/c"')))
    with pytest.raises(PolicyError, match="found twice"):
        load_library([pack("cn-covid-v8")])


def test_a_users_pack_joins_the_built_in_ones() -> None:
    found = load_library([pack("county", rule(confidence="L"), jurisdiction="CN-411624", disease="mumps")])
    assert found.pack("county").rules[0].jurisdiction == "CN-411624"
    assert found.pack("cn-covid-v8")
    with pytest.raises(PolicyError, match="not in the library"):
        load_library().pack("county")


PROFILE = """
kind = "profiles"
[[profile]]
disease = "measles"
name_zh = "麻疹"
name_en = "Measles"
spread = "person"
incubation_days = [7, 12, 21]
facts.x = { value = 1, confidence = "K" }
"""


def test_a_users_profile_replaces_the_built_in_one() -> None:
    found = load_library([("mine.toml", PROFILE)]).profile("measles")
    assert found is not None and found.incubation_days == (7.0, 12.0, 21.0)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('disease = "measles"', 'disease = "Measles!"', "field disease"),
        ('name_zh = "麻疹"', "", "field name_zh"),
        ('"person"', '"air"', "field spread"),
        ("[7, 12, 21]", "[7, 12]", "field incubation_days"),
        ("[7, 12, 21]", "[21, 12, 7]", "field incubation_days"),
        ("[7, 12, 21]", '["a", 1, 2]', "field incubation_days"),
        ('confidence = "K"', 'confidence = "sure"', "field facts.x.confidence"),
        ("value = 1, ", "", "field facts.x.value"),
        ("facts.x = { value", "facts.y = 3\nfacts.x = { value", "field facts.y"),
        ("spread =", "speed = 1\nspread =", "field speed"),
        ("[[profile]]", "[[profiles]]", "field profile"),
    ],
)
def test_broken_profiles_name_the_field(old: str, new: str, named: str) -> None:
    assert old in PROFILE
    with pytest.raises(PolicyError, match=named.replace("[", r"\[")):
        parse_profiles("mine.toml", PROFILE.replace(old, new, 1))
