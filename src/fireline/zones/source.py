"""Zones of a source: a lot, a food, a water supply, an animal holding, held until samples clear it.

Chapter 8: what is restricted is the thing, not the people. Reads exposures, lots, their handlers and samples.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from fireline.policy.model import Answer, Status
from fireline.policy.terms import term
from fireline.records.model import Records
from fireline.words import Words, join_words
from fireline.zones.cases import counted_cases
from fireline.zones.lifting.clock import known_end
from fireline.zones.tables import SCHEMAS, empty

if TYPE_CHECKING:
    from fireline.policy import At

KINDS = {
    "lot": ("lot", "source_food"),
    "food": ("site", "source_food"),
    "water_supply": ("site", "source_water"),
    "animal_holding": ("site", "source_animal"),
}
"""Kind of source (the item of an exposure) -> kind of subject its samples have, and subject of its rules."""


@dataclass(frozen=True, slots=True)
class SourceZones:
    """Sources that cases share, with what the rules say to do.

    Attributes
    ----------
    sources : one row per source (``SCHEMAS["sources"]``), most cases first
    trace : where each lot came from and where else its product went (``SCHEMAS["source_trace"]``)
    answers : rules asked
    notes : tuple of Words
    """

    sources: pl.DataFrame = field(default_factory=lambda: empty("sources"))
    trace: pl.DataFrame = field(default_factory=lambda: empty("source_trace"))
    answers: tuple[Answer, ...] = ()
    notes: tuple[Words, ...] = ()


def source_zones(records: Records, rules: At, *, at: datetime, min_cases: int = 1) -> SourceZones:
    """Sources that cases were exposed to, with samples, measures and lifting.

    Parameters
    ----------
    records : exposures whose ``item`` is lot, food, water_supply or animal_holding and whose ``value`` names
        the source; lots and lot_handlers; tests of subject_kind lot or site whose subject_id is the source
    rules : goods/source_food, source_water, source_animal (measures) and zone.lift of the same subjects
    at : aware UTC instant; nothing later is used
    min_cases : cases a source needs to be listed, >= 1; a source with a positive sample is always listed

    Returns
    -------
    SourceZones   a measure that only advises is marked ``is_advice``; it orders nothing

    Raises
    ------
    ValueError   min_cases < 1

    Notes
    -----
    A link is not a proof: the attack rates of the investigation say how strong it is. A source may be lifted
    when the samples taken after its last positive one, or after the last exposure of a case where none was
    positive, are negative as many times in a row as the rule asks.
    """
    if min_cases < 1:
        raise ValueError("min_cases must be at least 1")
    links = _links(records, at=at)
    samples = _samples(records, at=at)
    asked = {
        subject: (rules.find("goods", subject), rules.find("zone.lift", subject))
        for subject in sorted({subject for _, subject in KINDS.values()})
    }
    answers = tuple(answer for pair in asked.values() for answer in pair)
    rows = []
    ids = set(links.select("kind", "source_id").iter_rows()) | _positive(samples, records)
    for kind, source_id in sorted(ids):
        mine = links.filter((pl.col("kind") == kind) & (pl.col("source_id") == source_id))
        taken = samples.filter(
            (pl.col("subject_kind") == KINDS[kind][0]) & (pl.col("subject_id") == source_id)
        )
        n_positive = taken.filter(pl.col("result") == "positive").height
        if mine["case_id"].n_unique() < min_cases and not n_positive:
            continue
        rows.append(_row(kind, source_id, mine, taken, asked[KINDS[kind][1]]))
    sources = pl.DataFrame(rows, schema=SCHEMAS["sources"]).sort(
        ["n_cases", "kind", "source_id"], descending=[True, False, False]
    )
    lots = sources.filter(pl.col("kind") == "lot")["source_id"].to_list()
    return SourceZones(sources, _trace(records, lots), answers, tuple(_notes(asked, sources, rules)))


def _links(records: Records, *, at: datetime) -> pl.DataFrame:
    """Cases and their sources: case_id, kind, source_id, relation, exposed_at (its end; nullable)."""
    tz = str(records.tz)
    cases = counted_cases(records, at=at).select("case_id", "person_key")
    exposed = (
        records.table("exposures")
        .filter(pl.col("item").is_in(list(KINDS)) & (pl.col("at").is_null() | (pl.col("at") <= at)))
        .join(cases, on="person_key")
        .select(
            "case_id",
            kind="item",
            source_id="value",
            relation=pl.lit("exposed"),
            exposed_at=known_end("at", "at_precision", tz=tz),
        )
    )
    handled = (
        records.table("lot_handlers")
        .filter(pl.col("from") <= at)
        .join(cases, on="person_key")
        .select(
            "case_id",
            kind=pl.lit("lot"),
            source_id="lot_id",
            relation=pl.lit("handled"),
            exposed_at=known_end("from", "from_precision", tz=tz),
        )
    )
    return pl.concat([exposed, handled]).sort("kind", "source_id", "case_id", "exposed_at")


def _samples(records: Records, *, at: datetime) -> pl.DataFrame:
    """Samples of things whose result is known, oldest first."""
    return (
        records.table("tests")
        .filter(
            pl.col("subject_kind").is_in(["lot", "site"])
            & pl.col("result").is_in(["positive", "negative"])
            & (pl.max_horizontal("taken_at", "result_at") <= at)
        )
        .sort("subject_id", "taken_at", "sample_id")
    )


def _positive(samples: pl.DataFrame, records: Records) -> set[tuple[str, str]]:
    """Lots with a positive sample, also those no case is linked to yet."""
    known = records.table("lots")["lot_id"].to_list()
    found = samples.filter(
        (pl.col("subject_kind") == "lot")
        & (pl.col("result") == "positive")
        & pl.col("subject_id").is_in(known)
    )
    return {("lot", lot) for lot in found["subject_id"].unique().to_list()}


def clean_in_row(samples: pl.DataFrame, *, after: datetime | None) -> int:
    """Negative samples in a row at the end, taken after an instant (None = from the first)."""
    n = 0
    for taken_at, result in samples.sort("taken_at", "sample_id").select("taken_at", "result").iter_rows():
        n = 0 if result == "positive" else n + (after is None or taken_at > after)
    return n


def _row(
    kind: str, source_id: str, links: pl.DataFrame, samples: pl.DataFrame, asked: tuple[Answer, Answer]
) -> dict[str, Any]:
    measure, lift = asked
    last: datetime | None = links.select(pl.col("exposed_at").max()).item() if links.height else None
    clean = clean_in_row(samples, after=last)
    need = _need(lift)
    known = measure.status in (Status.RULE, Status.ADVICE) and measure.value is not None
    said = measure_words(measure.value or {}) if known else None
    is_due = None if need is None else clean >= need
    missing = _missing(need, clean)
    return {
        "source_id": source_id,
        "kind": kind,
        "n_cases": links["case_id"].n_unique(),
        "case_ids": sorted(set(links["case_id"].to_list())),
        "n_handlers": links.filter(pl.col("relation") == "handled")["case_id"].n_unique(),
        "last_exposure": last,
        "n_samples": samples.height,
        "n_positive": samples.filter(pl.col("result") == "positive").height,
        "n_clean": clean,
        "rule_id": measure.rule_id,
        "edition": measure.rule.edition if measure.rule else "",
        "is_advice": measure.status is Status.ADVICE,
        "measure_zh": said.zh if said else "",
        "measure_en": said.en if said else "",
        "lift_rule_id": lift.rule_id,
        "is_lift_advice": lift.status is Status.ADVICE,
        "is_due": is_due,
        "missing_zh": missing.zh,
        "missing_en": missing.en,
    }


_FLAGS = {
    "test": Words("采样检测", "take samples"),
    "disinfect": Words("消毒", "disinfect"),
    "trace": Words("追溯来源和去向", "trace where it came from and where it went"),
}


def measure_words(value: Mapping[str, Any]) -> Words | None:
    """What a goods rule asks to be done with a source; None where it asks nothing."""
    parts = [term("rule_word", str(value["action"]))] if value.get("action") else []
    parts += [words for key, words in _FLAGS.items() if value.get(key)]
    return join_words(parts, zh="；", en="; ")


def _need(answer: Answer) -> int | None:
    """Negative samples in a row that a lifting rule or advice asks for; None where neither says."""
    if answer.status not in (Status.RULE, Status.ADVICE) or answer.value is None:
        return None
    for condition in answer.value.get("all", ()):
        if condition.get("fact") == "clean_samples_in_row" and "ge" in condition:
            return int(condition["ge"])
    return None


def _missing(need: int | None, clean: int) -> Words:
    if need is None:
        return Words("没有有效的解除规定，由人决定。", "No rule for lifting is in force: a person decides.")
    if clean >= need:
        return Words("条件已全部满足。", "All conditions are met.")
    return Words(f"连续阴性样本：已有 {clean}，须 {need}", f"negative samples in a row: {clean} of {need}")


def _trace(records: Records, lot_ids: list[str]) -> pl.DataFrame:
    """Back to the origin and forward to the stores: every lot of the same product from the same origin."""
    lots = records.table("lots")
    mine = lots.filter(pl.col("lot_id").is_in(lot_ids)).select("lot_id", "product", "origin")
    if mine.is_empty():
        return empty("source_trace")
    people = records.table("lot_handlers").group_by("lot_id").agg(n_handlers=pl.col("person_key").n_unique())
    return (
        mine.join(
            lots.select("product", "origin", "store_id", "arrives_at", other_lot="lot_id"),
            on=["product", "origin"],
        )
        .join(people, left_on="other_lot", right_on="lot_id", how="left")
        .select(
            "lot_id",
            "other_lot",
            "product",
            "origin",
            "store_id",
            "arrives_at",
            n_handlers=pl.col("n_handlers").fill_null(0).cast(pl.Int64),
            is_same=pl.col("lot_id") == pl.col("other_lot"),
        )
        .sort("lot_id", pl.col("is_same").not_(), "other_lot")
        .select(list(SCHEMAS["source_trace"]))
    )


def _notes(asked: Mapping[str, tuple[Answer, Answer]], sources: pl.DataFrame, rules: At) -> Iterator[Words]:
    if sources.is_empty():
        return
    disease = term("disease", rules.disease)
    used = {KINDS[kind][1] for kind in sources["kind"].unique().to_list()}
    for subject in sorted(used):
        measure, name = asked[subject][0], term("rule_subject", subject)
        if measure.status is Status.ADVICE:
            yield Words(
                f"{name.zh}：只有建议（{measure.rule_id}），不能作为指令。",
                f"{name.en}: only advice ({measure.rule_id}); it orders nothing.",
            )
        elif not measure.in_force:
            yield Words(
                f"{name.zh}：{rules.area} 当日没有针对 {disease.zh} 的有效规定。",
                f"{name.en}: no rule for {disease.en} is in force in {rules.area} on this date.",
            )
