"""What contacts finds: frozen results with the answers they rest on.

Chapter 7: reads records, is read by zones, tasks and oversight.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from fireline.policy.model import Answer
from fireline.words import Words


@dataclass(frozen=True, slots=True)
class Chain:
    """Who infected whom, as far as it is stated.

    Attributes
    ----------
    nodes : DataFrame, one row per case; columns contacts.tables.NODES, sorted by case_id
    edges : DataFrame, one row per stated link; columns contacts.tables.EDGES, sorted by all columns
    summary : mapping; n_cases, n_components, n_singletons, largest, n_links, n_directed, n_unresolved,
        n_infectors, max_generation, n_serial, mean_serial_days, sd_serial_days (None where not computable),
        offspring (mapping from number of stated infectees to number of cases)
    """

    nodes: pl.DataFrame
    edges: pl.DataFrame
    summary: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Contacts:
    """Everyone who is or may be a contact, why, and the chain of the cases.

    Attributes
    ----------
    found : DataFrame, one row per (case_id, person_key); columns contacts.tables.FOUND, sorted by these two
    chain : Chain
    answers : tuple of Answer, every distinct answer that was used
    notes : tuple of Words, what was not done and why
    """

    found: pl.DataFrame
    chain: Chain
    answers: tuple[Answer, ...]
    notes: tuple[Words, ...]

    def tables(self) -> dict[str, pl.DataFrame]:
        """Tables for the output folder of a run."""
        return {"contacts": self.found, "chain_cases": self.chain.nodes, "chain_links": self.chain.edges}
