"""Detached signatures of files: whose they are, and that nothing in them was changed.

Foundation: pure, keys are given; actions.senders keeps the public ones.
"""

from __future__ import annotations

import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from fireline.errors import InputError, IntegrityError
from fireline.words import Words

KEY_BYTES = 32
SIGNATURE_BYTES = 64
_CONTEXT = b"fireline feed v1\n"


def public_key(text: str) -> str:
    """A public key as it is stored: 64 hexadecimal digits in lower case.

    Raises
    ------
    InputError   it is not 32 bytes in hexadecimal, or no Ed25519 key
    """
    plain = "".join(text.split()).lower()
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(plain))
    except ValueError as error:
        raise InputError(
            Words(
                f"公钥：有 {len(plain)} 个字符；应为 Ed25519 公钥，{2 * KEY_BYTES} 位十六进制",
                f"public key: found {len(plain)} characters; allowed: an Ed25519 key, {2 * KEY_BYTES} "
                "hexadecimal digits",
            )
        ) from error
    return plain


def signed_bytes(data: bytes, *, sender: str) -> bytes:
    """What a sender signs: a fixed first line, the own name, then the file."""
    return _CONTEXT + sender.encode() + b"\n" + data


def signature(text: bytes) -> bytes:
    """A detached signature from its file: 64 raw bytes, or hexadecimal.

    Raises
    ------
    InputError   it is neither
    """
    if len(text) == SIGNATURE_BYTES:
        return text
    try:
        found = binascii.unhexlify(b"".join(text.split()))
    except (binascii.Error, ValueError):
        found = b""
    if len(found) != SIGNATURE_BYTES:
        raise InputError(
            Words(
                f"签名：有 {len(text)} 字节；应为 {SIGNATURE_BYTES} 字节，原始或十六进制",
                f"signature: found {len(text)} bytes; allowed: {SIGNATURE_BYTES}, raw or in hexadecimal",
            )
        )
    return found


def verify(data: bytes, *, signature: bytes, key: str, sender: str) -> None:
    """Check that a sender signed exactly this file.

    Raises
    ------
    IntegrityError   the file was changed, or another key signed it
    """
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(
            signature, signed_bytes(data, sender=sender)
        )
    except InvalidSignature as error:
        raise IntegrityError(
            Words(
                f"文件：签名不是 {sender} 对此内容的签名；请发送方重新发送两者",
                f"file: its signature is not {sender}'s for this content; ask the sender to send both again",
            )
        ) from error
