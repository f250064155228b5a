"""Every text in both languages, and no text in the templates."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from fireline.web.shared.strings import catalogue, code, say, words

WEB = Path(__file__).resolve().parents[3] / "src/fireline/web"
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
ASIDE = {"中文", "English", "CSV", "XLSX", "Ctrl", "F2", "Z", "/", "v"}


def placeholders(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_hold_the_same_keys():
    assert set(catalogue("zh")) == set(catalogue("en"))


def test_both_languages_use_the_same_placeholders():
    wrong = [k for k, v in catalogue("zh").items() if placeholders(v) != placeholders(catalogue("en")[k])]
    assert wrong == []


def test_no_text_is_empty():
    assert [k for lang in ("zh", "en") for k, v in catalogue(lang).items() if not v.strip()] == []


def test_chinese_texts_are_chinese():
    """Latin-only texts in the Chinese catalogue would be forgotten translations."""
    latin = [
        k
        for k, v in catalogue("zh").items()
        if not re.search(r"[㐀-鿿]", v) and re.search(r"[a-z]{4}", re.sub(r"\{\w+\}", "", v))
    ]
    assert latin == ["app.other_language"]


def test_a_missing_key_is_an_error():
    with pytest.raises(KeyError):
        say("no.such.key", "zh")


def test_code_without_label_is_shown_as_it_is():
    assert code("disease", "new-thing", "en") == "new-thing"
    assert code("disease", "", "en") == "–"
    assert code("class", "close", "zh") == "密切接触者"


def test_words_are_in_both_languages():
    found = words("frame.exercise")
    assert "演练" in found.zh
    assert "EXERCISE" in found.en


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.name)
def test_every_key_of_a_template_exists(path):
    keys = re.findall(r"""{% t ['"]([a-z0-9_.]+)['"]""", path.read_text())
    assert [k for k in keys if k not in catalogue("zh")] == []


@pytest.mark.parametrize(
    "path",
    [path for face in ("console", "field", "api", "shared") for path in sorted((WEB / face).glob("*.py"))],
    ids=lambda p: p.name,
)
def test_every_key_of_a_module_exists(path):
    keys = re.findall(r"""\bsay\(\s*"([a-z0-9_.]+)\"""", path.read_text())
    assert [k for k in keys if k not in catalogue("zh")] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.name)
def test_templates_hold_no_bare_words(path):
    text = re.sub(r"{%.*?%}|{{.*?}}", " ", path.read_text(), flags=re.S)
    text = re.sub(r"<(script|style).*?</\1>", " ", text, flags=re.S)
    bare = {w.strip() for w in re.split(r"<[^>]*>", text) if re.search(r"[A-Za-z㐀-鿿]", w)}
    bare = {w for w in (re.sub(r"&[a-z]+;|[←=+–·▲✓━╌●○:|()/\s]", "", w) for w in bare) if w}
    assert bare <= ASIDE | {"v"}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.name)
def test_templates_hold_nothing_inline_that_the_policy_forbids(path):
    text = path.read_text()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", text)
    assert not re.search(r"<script(?![^>]*src=)", text)
    assert "http://" not in text and "https://" not in text
