"""Sealing of single fields: AES-256-GCM-SIV, with the place of the field bound in, and keyed blind indexes.

Foundation: pure, keys and nonces are given; store.vault keeps the keys.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from fireline.errors import IntegrityError
from fireline.words import Words

KEY_BYTES = 32
NONCE_BYTES = 12


def associated(*, table: str, column: str, person: str, key_id: str) -> bytes:
    """Where a sealed field belongs, length-prefixed: a ciphertext moved anywhere else does not open."""
    return b"".join(
        len(part).to_bytes(4, "big") + part for part in (p.encode() for p in (table, column, person, key_id))
    )


def seal(plain: bytes, *, key: bytes, nonce: bytes, place: bytes) -> bytes:
    """Seal one field.

    Parameters
    ----------
    plain : bytes
    key : bytes, 32
    nonce : bytes, 12, fresh for every field (a repeated one tells only that two fields are equal)
    place : bytes, of ``associated``

    Returns
    -------
    bytes   nonce, then ciphertext and tag
    """
    _require(key, nonce)
    return nonce + AESGCMSIV(key).encrypt(nonce, plain, place)


def unseal(sealed: bytes, *, key: bytes, place: bytes) -> bytes:
    """Open one sealed field.

    Raises
    ------
    IntegrityError   the field was changed, moved to another cell, or sealed with another key
    """
    nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    try:
        _require(key, nonce)
        return AESGCMSIV(key).decrypt(nonce, rest, place)
    except (InvalidTag, ValueError) as error:
        raise IntegrityError(
            Words(
                "加密的身份字段校验不通过：已被改动或移动；请从备份恢复",
                "a sealed identity field does not verify: it was changed or moved; restore it from the "
                "backup",
            )
        ) from error


def wrap(key: bytes, *, by: bytes) -> bytes:
    """Wrap one key by another (AES key wrap, RFC 3394): 40 bytes."""
    return aes_key_wrap(by, key)


def unwrap(wrapped: bytes, *, by: bytes) -> bytes:
    """Open a wrapped key.

    Raises
    ------
    IntegrityError   the wrapping key is another one, or the bytes were changed
    """
    try:
        return aes_key_unwrap(by, wrapped)
    except (InvalidUnwrap, ValueError) as error:
        raise IntegrityError(
            Words(
                "身份信息库的密钥无法用本主目录的主密钥打开；请从托管处恢复 keys/",
                "a key of the vault does not open with the master key of this home; restore keys/ from "
                "the escrow",
            )
        ) from error


def blind_index(value: str, *, column: str, key: bytes) -> str:
    """Keyed hash by which a full name, number or phone can be found again; "" where nothing can be found.

    Notes
    -----
    Width, case, blanks and punctuation do not count, a leading +86 of a phone does not count. Only whole
    values match: there is no search by a part of a number.
    """
    plain = normalise(value, column=column)
    if not plain:
        return ""
    return hmac.new(key, column.encode() + b"\x00" + plain.encode(), hashlib.sha256).hexdigest()


def normalise(value: str, *, column: str) -> str:
    """The form of a value that is compared."""
    text = unicodedata.normalize("NFKC", value).casefold()
    text = "".join(ch for ch in text if ch.isalnum())
    if column == "phone" and len(text) > 11 and text.startswith(("86", "0086")):
        text = text.removeprefix("00").removeprefix("86")
    return text


def mask(value: str, *, column: str) -> str:
    """What is shown without a reveal: 138****1111 for numbers, the first character of a name."""
    if column in ("phone", "id_no"):
        return f"{value[:3]}****{value[-4:]}" if len(value) >= 10 else "****"
    return f"{value[:1]}*" if value and column == "name" else "****"


def _require(key: bytes, nonce: bytes) -> None:
    if len(key) != KEY_BYTES or len(nonce) != NONCE_BYTES:
        raise ValueError(f"sealing needs a key of {KEY_BYTES} and a nonce of {NONCE_BYTES} bytes")
