"""The canonical tables, their reference page, and the other words for their columns and codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from fireline.feeds.mapping import read_mapping
from fireline.feeds.render import render_tables
from fireline.feeds.synonyms import CODES, DEVICE_COLUMNS, HEADERS, TRUTH, plain
from fireline.feeds.tables import TABLES, Kind

ROOT = Path(__file__).resolve().parents[3]


def test_every_key_column_exists() -> None:
    for table in TABLES.values():
        assert set(table.key) <= set(table.by_name)


def test_every_column_and_code_is_on_the_page() -> None:
    page = render_tables()
    for table in TABLES.values():
        section = page.split(f"\n## {table.name}\n")[1].split("\n## ")[0]
        for column in table.columns:
            (line,) = [row for row in section.splitlines() if row.startswith(f"| `{column.name}` |")]
            assert ("required" in line) == column.required
            assert ("identity" in line) == column.identity
            assert all(f"`{code}`" in line for code in column.codes)


def test_the_page_says_ranges() -> None:
    page = render_tables({"persons": TABLES["persons"], "counts": TABLES["counts"]})
    assert "| `age` | number, 0 to 130 |" in page
    assert "| `count` | number, at least 0 | required |" in page
    assert "## cases" not in page


def test_other_words_lead_to_what_exists() -> None:
    columns = {c.name for t in TABLES.values() for c in t.columns}
    assert set(HEADERS.values()) <= columns
    for column, words in CODES.items():
        codes = {c for t in TABLES.values() if column in t.by_name for c in t.by_name[column].codes}
        assert set(words.values()) <= codes, column
        assert all(plain(w) == w for w in words)
    assert all(plain(w) == w for w in [*TRUTH, *HEADERS, *DEVICE_COLUMNS])


def test_no_promised_column_is_a_device_identifier() -> None:
    assert not {c.name for t in TABLES.values() for c in t.columns} & DEVICE_COLUMNS


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("In-Care", "in_care"),
        (" Land  port ", "land_port"),
        ("ＭＡＬＥ", "male"),
        ("高 风险", "高_风险"),
        ("a/b", "a_b"),
    ],
)
def test_words_are_compared_plainly(word: str, expected: str) -> None:
    assert plain(word) == expected


def test_identities_hold_all_identity_columns() -> None:
    for table in TABLES.values():
        if table.name != "identities":
            assert not any(c.identity for c in table.columns)
    assert all(c.identity or c.kind is Kind.KEY for c in TABLES["identities"].columns)


@pytest.mark.parametrize("path", sorted((ROOT / "examples" / "feeds").glob("*.toml")), ids=lambda p: p.stem)
def test_shipped_mappings_are_valid_and_speak_both_languages(path: Path) -> None:
    mapping = read_mapping(path.read_text(encoding="utf-8"), name=path.name)
    assert all(mapping.title)
    assert mapping.title[0] != mapping.title[1]
    assert mapping.area
    assert mapping.time_zone
    has_people = {t.table for f in mapping.files for t in f.tables} - {"counts", "areas", "risk_areas"}
    assert mapping.disease in (("covid-19", "ebola") if has_people else ("", "covid-19"))


def test_the_how_to_names_every_key_of_the_grammar() -> None:
    from fireline.feeds import mapping

    page = (ROOT / "docs" / "how-to" / "feeds-toml.md").read_text(encoding="utf-8")
    for key in mapping._TOP | mapping._FILE | mapping._TABLE | mapping._CELL:
        assert f"`{key}" in page or f"{key} =" in page or f"[{key}" in page or f".{key}" in page, key
