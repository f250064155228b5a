"""Answers of fireline trace from the home's database, in the name of an account.

The outermost layer: actions.tracing and actions.movement decide; the chain is a read of store.access.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from fireline.cli.progress import Bar
from fireline.errors import InputError, PurposeError
from fireline.words import Words

if TYPE_CHECKING:
    from fireline.cli.question import Question
    from fireline.pipeline.trace.model import Traced
    from fireline.store.actor import Actor


def ask_home(question: Question, bar: Bar) -> tuple[Traced, dict[str, Any], ZoneInfo]:
    """Ask the database.

    Returns
    -------
    (Traced, what it is about, time zone)

    Raises
    ------
    PurposeError   no account is named, or it may not ask this
    InputError     there is no outbreak in its area
    PolicyError    no rule in force allows the search
    """
    from fireline.store.boot import boot, require_current

    if not question.by:
        raise PurposeError(
            Words(
                "数据库：需要账号；用 --by 指定您的账号，或用 --data 指定文件夹",
                "database: found no account; name yours with --by, or a folder of files with --data",
            )
        )
    bar.update(0.0, Words("数据库", "database"))
    place = boot(question.home)
    require_current()
    from fireline.store import access

    actor = access.account_named(question.by)
    where = _outbreak(actor, question.outbreak)
    bar.update(0.2, Words("查找", "searching"))
    traced = _ask(question, actor, int(where["id"]), home=place, bar=bar)
    about = {
        "source": f"outbreak {where['id']}",
        "disease": where["disease"],
        "area": where["area_code"],
        "at": where["at"],
    }
    return traced, about, ZoneInfo(where["tz"])


def _outbreak(actor: Actor, wanted: int | None) -> dict[str, Any]:
    from fireline.store import access

    if wanted is not None:
        return access.outbreak(actor, wanted)
    found = access.outbreaks(actor)
    if not found:
        raise InputError(
            Words(
                "疫情：您的辖区内没有；请先在控制台建立，或用 --data 指定文件夹",
                "outbreak: none in the area of this account; make one in the console, or name a folder with "
                "--data",
            )
        )
    return found[0]


def _ask(question: Question, actor: Actor, outbreak: int, *, home: Any, bar: Bar) -> Traced:
    from django.utils import timezone

    from fireline.actions import movement

    asked: dict[str, Any] = {"by": actor, "at": timezone.now(), "outbreak": outbreak, "home": home}
    match question.kind:
        case "companions":
            return movement.companions(case_ids=question.cases, **asked)
        case "backward":
            return movement.backward(case_ids=question.cases, **asked)
        case "chain":
            return _chain(question, actor, outbreak)
        case _:
            return _people(question, asked, bar)


def _people(question: Question, asked: dict[str, Any], bar: Bar) -> Traced:
    """Contacts of each case, one search after the other: each is a row of the audit log."""
    import polars as pl

    from fireline.actions import tracing
    from fireline.pipeline.trace.model import Traced

    parts = []
    wanted = list(dict.fromkeys(question.cases))
    for k, case_id in enumerate(wanted):
        bar.update(0.2 + 0.7 * k / len(wanted), Words("查找", "searching"))
        parts.append(tracing.trace(case_id=case_id, kind=question.kind, **asked))  # type: ignore[arg-type]
    return Traced(
        question.kind,
        pl.concat([part.table for part in parts]),
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        rules=tuple(sorted({rule for part in parts for rule in part.rules})),
    )


def _chain(question: Question, actor: Actor, outbreak: int) -> Traced:
    import polars as pl

    from fireline.contacts.tables import EDGES
    from fireline.pipeline.trace.chain import around
    from fireline.privacy.purposes import Purpose
    from fireline.store import access

    held = access.chain(actor, purpose=Purpose.INVESTIGATION, outbreak=outbreak)
    said = access.results(actor, outbreak=outbreak, name="chain_figures")
    nodes = pl.DataFrame(
        [(n["case_id"], n["component"], n["generation"]) for n in held["nodes"]],
        schema={"case_id": pl.String(), "component": pl.Int64(), "generation": pl.Int64()},
        orient="row",
    )
    edges = pl.DataFrame(
        [tuple(edge[name] for name in EDGES) for edge in held["edges"]], schema=EDGES, orient="row"
    )
    notes = []
    if held["is_cut"]:
        notes.append(
            Words(
                f"共 {held['n_cases']:,} 例，只显示最大的几条链中的 {nodes.height:,} 例。",
                f"{nodes.height:,} of {held['n_cases']:,} cases are looked at: those of the largest chains.",
            )
        )
    return around(nodes, edges, dict(said["rows"]), case_ids=question.cases, notes=tuple(notes))
