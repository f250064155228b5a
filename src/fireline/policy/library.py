"""Reads pack texts strictly into packs, rules and profiles; a fault says where it is and what is allowed.

Foundation: policy.resolve asks a Library; packs/*.toml are the guideline editions Fireline comes with.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from typing import Any

from fireline.errors import PolicyError
from fireline.policy.concepts import disease_id
from fireline.policy.model import Pack, Profile, Rule
from fireline.policy.reading import Report, read_pack, read_profiles

MAX_PACK_CHARS = 2_000_000
"""Longest pack text that is read; a longer one is refused."""


@dataclass(frozen=True, slots=True)
class Library:
    """All packs that can be asked, indexed for the resolver.

    Attributes
    ----------
    packs : tuple of Pack, sorted by id
    profiles : mapping from disease id to Profile
    by_concept : mapping from concept to its rules, sorted by id
    by_pack : mapping from pack id to Pack
    """

    packs: tuple[Pack, ...]
    profiles: Mapping[str, Profile]
    by_concept: Mapping[str, tuple[Rule, ...]] = field(init=False, repr=False)
    by_pack: Mapping[str, Pack] = field(init=False, repr=False)
    by_rule: Mapping[str, Rule] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        index: dict[str, list[Rule]] = {}
        for rule in self.rules:
            index.setdefault(rule.concept, []).append(rule)
        object.__setattr__(self, "by_concept", {k: tuple(v) for k, v in index.items()})
        object.__setattr__(self, "by_pack", {p.id: p for p in self.packs})
        object.__setattr__(self, "by_rule", {r.id: r for r in self.rules})

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule of every pack, sorted by id."""
        return tuple(sorted((r for p in self.packs for r in p.rules), key=lambda r: r.id))

    def profile(self, disease: str) -> Profile | None:
        """What is known of a disease, or None."""
        return self.profiles.get(disease_id(disease))

    def pack(self, pack_id: str) -> Pack:
        """One pack by id.

        Raises
        ------
        PolicyError   there is no such pack
        """
        found = self.by_pack.get(pack_id.strip().lower())
        if found is None:
            raise PolicyError(
                f"pack {pack_id!r} is not in the library; allowed: {', '.join(sorted(self.by_pack))}"
            )
        return found


def parse_pack(name: str, text: str) -> Pack:
    """Read one pack of rules.

    Parameters
    ----------
    name : str, what the text is called in messages (a file name)
    text : str, TOML

    Raises
    ------
    PolicyError   anything in it is missing, unknown or of the wrong shape; all faults are listed
    """
    report = Report(name)
    pack = read_pack(_table(name, text), text, report)
    report.stop_if_faulty()
    assert pack is not None
    return pack


def parse_profiles(name: str, text: str) -> tuple[Profile, ...]:
    """Read a file of disease profiles (``kind = "profiles"``).

    Raises
    ------
    PolicyError   anything in it is missing, unknown or of the wrong shape
    """
    report = Report(name)
    profiles = read_profiles(_table(name, text), report)
    report.stop_if_faulty()
    return profiles


def load_library(extra: Sequence[tuple[str, str]] = ()) -> Library:
    """The packs Fireline comes with, and any further ones.

    Parameters
    ----------
    extra : sequence of (name, TOML text), packs or profiles of the user

    Raises
    ------
    PolicyError   a pack is faulty, two packs share an id, or a pack amends or supersedes what is not there
    """
    packs, profiles = _built_in()
    if not extra:
        return _library(packs, profiles)
    more_packs, more_profiles = _read(extra)
    return _library((*packs, *more_packs), (*profiles, *more_profiles))


def build_library(texts: Sequence[tuple[str, str]]) -> Library:
    """A library of the given (name, TOML text) packs only, without those Fireline comes with.

    Raises
    ------
    PolicyError   as for load_library
    """
    return _library(*_read(texts))


@lru_cache(maxsize=1)
def _built_in() -> tuple[tuple[Pack, ...], tuple[Profile, ...]]:
    folder = resources.files("fireline.policy") / "packs"
    names = sorted(e.name for e in folder.iterdir() if e.name.endswith(".toml"))
    return _read([(name, (folder / name).read_text(encoding="utf-8")) for name in names])


def _read(texts: Sequence[tuple[str, str]]) -> tuple[tuple[Pack, ...], tuple[Profile, ...]]:
    packs: list[Pack] = []
    profiles: list[Profile] = []
    for name, text in texts:
        if _table(name, text).get("kind") == "profiles":
            profiles.extend(parse_profiles(name, text))
        else:
            packs.append(parse_pack(name, text))
    return tuple(packs), tuple(profiles)


def _table(name: str, text: str) -> dict[str, Any]:
    if len(text) > MAX_PACK_CHARS:
        raise PolicyError(
            f"pack {name}: found {len(text)} characters; allowed: at most {MAX_PACK_CHARS}; "
            "split it by edition"
        )
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise PolicyError(
            f"pack {name}: this is not TOML ({str(error)[:120]}); allowed: TOML 1.0; mend the line named"
        ) from error


def _library(packs: tuple[Pack, ...], profiles: tuple[Profile, ...]) -> Library:
    ordered = tuple(sorted(packs, key=lambda p: p.id))
    ids = {p.id for p in ordered}
    for first, second in pairwise(ordered):
        if first.id == second.id:
            raise PolicyError(
                f"pack {second.id}: field id: found twice; allowed: an id that no other pack has; rename one"
            )
    for pack in ordered:
        for amended in pack.amends:
            if amended not in ids:
                raise PolicyError(
                    f"pack {pack.id}: field amends: found {amended!r}, which is not loaded; "
                    "allowed: ids of loaded packs; load that pack too or correct the id"
                )
    _refuse_circles(ordered)
    rules = {r.id for p in ordered for r in p.rules}
    for pack in ordered:
        for rule in pack.rules:
            if rule.superseded_by and rule.superseded_by not in rules:
                raise PolicyError(
                    f"pack {pack.id}, rule {rule.id}: field superseded_by: found {rule.superseded_by!r}, "
                    "which is not loaded; allowed: the id of a loaded rule; correct the id"
                )
    by_disease: dict[str, Profile] = {}
    for profile in profiles:  # a later file replaces: a user may know better figures
        by_disease[profile.disease] = profile
    return Library(ordered, dict(sorted(by_disease.items())))


def _refuse_circles(packs: tuple[Pack, ...]) -> None:
    amends = {p.id: p.amends for p in packs}
    for start in amends:
        seen: set[str] = set()
        todo = list(amends[start])
        while todo:
            here = todo.pop()
            if here == start:
                raise PolicyError(
                    f"pack {start}: field amends: found a circle back to itself; "
                    "allowed: a chain from newer to older editions; remove one link"
                )
            if here not in seen:
                seen.add(here)
                todo.extend(amends[here])
