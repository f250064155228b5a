"""The hash of one audit row: every field length-prefixed, the hash before it included.

Foundation: pure; store.audit writes the rows, audit verification reads them.
"""

from __future__ import annotations

import hashlib
import struct

GENESIS = b"\x00" * 32
"""What the first row names as the hash before it."""

_LENGTH = struct.Struct(">I")
_SEQ = struct.Struct(">IQ")


def row_hash(
    seq: int,
    prev: bytes,
    at: str,
    actor: str,
    unit: str,
    action: str,
    purpose: str,
    rule: str,
    edition: str,
    subject: str,
    body: str,
) -> bytes:
    """SHA-256 over the length-prefixed fields of one row, in this order.

    Parameters
    ----------
    seq : int, >= 1
    prev : bytes, 32, hash of the row before (GENESIS for the first)
    at : str, ISO 8601 UTC as stored
    actor, unit, action, purpose, rule, edition, subject, body : str as stored

    Returns
    -------
    bytes, 32
    """
    parts = [_SEQ.pack(8, seq), _LENGTH.pack(len(prev)), prev]
    pack = _LENGTH.pack
    for text in (at, actor, unit, action, purpose, rule, edition, subject, body):
        raw = text.encode()
        parts.append(pack(len(raw)))
        parts.append(raw)
    return hashlib.sha256(b"".join(parts)).digest()
