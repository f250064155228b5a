"""Accounts and written-out numbers identify as a telephone number does; ordinary places stay."""

from __future__ import annotations

import pytest

from fireline.privacy.identifiers import lint_public_text


@pytest.mark.parametrize(
    "text",
    [
        "zhang@qq.com网吧",
        "微信号wxid_abc123超市",
        "wxid_k2j3",
        "QQ：123456",
        "微信 lisi_2020",
        "电话一三八一二三四五六七八",
        "813812345678",  # a number that stands against another digit
        "超市13812345678901",
    ],
)
def test_an_account_or_a_written_out_number_is_found(text):
    assert "phone" in {found.kind for found in lint_public_text(f"6月2日在{text}。")}


@pytest.mark.parametrize(
    "text",
    [
        "一三五路公交站",
        "五一广场",
        "QQ农场小吃店",
        "微信支付体验店",
        "一七八艺术区",
        "第411624005号店",
    ],
)
def test_a_place_whose_name_only_looks_so_stays(text):
    assert lint_public_text(f"6月2日在{text}。") == ()


@pytest.mark.parametrize("text", ["到68岁", "至 7岁", "—68岁", "68岁到家"])
def test_an_age_is_found_where_no_band_begins_before_it(text):
    assert "age" in {found.kind for found in lint_public_text(text)}


@pytest.mark.parametrize("text", ["60到68岁", "60岁至68岁", "15—29岁", "60岁及以上"])
def test_a_band_of_ages_is_no_age(text):
    assert lint_public_text(text) == ()
