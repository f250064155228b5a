"""Finds the contacts of every case and the chain of the cases, as far as data and rules allow.

Chapter 7: reads records and the rules in force, is read by zones, tasks, oversight and bulletins.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from fireline.contacts.chain import build_chain
from fireline.contacts.classify import Verdict, classify, facts_of_pair
from fireline.contacts.copresence import meetings
from fireline.contacts.explain import condition, why, why_secondary
from fireline.contacts.model import Contacts
from fireline.contacts.notes import notes_about
from fireline.contacts.search import CaseEngine
from fireline.contacts.stated import stated_evidence
from fireline.contacts.tables import BASES, EVIDENCE, FOUND
from fireline.contacts.windows import RuleBook, case_windows, cases_of
from fireline.policy import Answer, At
from fireline.records.model import Records
from fireline.words import Words


def find(
    records: Records,
    rules: At,
    *,
    at: datetime,
    engine: CaseEngine | None = None,
    searched: Collection[str] | None = None,
    followed: Collection[str] | None = None,
) -> Contacts:
    """Find contacts: named ones at once, unnamed ones only where a rule in force allows the search.

    Parameters
    ----------
    records : Records
    rules : At   disease and area; each case is judged by the rules of the day it became known
    at : datetime, aware   nothing later is looked at
    engine : how the pair search is run; None = the kernel on this thread
    searched : collection of case ids or None   cases for which somebody opened the search over movement of
        people nobody named; None = all that a rule allows (file runs and exercises)
    followed : collection of case ids or None   cases whose contacts are followed to their own contacts; None
        = all whose rule asks for it

    Returns
    -------
    Contacts   one row per case and person in ``found``, sorted by (case_id, person_key)
    """
    people = find_people(records, rules, at=at, engine=engine, searched=searched, followed=followed)
    return Contacts(
        people.found,
        build_chain(records, people.cases, rules.profile, found=people.found),
        people.answers,
        people.notes,
    )


@dataclass(frozen=True, slots=True)
class People:
    """Contacts without the chain, for one who asks about a few cases.

    Attributes
    ----------
    found : DataFrame   columns contacts.tables.FOUND, sorted by (case_id, person_key)
    cases : DataFrame   as windows.cases_of gives it
    answers : tuple of Answer, every distinct answer that was used
    notes : tuple of Words, what was not done and why
    """

    found: pl.DataFrame
    cases: pl.DataFrame
    answers: tuple[Answer, ...]
    notes: tuple[Words, ...]


def find_people(
    records: Records,
    rules: At,
    *,
    at: datetime,
    engine: CaseEngine | None = None,
    searched: Collection[str] | None = None,
    followed: Collection[str] | None = None,
    only: Collection[str] | None = None,
) -> People:
    """The contacts that ``find`` gives, without the chain.

    Parameters
    ----------
    records, rules, at, engine, searched, followed : see find
    only : collection of case ids or None   cases whose contacts and notes are wanted; None = all

    Returns
    -------
    People   rows of ``only`` are those of a search without it
    """
    book = RuleBook(rules)
    cases = cases_of(records, rules)
    windows = case_windows(cases, book, tz=records.tz, at=at, searched=searched)
    mine = windows if only is None else windows.filter(pl.col("case_id").is_in(list(only)))
    # who is close to any case is nobody's secondary contact: then all cases are looked at
    judged = mine if followed is not None and not followed else windows
    open_windows = judged.filter("is_open").rename({"case_id": "key"})
    visits = records.table("visits")
    met = meetings(visits, open_windows, tz=records.tz, engine=engine)
    stated = stated_evidence(records, cases, windows).join(judged, on="case_id", how="semi")
    evidence = merged(pl.concat([stated, met]))
    found, n_below = _judged(evidence, windows, book=book, records=records)
    asked = windows if followed is None else windows.filter(pl.col("case_id").is_in(list(followed)))
    second = _secondary(found, records=records, windows=windows, asked=asked, book=book, at=at, engine=engine)
    table = pl.concat([found, second]).join(mine, on="case_id", how="semi").sort("case_id", "person_key")
    answers = book.used()
    return People(
        table,
        cases,
        answers,
        notes_about(records, cases=cases, windows=mine, book=book, n_below=n_below),
    )


def merged(evidence: pl.DataFrame) -> pl.DataFrame:
    """One row per case and person from all that is known of the pair.

    Parameters
    ----------
    evidence : DataFrame   columns contacts.tables.EVIDENCE

    Returns
    -------
    DataFrame   EVIDENCE and is_stated, is_household, is_manifest; basis is the strongest; figures come from
    co-presence where there are any; the exposure spans all sources
    """
    pair = ["case_id", "person_key"]
    rank = pl.col("basis").replace_strict({b: k for k, b in enumerate(BASES)}, return_dtype=pl.Int64)
    is_dated = pl.col("first_exposure").is_not_null() | pl.col("last_exposure").is_not_null()
    is_home = pl.col("basis") == "household"  # spans the whole window: anything else says more about when
    ordered = (
        evidence.with_columns(rank.alias("rank"), is_dated.alias("is_dated"))
        .with_columns((pl.col("is_dated") & ~is_home).any().over(pair).alias("is_told"))
        .with_columns((pl.col("is_dated") & (~is_home | ~pl.col("is_told"))).alias("is_used"))
        .sort(*pair, "rank", "first_exposure", "last_exposure", "place_id", nulls_last=True)
    )
    by_search = pl.col("basis") == "co_presence"
    return (
        ordered.group_by(pair, maintain_order=True)
        .agg(
            pl.col("basis").first(),
            pl.col("stated_class").drop_nulls().first(),
            *(pl.col(c).filter(by_search).first() for c in ("place_id", "overlap_s", "episodes")),
            pl.col("first_exposure").filter("is_used").min(),
            pl.col("last_exposure").filter("is_used").max(),
            pl.col("precision").filter("is_used").drop_nulls().first(),
            pl.col("is_same_day_place").any(ignore_nulls=False),
            pl.col("is_same_seat_zone").drop_nulls().first(),
            pl.col("seat_rows_apart").min(),
            pl.col("is_same_carriage").drop_nulls().first(),
            *((pl.col("basis") == b).any().alias(f"is_{b}") for b in ("stated", "household", "manifest")),
        )
        .sort("case_id", "person_key")
    )


class _Phrases:
    """Conditions of rules in words, put together once for each rule."""

    def __init__(self) -> None:
        self._by_rule: dict[str, Words] = {}

    def of(self, verdict: Verdict) -> Words | None:
        """The condition of the rule that decided; None when none did."""
        answer = verdict.answer
        if answer is None or answer.value is None:
            return None
        if answer.rule_id not in self._by_rule:
            self._by_rule[answer.rule_id] = condition(answer.value)
        return self._by_rule[answer.rule_id]


def _judged(
    evidence: pl.DataFrame, windows: pl.DataFrame, *, book: RuleBook, records: Records
) -> tuple[pl.DataFrame, int]:
    """Classes and reasons for merged evidence; and how many pairs met but are below every rule."""
    day_of = dict(zip(windows["case_id"], windows["rule_day"], strict=True))
    kind_of = _place_kinds(records)
    rows, n_below = [], 0
    judged: dict[tuple[Any, ...], Verdict] = {}  # the same facts under the same rules: the same verdict
    phrases = _Phrases()
    for row in evidence.iter_rows(named=True):
        day: date = day_of[row["case_id"]]
        answers = book.classes(day)
        facts = facts_of_pair(row, kind_of.get(row["place_id"]))
        key = (tuple(facts.values()), row["precision"], tuple(map(id, answers)))
        if key not in judged:
            judged[key] = classify(facts, answers, precision=row["precision"])
        verdict = judged[key]
        if row["stated_class"] is not None:
            by_rule = verdict.answer if verdict.cls == row["stated_class"] else None
            verdict = Verdict(row["stated_class"], by_rule)
        elif verdict.cls == "" and row["basis"] == "co_presence":
            n_below += 1
            continue
        elif verdict.cls == "":
            verdict = Verdict("unclassified", None)  # named people are always shown
        rest = phrases.of(verdict)
        reason = why(row, verdict, tz=records.tz, stated_class=row["stated_class"], rest=rest)
        rows.append(_found_row(row, verdict, reason.zh, reason.en))
    return pl.DataFrame(rows, schema=FOUND, orient="row"), n_below


def _found_row(row: dict[str, Any], verdict: Verdict, zh: str, en: str) -> tuple[Any, ...]:
    rule = verdict.answer.rule if verdict.answer is not None else None
    return (
        row["case_id"],
        row["person_key"],
        verdict.cls,
        row["basis"],
        row["place_id"],
        row["overlap_s"],
        row["episodes"],
        row["first_exposure"],
        row["last_exposure"],
        row["precision"] or "day",
        rule.id if rule else "",
        rule.edition if rule else "",
        zh,
        en,
    )


def _place_kinds(records: Records) -> dict[str, str]:
    places = records.table("places").drop_nulls("kind")
    return dict(zip(places["place_id"], places["kind"], strict=True))


def _secondary(
    found: pl.DataFrame,
    *,
    records: Records,
    windows: pl.DataFrame,
    asked: pl.DataFrame,
    book: RuleBook,
    at: datetime,
    engine: CaseEngine | None,
) -> pl.DataFrame:
    """Contacts of close contacts, where a rule in force asks for them.

    Each close contact who is no case is followed from the first exposure until management began (else
    until ``at``) under the case of the earliest exposure.
    """
    empty = pl.DataFrame(schema=FOUND)
    days = asked.filter("is_open").select("case_id", "rule_day")
    allowed = {
        row["case_id"]: row["rule_day"]
        for row in days.iter_rows(named=True)
        if book.find("contact.class", "secondary", row["rule_day"]).in_force
    }
    if not allowed:
        return empty
    case_people = windows["person_key"].unique()
    managed = records.table("contacts").group_by("person_key").agg(pl.col("managed_at").min())
    close = (
        found.filter(
            (pl.col("class") == "close")
            & pl.col("case_id").is_in(list(allowed))
            & ~pl.col("person_key").is_in(case_people.implode())
        )
        .drop_nulls("first_exposure")
        .sort("person_key", "first_exposure", "case_id")
        .unique("person_key", keep="first", maintain_order=True)
        .join(managed, on="person_key", how="left")
    )
    followed = close.select(
        pl.col("person_key").alias("key"),
        "person_key",
        pl.col("first_exposure").alias("from"),
        pl.min_horizontal(pl.col("managed_at").fill_null(at), pl.lit(at)).alias("to"),
    )
    met = meetings(records.table("visits"), followed, tz=records.tz, engine=engine)
    homes = _shared_homes(records, followed)
    near = pl.concat([case_people, found.filter(pl.col("class") == "close")["person_key"]]).unique()
    pairs = merged(pl.concat([met, homes])).filter(~pl.col("person_key").is_in(near.implode()))
    case_of = dict(zip(close["person_key"], close["case_id"], strict=True))
    return _best_secondary(pairs, case_of, allowed=allowed, book=book, records=records, found=found)


def _shared_homes(records: Records, followed: pl.DataFrame) -> pl.DataFrame:
    homes = records.table("persons").select("person_key", "household_id").drop_nulls().unique()
    both = followed.join(homes, on="person_key").join(
        homes.rename({"person_key": "member"}), on="household_id"
    )
    rows = both.filter(pl.col("member") != pl.col("person_key")).select(
        pl.col("key").alias("case_id"),
        pl.col("member").alias("person_key"),
        pl.lit("household").alias("basis"),
        pl.col("from").alias("first_exposure"),
        pl.col("to").alias("last_exposure"),
        pl.lit("day").alias("precision"),
    )
    missing = [pl.lit(None, dtype).alias(n) for n, dtype in EVIDENCE.items() if n not in rows.columns]
    return rows.with_columns(missing).select([pl.col(n).cast(t) for n, t in EVIDENCE.items()])


def _best_secondary(
    pairs: pl.DataFrame,
    case_of: dict[str, str],
    *,
    allowed: dict[str, date],
    book: RuleBook,
    records: Records,
    found: pl.DataFrame,
) -> pl.DataFrame:
    """One row per person: through the close contact of the longest meeting, under that contact's case.

    A person who met forty close contacts is one person to be called, not forty rows; the first meeting in
    order of length that the rule accepts is the one that is told.
    """
    kind_of = _place_kinds(records)
    taken = set(zip(found["case_id"], found["person_key"], strict=True))
    judged: dict[tuple[Any, ...], Verdict] = {}
    best: dict[str, tuple[str, dict[str, Any], Verdict]] = {}

    def decide(candidates: pl.DataFrame) -> None:
        for row in candidates.iter_rows(named=True):
            close_person, person = row["case_id"], row["person_key"]
            case_id = case_of[close_person]
            if person in best or (case_id, person) in taken:
                continue
            answer = book.find("contact.class", "secondary", allowed[case_id])
            facts = {**facts_of_pair(row, kind_of.get(row["place_id"])), "contact_of": "close"}
            seen = (tuple(facts.values()), row["precision"], id(answer))
            if seen not in judged:
                judged[seen] = classify(facts, (answer,), precision=row["precision"])
            if judged[seen].cls == "secondary":
                best[person] = (close_person, {**row, "case_id": case_id}, judged[seen])

    ordered = pairs.sort(
        "person_key",
        "overlap_s",
        "case_id",
        descending=[False, True, False],
        nulls_last=True,
        maintain_order=True,
    )
    first = ordered.unique("person_key", keep="first", maintain_order=True)
    decide(first)
    rest = ordered.join(first, on=["person_key", "case_id"], how="anti", maintain_order="left")
    decide(
        rest.filter(~pl.col("person_key").is_in(list(best)))
    )  # few: the longest meeting nearly always decides

    rows, phrases = [], _Phrases()
    for close_person, row, verdict in best.values():
        told = phrases.of(verdict)
        reason = why_secondary(row, verdict, tz=records.tz, close_person=close_person, rest=told)
        rows.append(_found_row(row, verdict, reason.zh, reason.en))
    return pl.DataFrame(rows, schema=FOUND, orient="row")
