"""What an investigation holds: a case definition, a two-by-two table and the description of an outbreak.

Chapter 6: filled by define, attack and describe; read by contacts, oversight, bulletins and the faces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import polars as pl

from fireline.words import Words

CLASSIFICATIONS = ("confirmed", "probable", "suspected", "asymptomatic", "discarded", "unclassified")
"""Order in which classes are stacked and listed."""

ILL = ("confirmed", "probable", "suspected", "unclassified")
"""Classes that count as ill in attack rates (asymptomatic infections and discarded cases do not)."""

STEPS = ("1h", "3h", "1d", "1w")
"""Steps of an epidemic curve, finest first."""

SYMPTOM = "symptom:"
"""Prefix of the exposure items that are symptoms, not exposures."""

ILLNESS = "ill"
"""Reserved exposure item: whether the person is ill, where a list says so without a case row."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Person, place and time of a case definition; empty parts limit nothing.

    Attributes
    ----------
    groups, occupations : tuple of str, the person's group (class, ward, team) or occupation is one of these
    min_age, max_age : float or None, years, both inclusive
    area_codes : tuple of str, the case's area starts with one of these
    place_ids : tuple of str, the person was at one of these places (visits)
    onset_from, onset_to : aware datetime or None, UTC, half-open [from, to)
    """

    groups: tuple[str, ...] = ()
    occupations: tuple[str, ...] = ()
    min_age: float | None = None
    max_age: float | None = None
    area_codes: tuple[str, ...] = ()
    place_ids: tuple[str, ...] = ()
    onset_from: datetime | None = None
    onset_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Definition:
    """One version of a case definition, as data.

    Attributes
    ----------
    id : str
    version : int, counted from 1
    valid_from : date
    disease : str
    text : Words, the definition as its author wrote it
    author : Words, who set it (a post or unit, not a person's name)
    scope : Scope, person, place and time that every class must meet
    classes : mapping from "confirmed", "probable", "suspected" to a predicate tree over the facts of
        ``define.facts_of`` (for example {"any": [{"fact": "symptom:vomiting", "eq": True}]})
    """

    id: str
    version: int
    valid_from: date
    disease: str
    text: Words
    author: Words
    scope: Scope = field(default_factory=Scope)
    classes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Share:
    """Ill of total with an exact (Clopper-Pearson) interval; ``rate`` is None where total is 0."""

    ill: int
    total: int
    rate: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class TwoByTwo:
    """Everything read from one table of exposed/unexposed by ill/well.

    Attributes
    ----------
    a, b, c, d : int, exposed ill, exposed well, unexposed ill, unexposed well
    exposed, unexposed : Share, the attack rates
    risk_ratio, risk_low, risk_high : float or None; inf where nobody unexposed is ill
    risk_method : "katz", "exact" or "" (not computable)
    odds_ratio : float or None, conditional maximum likelihood
    odds_low, odds_high : float or None, exact conditional interval
    sample_odds_ratio : float or None, ad/bc
    p : float or None, Fisher's exact test, two-sided
    note : Words or None, what a zero cell or an empty margin means here
    """

    a: int
    b: int
    c: int
    d: int
    exposed: Share
    unexposed: Share
    risk_ratio: float | None
    risk_low: float | None
    risk_high: float | None
    risk_method: str
    odds_ratio: float | None
    odds_low: float | None
    odds_high: float | None
    sample_odds_ratio: float | None
    p: float | None
    note: Words | None


@dataclass(frozen=True, slots=True)
class Pooled:
    """Mantel-Haenszel ratios over strata.

    Attributes
    ----------
    risk_ratio, risk_low, risk_high : float or None (Greenland-Robins interval)
    odds_ratio, odds_low, odds_high : float or None (Robins-Breslow-Greenland interval)
    chi2, p : float or None, Mantel-Haenszel test with continuity correction 0.5
    n_strata : int, strata that carry information
    n_left_out : int, strata with an empty margin, which carry none
    """

    risk_ratio: float | None
    risk_low: float | None
    risk_high: float | None
    odds_ratio: float | None
    odds_low: float | None
    odds_high: float | None
    chi2: float | None
    p: float | None
    n_strata: int
    n_left_out: int


@dataclass(frozen=True, slots=True)
class Investigation:
    """The description of an outbreak by time, place and person.

    Attributes
    ----------
    line_list : DataFrame, one row per case, sorted by case_id
    curve : DataFrame, start (UTC), step, classification, count, basis (onset, sampled or reported);
        zero-filled inside the span
    curve_by_report : DataFrame of the same columns, by day of report (empty without report dates)
    trajectories : DataFrame, stays of every case in order
    gaps : DataFrame, hours (or days) of a case's look-back that no stay explains
    windows : DataFrame, the infectious window of each case
    attack : DataFrame, one row per exposure item with its two-by-two table
    doses : DataFrame, one row per exposure item and amount
    groups : DataFrame, attack rate by group and by area, where denominators exist
    symptoms : DataFrame, how many of the ill had each symptom
    delays : DataFrame, days between milestones
    summary : dict of plain values
    notes : tuple of Words, what is missing and what was assumed
    """

    line_list: pl.DataFrame
    curve: pl.DataFrame
    curve_by_report: pl.DataFrame
    trajectories: pl.DataFrame
    gaps: pl.DataFrame
    windows: pl.DataFrame
    attack: pl.DataFrame
    doses: pl.DataFrame
    groups: pl.DataFrame
    symptoms: pl.DataFrame
    delays: pl.DataFrame
    summary: dict[str, Any]
    notes: tuple[Words, ...] = ()

    def tables(self) -> dict[str, pl.DataFrame]:
        """All tables by the name they get in a run's output folder."""
        return {
            "line_list": self.line_list,
            "curve": self.curve,
            "curve_by_report": self.curve_by_report,
            "trajectories": self.trajectories,
            "trajectory_gaps": self.gaps,
            "infectious_windows": self.windows,
            "attack_rates": self.attack,
            "attack_doses": self.doses,
            "attack_groups": self.groups,
            "symptoms": self.symptoms,
            "delays": self.delays,
        }
