"""The contract of a bulk feed: who sends it, on which legal basis, for which purpose, until when.

Chapter 1: read with the mapping; a bulk feed of movement without a contract in force is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from fireline.errors import InputError, PurposeError
from fireline.privacy.purposes import Purpose
from fireline.words import Words

_KEYS = ("source", "legal_basis", "purpose", "expires")


@dataclass(frozen=True, slots=True)
class Contract:
    """Why a feed may be taken in.

    Attributes
    ----------
    source : str, who sends it
    legal_basis : str, the law or order and its article
    purpose : Purpose
    expires : date, last day on which it may be taken in
    """

    source: str
    legal_basis: str
    purpose: Purpose
    expires: date

    def said(self) -> dict[str, str]:
        """As plain values, as they are kept with each batch."""
        return {
            "source": self.source,
            "legal_basis": self.legal_basis,
            "purpose": self.purpose.value,
            "expires": self.expires.isoformat(),
        }


def read_contract(given: Any) -> tuple[Contract | None, list[tuple[str, object, str]]]:
    """Read the ``[contract]`` table of a mapping.

    Returns
    -------
    (Contract or None, faults)   each fault is where, what was found and what is allowed
    """
    if given is None:
        return None, []
    if not isinstance(given, dict):
        return None, [("contract", given, f"a table with {', '.join(_KEYS)}")]
    faults: list[tuple[str, object, str]] = [
        (f"contract, key {key!r}", key, ", ".join(_KEYS)) for key in given if key not in _KEYS
    ]
    for key in ("source", "legal_basis"):
        if not isinstance(given.get(key), str) or not given[key].strip():
            faults.append((f"contract.{key}", given.get(key), "text that says it"))
    purpose = str(given.get("purpose"))
    if purpose not in list(Purpose):
        faults.append(("contract.purpose", given.get("purpose"), ", ".join(sorted(Purpose))))
    expires = given.get("expires")
    if not isinstance(expires, date) or isinstance(expires, datetime):
        faults.append(("contract.expires", expires, "a date such as 2026-12-31, without quotes"))
    if faults:
        return None, faults
    assert isinstance(expires, date)
    return Contract(given["source"].strip(), given["legal_basis"].strip(), Purpose(purpose), expires), []


def require_contract(contract: Contract | None, *, on: date) -> Contract:
    """Refuse a bulk feed that has no contract, or whose contract has ended.

    Parameters
    ----------
    contract : of the mapping
    on : local day

    Raises
    ------
    InputError   there is none
    PurposeError   it has ended
    """
    if contract is None:
        purposes = ", ".join(sorted(Purpose))
        raise InputError(
            Words(
                "映射：批量到访数据须有来源协议；请在 feeds.toml 中加入 [contract]：source、legal_basis、"
                f"purpose（{purposes}）和 expires",
                "mapping: a bulk feed of visits needs a contract; add [contract] with source, legal_basis, "
                f"purpose ({purposes}) and expires to feeds.toml",
            )
        )
    if contract.expires < on:
        ended = contract.expires.isoformat()
        raise PurposeError(
            Words(
                f"来源协议已于 {ended} 到期，不得再据此接入数据：请与来源续签，或删除已接入的数据"
                "（fireline purge visits）",
                f"contract: it ended on {ended}; nothing may be taken in under it any more: renew it with "
                "the source, or delete what it brought (fireline purge visits)",
            )
        )
    return contract
