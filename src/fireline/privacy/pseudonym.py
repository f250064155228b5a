"""Keyed pseudonyms: the same person gets the same key in one home, and nobody without the key can go back.

Foundation: records replaces every person key of a source by these; the audit chain names subjects by them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence

LENGTH = 16  # base32 characters = 80 bits: two of 10^8 people share one with probability < 1e-8
PREFIX = "P"


def pseudonymise(values: Sequence[str], *, key: bytes, domain: str) -> list[str]:
    """Replace identifiers by keyed hashes.

    Parameters
    ----------
    values : sequence of str, length n; surrounding blanks do not count
    key : bytes, 32 secret bytes of this home
    domain : str, separates kinds of identifier ("person", "subject"): equal texts of two domains differ

    Returns
    -------
    list of str, length n   "P" and 16 base32 characters each

    Raises
    ------
    ValueError   the key is shorter than 32 bytes
    """
    if len(key) < 32:
        raise ValueError(f"a pseudonym key has at least 32 bytes; got {len(key)}")
    start = hmac.new(key, domain.encode() + b"\x00", hashlib.sha256)
    known: dict[str, str] = {}
    out = []
    for value in values:
        found = known.get(value)
        if found is None:
            mac = start.copy()
            mac.update(value.strip().encode())
            found = known[value] = PREFIX + base64.b32encode(mac.digest()[:10]).decode()
        out.append(found)
    return out
