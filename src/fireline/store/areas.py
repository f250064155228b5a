"""The jurisdiction tree: every area that a row names gets its place below the areas above it.

Store: called by actions when records come in; access limits every read by the paths made here.
"""

from __future__ import annotations

from collections.abc import Mapping

from fireline.errors import PolicyError
from fireline.policy.areas import area_chain
from fireline.records.model import Records
from fireline.store.models import Area


def ensure_areas(records: Records, *, root: str) -> int:
    """Make or update the areas that records describe or only name.

    ``root`` is the outbreak's area: a code whose place cannot be told stands directly below it.

    Returns
    -------
    int   areas made or changed
    """
    described = {row["area_code"]: row for row in records.table("areas").to_dicts()}
    named = {root} if root else set()
    for table, column in (
        ("cases", "area_code"),
        ("persons", "area_code"),
        ("units", "area_code"),
        ("counts", "area_code"),
        ("places", "area_code"),
    ):
        if records.has(table):
            named |= set(records.table(table)[column].drop_nulls().unique().to_list())
    known = {area.area_code: area for area in Area.objects.all()}
    parents = {code: area.parent_code for code, area in known.items() if area.parent_code}
    parents |= {code: row["parent_code"] for code, row in described.items() if row["parent_code"]}
    n = 0
    for code in sorted(set(described) | named):
        row = described.get(code, {})
        old = known.get(code)
        wanted = {
            "parent_code": parents.get(code, ""),
            "path": path_of(code, parents, root=root),
            "level": row.get("level") or (old.level if old else ""),
            "name": row.get("name") or (old.name if old else code),
            "population": row.get("population") if code in described else (old.population if old else None),
            "geometry": row.get("geometry") or (old.geometry if old else ""),
        }
        if old is None or any(getattr(old, key) != value for key, value in wanted.items()):
            Area.objects.update_or_create(area_code=code, defaults=wanted)
            n += 1
    return n


def path_of(code: str, parents: Mapping[str, str], *, root: str) -> str:
    """Path of an area from the top, such as /CN/CN-41/CN-4116/CN-411624/.

    Stated parents are followed first; where they end, the form of the code tells the rest.
    """
    steps = [code]
    while steps[-1] in parents and parents[steps[-1]] not in steps:
        steps.append(parents[steps[-1]])
    above = [area for area in _above(steps[-1], root=root) if area not in steps]
    return "/" + "/".join([*reversed(above), *reversed(steps)]) + "/"


def _above(top: str, *, root: str) -> list[str]:
    """Areas above the highest stated one, nearest first."""
    chain = _by_form(top)
    if not root or top == root or root in chain or top in _by_form(root):
        return chain
    is_below = top.startswith(root) or not chain or chain[0].count("-") == 0
    return [root, *_by_form(root)] if is_below else chain


def _by_form(code: str) -> list[str]:
    try:
        return [area for area in area_chain(code) if area != code]
    except PolicyError:
        return []
