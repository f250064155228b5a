"""Chains of jurisdictions."""

from __future__ import annotations

import pytest

from fireline.errors import PolicyError
from fireline.policy import area_chain


@pytest.mark.parametrize(
    ("area", "chain"),
    [
        ("CN-411624", ("CN-411624", "CN-4116", "CN-41", "CN")),
        ("cn-411624", ("CN-411624", "CN-4116", "CN-41", "CN")),
        ("411624", ("CN-411624", "CN-4116", "CN-41", "CN")),
        ("CN-411624001", ("CN-411624001", "CN-411624", "CN-4116", "CN-41", "CN")),
        ("CN-411624001002", ("CN-411624001002", "CN-411624001", "CN-411624", "CN-4116", "CN-41", "CN")),
        ("CN-411600", ("CN-411600", "CN-4116", "CN-41", "CN")),
        ("410000", ("CN-410000", "CN-41", "CN")),
        ("CN-41", ("CN-41", "CN")),
        ("CN", ("CN",)),
        ("CN-HK", ("CN-HK", "HK", "WHO")),
        ("CN-810000", ("CN-810000", "HK", "WHO")),
        ("HK", ("HK", "WHO")),
        ("KR-11", ("KR-11", "KR", "WHO")),
        ("KR", ("KR", "WHO")),
        ("SL-W-01", ("SL-W-01", "SL-W", "SL", "WHO")),
        ("WHO", ("WHO",)),
        ("EX", ("EX",)),
        ("EX-010203", ("EX-010203", "EX")),
    ],
)
def test_chain(area: str, chain: tuple[str, ...]) -> None:
    assert area_chain(area) == chain


@pytest.mark.parametrize(
    "area", ["", "  ", "Henan", "CN-4", "CN-41162", "CN-HN", "K", "KR_11", "1", "CN-01", "KR-"]
)
def test_unknown_codes_are_refused(area: str) -> None:
    with pytest.raises(PolicyError, match="area: found"):
        area_chain(area)
