"""Answers of fireline zones, printed as text, table or JSON.

The outermost layer: used by cli.zones only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from fireline.cli import print_json
from fireline.cli.columns import columns, cut
from fireline.cli.progress import Bar
from fireline.cli.zone_question import Asked
from fireline.errors import InputError
from fireline.words import LANGUAGES, Words

if TYPE_CHECKING:
    from fireline.cli.zone_sources import Source
    from fireline.pipeline.zoning.model import Option, Study
    from fireline.pipeline.zoning.order import Order

_WHY_CELLS = 90


def answer(asked: Asked) -> None:
    """Answer a question and print it.

    Raises
    ------
    InputError     an option cannot be used here, a folder cannot be read, or there is no such candidate
    PolicyError    a rule pack is at fault
    PurposeError   the account or its area does not allow it
    """
    if asked.lang not in LANGUAGES:
        raise InputError(f"lang: found {asked.lang!r}; allowed: {', '.join(LANGUAGES)}")
    from fireline.cli.zone_sources import from_folder, from_home

    _what_if(asked)  # out of bounds is said before an hour of reading
    with Bar("zones", is_quiet=asked.as_json) as bar:
        source = (from_home if asked.folder is None else from_folder)(asked, bar)
        found = _found(asked, source)
        bar.update(1.0, "done")
    if asked.as_json:
        print_json(found)
        return
    typer.echo(source.head(asked.kind))
    if not source.study.is_drawn:
        typer.echo(Words("没有划定区域。", "No zone is drawn.").get(asked.lang))
    else:
        {"propose": _propose, "compare": _compare, "lift": _lift, "order": _order}[asked.kind](asked, source)
    for note in source.study.notes:
        typer.echo(f"· {note.get(asked.lang)}")


def _found(asked: Asked, source: Source) -> dict[str, Any]:
    """The whole answer as plain values."""
    from fireline.pipeline.zoning.tables import tables

    found: dict[str, Any] = {"kind": asked.kind, **source.about(), "is_drawn": source.study.is_drawn}
    if source.study.is_drawn:
        if asked.kind == "propose":
            found |= {"candidate": asked.candidate, "units": _units(asked, source)}
            found["needs"] = _plain_needs(source, asked.candidate)
        elif asked.kind == "compare":
            made = tables(_under(asked, source))
            found |= {"candidates": made["zone_compare"].to_dicts(), "curve": made["zone_curve"].to_dicts()}
            if _what_if(asked).is_asked:
                found["before"] = tables(source.study)["zone_compare"].to_dicts()
        elif asked.kind == "lift":
            found |= {"zones": source.lifting}
        else:
            found |= {"order": _plain_order(source.order(asked.candidate))}
    found["notes"] = [{"zh": n.zh, "en": n.en} for n in source.study.notes]
    return found


def _what_if(asked: Asked) -> Any:
    from fireline.pipeline.zoning.model import WhatIf

    return WhatIf(asked.recall, asked.delay, asked.compliance, asked.staff, asked.supply)


def _under(asked: Asked, source: Source) -> Study:
    from fireline.pipeline.zoning.study import answer as made

    what_if = _what_if(asked)
    if not what_if.is_asked or source.study.question is None:
        return source.study
    return made(source.study.question, what_if=what_if)


def _units(asked: Asked, source: Source) -> list[dict[str, Any]]:
    """Units of a candidate, strict to mild, then by id, each with its sentence."""
    from fireline.pipeline.zoning.model import DEFAULT
    from fireline.pipeline.zoning.study import risk_of
    from fireline.pipeline.zoning.words import LEVEL_NAMES
    from fireline.zones.candidates.reasons import reasons

    q = source.study.question
    assert q is not None
    option = source.study.option(asked.candidate)
    risk = source.study.risk or risk_of(q)
    said = reasons(q.ground, risk, option.candidate, q.limits)
    rows = []
    for i in (option.candidate.level > 1).nonzero()[0].tolist():
        unit_id, level = q.ground.ids[i], LEVEL_NAMES[int(option.candidate.level[i])]
        why = source.why.get(unit_id) if asked.candidate == DEFAULT else None
        why = why or said[i]
        rows.append(
            {
                "unit_id": unit_id, "level": level, "population": round(float(q.ground.population[i])),
                "rule_id": q.limits.sealed_rule if level == "sealed" else q.limits.managed_rule,
                "modelled_risk": float(risk.mean[i]), "why_zh": why.zh, "why_en": why.en,
            }
        )  # fmt: skip
    return sorted(rows, key=lambda r: (r["level"] != "sealed", r["unit_id"]))


def _propose(asked: Asked, source: Source) -> None:
    rows = _units(asked, source)
    shown = rows[: asked.limit] if asked.limit else rows
    _figures(source.study.option(asked.candidate), source, asked.lang)
    head = Words("单元|级别|人口|依据|理由", "unit|level|people|rule|why").get(asked.lang).split("|")
    cells = [
        [r["unit_id"], r["level"], f"{r['population']:,}", r["rule_id"], r[f"why_{asked.lang}"]]
        for r in shown
    ]
    for line in columns(head, cells, longest=_WHY_CELLS):
        typer.echo(line)
    _more(len(rows), len(shown), asked.lang)


def _figures(option: Option, source: Source, lang: str) -> None:
    from fireline.pipeline.zoning.words import DEFAULT_WORDS, MODELLED, faults_of, name_of

    f, q = option.figures, source.study.question
    assert q is not None
    share = "–" if f.coverage is None else f"{f.coverage:.0%} ({option.low:.0%}–{option.high:.0%})"
    typer.echo(
        Words(
            f"{name_of(f.name).zh}：封控 {f.sealed_people:,.0f} 人，管控 {f.managed_people:,.0f} 人，"
            f"卡口 {f.gates:,.0f}，人员约 {f.staff:,.0f}，模型覆盖率 {share}",
            f"{name_of(f.name).en}: {f.sealed_people:,.0f} people sealed, {f.managed_people:,.0f} managed, "
            f"{f.gates:,.0f} gates, about {f.staff:,.0f} staff, modelled coverage {share}",
        ).get(lang)
    )
    typer.echo(f"{DEFAULT_WORDS.get(lang)} {MODELLED.get(lang)}")
    for fault in faults_of(option, q.ground.ids):
        typer.echo(f"! {fault.get(lang)}")


def _compare(asked: Asked, source: Source) -> None:
    from fireline.pipeline.zoning.words import DEFAULT_WORDS, MODELLED, name_of

    study = _under(asked, source)
    before = {o.figures.name: o for o in source.study.options} if study is not source.study else {}
    head = Words(
        "划法|封控|管控|卡口|人员|加权人日|模型覆盖率|间隙|规则",
        "way|sealed|managed|gates|staff|weighted person-days|modelled coverage|gap|rules",
    )
    rows = []
    for o in study.options:
        f = o.figures
        share = "–" if f.coverage is None else f"{f.coverage:.0%} ({o.low:.0%}–{o.high:.0%})"
        old = before.get(f.name)
        if old is not None and old.figures.coverage is not None:
            share += Words("，原 ", ", was ").get(asked.lang) + f"{old.figures.coverage:.0%}"
        short = (f.is_staffed is False) or (f.is_supplied is False)
        staff = f"{f.staff:,.0f}" + (Words("（不足）", " (short)").get(asked.lang) if short else "")
        rows.append(
            [
                name_of(f.name).get(asked.lang), f"{f.sealed_people:,.0f}", f"{f.managed_people:,.0f}",
                f"{f.gates:,.0f}", staff, f"{f.weighted_person_days:,.0f}", share,
                "–" if o.candidate.gap is None else f"{o.candidate.gap:.1%}",
                Words("允许", "allowed").get(asked.lang)
                if f.is_allowed
                else Words("不允许", "not allowed").get(asked.lang),
            ]
        )  # fmt: skip
    for line in columns(head.get(asked.lang).split("|"), rows):
        typer.echo(line)
    typer.echo(f"{DEFAULT_WORDS.get(asked.lang)} {MODELLED.get(asked.lang)}")


def _lift(asked: Asked, source: Source) -> None:
    from fireline.cli.zone_sources import earliest

    head = Words("区域|级别|单元|最早|可解除|依据|尚缺", "zone|level|units|earliest|due|rule|missing")
    said = {
        True: Words("是", "yes"),
        False: Words("否", "no"),
        None: Words("未知", "not known"),
    }
    rows = source.lifting
    if not rows:
        said_none = Words(
            "没有人提请过区域：解除按指令判断；要看规则划定的区域请给出文件夹。",
            "Nobody put a ring forward: lifting is judged for an order; give a FOLDER for the rule's ring.",
        )
        typer.echo(said_none.get(asked.lang))
        return
    shown = rows[: asked.limit] if asked.limit else rows
    cells = [
        [
            str(r["zone_id"]), str(r["level"]), str(r["n_units"]), earliest(r, source.tz),
            said[r["is_due"]].get(asked.lang), str(r["rule_id"] or "–"),
            cut(str(r[f"missing_{asked.lang}"] or "–"), _WHY_CELLS),
        ]
        for r in shown
    ]  # fmt: skip
    for line in columns(head.get(asked.lang).split("|"), cells, longest=_WHY_CELLS):
        typer.echo(line)
    _more(len(rows), len(shown), asked.lang)


def _order(asked: Asked, source: Source) -> None:
    text, lang = source.order(asked.candidate), asked.lang
    typer.echo(f"\n{text.title.get(lang)}\n{text.status.get(lang)}")
    for block in text.blocks:
        typer.echo(f"\n{block.heading.get(lang)}")
        for line in block.lines:
            typer.echo(f"  - {line.get(lang)}")
    for annex in text.annexes:
        typer.echo(f"\n{Words('附件', 'Annex').get(lang)}: {annex.name.get(lang)}")
        typer.echo("  " + "  ".join(f"{unit} ({people:,})" for unit, people in annex.units))
    typer.echo("")


def _plain_order(text: Order) -> dict[str, Any]:
    def both(words: Words) -> dict[str, str]:
        return {"zh": words.zh, "en": words.en}

    return {
        "title": both(text.title),
        "status": both(text.status),
        "blocks": [
            {"heading": both(b.heading), "lines": [both(line) for line in b.lines]} for b in text.blocks
        ],
        "annexes": [
            {"level": a.level, "units": [{"unit_id": u, "population": n} for u, n in a.units]}
            for a in text.annexes
        ],
    }


def _plain_needs(source: Source, candidate: str) -> dict[str, Any]:
    from dataclasses import asdict

    from fireline.pipeline.zoning.needs import keeping

    assert source.study.question is not None
    return asdict(keeping(source.study.question, source.study.option(candidate)))


def _more(n: int, shown: int, lang: str) -> None:
    if n > shown:
        typer.echo(
            Words(
                f"另有 {n - shown} 行未显示（--limit 0 或 --json）",
                f"{n - shown} more not shown (--limit 0 or --json)",
            ).get(lang)
        )
