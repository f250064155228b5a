"""The chain around the cases asked about: links stated and computed, possible sources, R and k, odd links.

Pipeline: the same shape from the records of a folder and from the rows of a database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import polars as pl

from fireline.contacts.chain_summary import FIGURES, figures
from fireline.contacts.chain_words import chain_words
from fireline.contacts.find import find
from fireline.contacts.tables import EDGES
from fireline.errors import InputError
from fireline.pipeline.trace.model import Traced, asked_cases
from fireline.policy import At
from fireline.records.model import Records
from fireline.words import Words

LINKS: dict[str, pl.DataType] = {
    **EDGES,
    "component": pl.Int64(),
    "why_zh": pl.String(),
    "why_en": pl.String(),
}
"""Columns of links; kind "possible" is no link but a source that may be one."""

_KIND = {
    "infected_by": Words("陈述：由其感染", "stated: infected by"),
    "contact": Words("陈述：有接触", "stated: contact"),
    "household": Words("陈述：同住", "stated: same household"),
    "cluster": Words("陈述：同一聚集", "stated: same cluster"),
    "computed": Words("推算：曾同处且可能性最大", "computed: they met, and it is the likelier source"),
    "possible": Words("可能的来源", "possible source"),
}
_FLAG = {
    "no_onset": Words("缺发病日", "an onset is missing"),
    "negative": Words("早于该病所允许，应复核", "earlier than the disease allows: check it"),
    "missing_generation": Words("间隔过长，中间可能缺病例", "too long: a case between is likely missing"),
    "unresolved": Words("一端不是已知病例", "one end is no known case"),
    "self": Words("自己感染自己，应复核", "a case that infects itself: check it"),
}


def trace_chain(records: Records, rules: At, *, at: datetime, case_ids: Sequence[str]) -> Traced:
    """The chain of the cases asked about, from records.

    Parameters
    ----------
    records, rules, at : see contacts.find
    case_ids : sequence of str   empty = all cases

    Returns
    -------
    Traced   see ``around``

    Raises
    ------
    InputError   a case is not there

    Notes
    -----
    Stated links need no rule. Meetings are used where a rule in force lets movement be searched; the notes
    say for how many cases none does.
    """
    asked_cases(records, rules, case_ids)
    found = find(records, rules, at=at)
    edges = pl.concat([found.chain.edges, found.chain.possible()])
    said = dict(figures(found.chain.summary, rules.profile).iter_rows())
    return around(found.chain.nodes, edges, said, case_ids=case_ids, notes=found.notes)


def around(
    nodes: pl.DataFrame,
    edges: pl.DataFrame,
    said: Mapping[str, str],
    *,
    case_ids: Sequence[str],
    notes: tuple[Words, ...] = (),
) -> Traced:
    """Links of the components that hold the cases asked about, with the sentence of each.

    Parameters
    ----------
    nodes : DataFrame   case_id, component, generation at least
    edges : DataFrame   columns contacts.tables.EDGES, with kind "possible"
    said : mapping   figures of the whole chain, as contacts.chain_summary.figures gives them
    case_ids : sequence of str   empty = all cases
    notes : tuple of Words

    Returns
    -------
    Traced   table: columns LINKS; links first, then possible sources by probability; ``more`` holds
        nodes (case_id, component, generation) and figures; R, k and odd links are told in the notes

    Raises
    ------
    InputError   a case is not there
    """
    known = dict(nodes.select("case_id", "component").iter_rows())
    for k, name in enumerate(case_ids):
        if name not in known:
            raise InputError(
                Words(
                    f"第 {k + 1} 个病例编号：不在传播链中；请从病例列表中选择",
                    f"case number {k + 1} of those asked about: not in the chain; "
                    "choose an id of the line list",
                )
            )
    wanted = {known[name] for name in case_ids} if case_ids else set(known.values())
    mine = nodes.filter(pl.col("component").is_in(list(wanted))).select("case_id", "component", "generation")
    inside = mine["case_id"].implode()
    component = nodes.select(pl.col("case_id"), "component")
    touching = edges.filter(pl.col("from_case").is_in(inside) | pl.col("to_case").is_in(inside))
    if case_ids:  # a source that is only possible is told for the cases asked about, not for the others
        touching = touching.filter((pl.col("kind") != "possible") | pl.col("to_case").is_in(list(case_ids)))
    table = (
        touching.join(
            component.rename({"case_id": "to_case"}), on="to_case", how="left", maintain_order="left"
        )
        .with_columns(
            pl.Series("why_zh", [_why(row).zh for row in touching.iter_rows(named=True)], pl.String),
            pl.Series("why_en", [_why(row).en for row in touching.iter_rows(named=True)], pl.String),
        )
        .select([pl.col(name).cast(dtype) for name, dtype in LINKS.items()])
        .sort(
            pl.col("kind") == "possible", "to_case", "share", "from_case",
            descending=[False, False, True, False], nulls_last=True,
        )
    )  # fmt: skip
    whole = pl.DataFrame(list(said.items()), schema=FIGURES, orient="row")
    return Traced(
        "chain",
        table,
        notes=(*chain_words(said), *notes),
        more={"nodes": mine.sort("component", "generation", "case_id", nulls_last=True), "figures": whole},
    )


def _why(row: Mapping[str, object]) -> Words:
    kind = str(row["kind"])
    word = _KIND.get(kind, Words.same(kind))
    a, b = row["from_case"], row["to_case"] or "?"
    zh, en = f"{a} → {b}：{word.zh}", f"{a} → {b}: {word.en}"
    share, days, flag = row["share"], row["serial_days"], str(row["flag"] or "")
    if isinstance(share, float):
        zh += f"，概率 {share:.0%}"
        en += f", probability {share:.0%}"
    if days is not None:
        zh += f"，发病相隔 {days} 天"
        en += f", {days} days between onsets"
    if flag in _FLAG:
        zh += f"；{_FLAG[flag].zh}"
        en += f"; {_FLAG[flag].en}"
    return Words(zh + "。", en + ".")
