"""The contract of a bulk feed: read whole or refused, and refused when it is absent or has ended."""

from __future__ import annotations

from datetime import date

import pytest

from fireline.errors import InputError, PurposeError
from fireline.feeds.contract import require_contract
from fireline.feeds.mapping import read_mapping
from fireline.privacy.purposes import Purpose

GOOD = """
[contract]
source = "county bus company"
legal_basis = "act, article 39"
purpose = "tracing"
expires = 2026-12-31
"""


def test_a_contract_is_read_with_the_mapping_and_may_stand_alone():
    found = read_mapping(GOOD, name="feeds.toml")
    assert found.files == () and found.contract is not None
    assert found.contract.purpose is Purpose.TRACING
    assert found.contract.said() == {
        "source": "county bus company",
        "legal_basis": "act, article 39",
        "purpose": "tracing",
        "expires": "2026-12-31",
    }


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('source = "county bus company"', "", "contract.source"),
        ('"act, article 39"', '" "', "contract.legal_basis"),
        ('"tracing"', '"police"', "contract.purpose"),
        ("2026-12-31", '"soon"', "contract.expires"),
        ("2026-12-31", "2026-12-31T00:00:00Z", "contract.expires"),
        ("expires", "ends", "key 'ends'"),
    ],
)
def test_what_a_contract_lacks_is_said(old, new, said):
    with pytest.raises(InputError, match=said):
        read_mapping(GOOD.replace(old, new), name="feeds.toml")


def test_a_contract_is_a_table():
    with pytest.raises(InputError, match="a table with source, legal_basis, purpose, expires"):
        read_mapping('contract = "yes"', name="feeds.toml")


def test_without_a_contract_in_force_nothing_is_taken_in():
    held = read_mapping(GOOD, name="feeds.toml").contract
    assert require_contract(held, on=date(2026, 12, 31)) is held
    with pytest.raises(PurposeError, match="ended on 2026-12-31"):
        require_contract(held, on=date(2027, 1, 1))
    with pytest.raises(InputError, match="needs a contract"):
        require_contract(None, on=date(2026, 1, 1))
