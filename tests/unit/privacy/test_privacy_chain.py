"""Row hashes, Merkle roots and pseudonyms."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fireline.privacy.chain import GENESIS, row_hash
from fireline.privacy.merkle import Tree
from fireline.privacy.pseudonym import pseudonymise

ROW = [1, GENESIS, "2022", "dora", "cdc", "a", "p", "r", "e", "s", "{}"]


def naive_root(leaves):
    """RFC 9162, section 2.1.1, word by word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


@pytest.mark.parametrize("n", [*range(20), 31, 32, 33, 100])
def test_the_root_is_that_of_the_standard(n):
    leaves = [bytes([i]) for i in range(n)]
    tree = Tree()
    tree.add_all(leaves)
    assert tree.root() == naive_root(leaves) and tree.size == n


@given(st.integers(0, 70), st.integers(0, 70))
def test_a_tree_goes_on_from_its_frontier(first, second):
    leaves = [bytes([i]) for i in range(first + second)]
    whole, part = Tree(), Tree()
    whole.add_all(leaves)
    part.add_all(leaves[:first])
    again = Tree(part.size, part.frontier)
    again.add_all(leaves[first:])
    assert again.root() == whole.root()


def test_a_frontier_must_fit_its_size():
    with pytest.raises(ValueError, match="2 peaks"):
        Tree(3, [b"x" * 32])


@pytest.mark.parametrize("i", range(11))
def test_every_field_counts(i):
    other = list(ROW)
    other[i] = 2 if i == 0 else b"\x01" * 32 if i == 1 else ROW[i] + "x"
    assert row_hash(*other) != row_hash(*ROW)


@given(st.text(max_size=5), st.text(max_size=5), st.text(max_size=5), st.text(max_size=5))
def test_no_two_rows_share_their_bytes(a, b, c, d):
    if (a, b) != (c, d):
        assert row_hash(*ROW[:3], a, b, *ROW[5:]) != row_hash(*ROW[:3], c, d, *ROW[5:])


KEY = bytes(range(32))


def test_pseudonyms():
    found = pseudonymise(["a", "b", "a", " a "], key=KEY, domain="person")
    assert found[0] == found[2] == found[3] != found[1]
    assert all(len(p) == 17 and p[0] == "P" and p.isalnum() for p in found)
    assert pseudonymise(["a"], key=KEY, domain="subject") != found[:1]
    assert pseudonymise(["a"], key=bytes(32), domain="person") != found[:1]
    assert pseudonymise([], key=KEY, domain="person") == []


def test_pseudonyms_stay_as_they_are():
    assert pseudonymise(["1"], key=KEY, domain="person") == pseudonymise(("1",), key=KEY, domain="person")


def test_a_short_key_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        pseudonymise(["a"], key=b"short", domain="person")
