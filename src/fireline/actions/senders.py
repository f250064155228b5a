"""Senders whose signed files count as evidence: registered with a public key, revoked at once.

Actions: done on the machine itself, by the command line; each change is one audit row.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from fireline.actions.guard import finish, require
from fireline.errors import ConflictError, InputError
from fireline.privacy import signing
from fireline.store.actor import Actor
from fireline.store.models import Sender
from fireline.store.refusals import audits_refusals
from fireline.words import Words


@audits_refusals
def add_sender(*, by: Actor, at: datetime, name: str, unit: str, public_key: str) -> int:
    """Register a sender; returns its id.

    Raises
    ------
    InputError      no name or unit, or the key is no Ed25519 key
    ConflictError   the name is taken
    PurposeError    not the command line
    """
    require(by, frozenset(), "sender.add", is_machine_allowed=True)
    if not name.strip() or not unit.strip():
        raise InputError(
            Words("发送方：需要名称和所属单位", "sender: a name and the unit it belongs to are needed")
        )
    key = signing.public_key(public_key)
    with transaction.atomic():
        if Sender.objects.filter(name=name.strip()).exists():
            raise ConflictError(
                Words(
                    "发送方：名称已被占用；请撤销旧密钥并使用新名称",
                    "sender: the name is taken; revoke the old key and use a new name",
                )
            )
        made = Sender.objects.create(
            name=name.strip()[:80], unit=unit.strip()[:150], public_key=key, made_at=at, made_by=by.username
        )
        finish(by=by, at=at, action="sender.add", body={"sender": made.name, "unit": made.unit})
    return made.pk


@audits_refusals
def revoke_sender(*, by: Actor, at: datetime, name: str) -> None:
    """Stop trusting a sender: from now on neither its files nor the results it sent open a search.

    Raises
    ------
    InputError     there is no such sender
    PurposeError   not the command line
    """
    require(by, frozenset(), "sender.revoke", is_machine_allowed=True)
    with transaction.atomic():
        found = Sender.objects.select_for_update().filter(name=name.strip()).first()
        if found is None:
            raise InputError(
                Words(
                    "发送方：没有此名称；见 fireline sender list",
                    "sender: no sender of that name; see `fireline sender list`",
                )
            )
        if found.revoked_at is None:
            found.revoked_at, found.revoked_by = at, by.username
            found.save(update_fields=["revoked_at", "revoked_by"])
            finish(by=by, at=at, action="sender.revoke", body={"sender": found.name})


def list_senders() -> list[dict[str, Any]]:
    """All senders, the revoked too, by name."""
    return [dict(row) for row in Sender.objects.order_by("name").values()]


def verified_sender(data: bytes, *, signature: bytes, name: str) -> str:
    """The name of the sender who signed a file.

    Raises
    ------
    InputError       no such sender, or the signature is no signature
    IntegrityError   the signature is not the sender's for this content
    """
    found = Sender.objects.filter(name=name.strip(), revoked_at__isnull=True).first()
    if found is None:
        raise InputError(
            Words(
                "发送方：未登记或已撤销；请用 fireline sender add 登记其公钥",
                "sender: not registered, or revoked; register its public key with `fireline sender add`",
            )
        )
    signing.verify(data, signature=signing.signature(signature), key=found.public_key, sender=found.name)
    return found.name
