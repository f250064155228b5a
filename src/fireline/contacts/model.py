"""What contacts finds: frozen results with the answers they rest on.

Chapter 7: reads records, is read by zones, tasks and oversight.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from fireline.contacts.chain_summary import figures
from fireline.contacts.tables import EDGES, SOURCES
from fireline.policy.model import Answer
from fireline.words import Words


@dataclass(frozen=True, slots=True)
class Chain:
    """Who infected whom, as far as it is stated or known by meetings and days.

    Attributes
    ----------
    nodes : DataFrame, one row per case; columns contacts.tables.NODES, sorted by case_id
    edges : DataFrame, one row per link, stated or "computed"; columns contacts.tables.EDGES, sorted by all
    summary : mapping; of the stated links: n_cases, n_components, n_singletons, largest, n_links, n_directed,
        n_unresolved, n_infectors, max_generation, by_generation, n_serial, mean_serial_days, sd_serial_days
        (None where not computable), n_negative, n_impossible, n_missing_generation, n_missing_between (at
        least so many cases), offspring (mapping from number of stated infectees to number of cases),
        n_recent (cases too recent to be counted) and reproduction (an Offspring, R and k without those);
        of the sources: n_computed, n_unknown_likeliest, mean_unknown_share, n_likely, evidence_used,
        evidence_put_aside
    sources : DataFrame, possible sources of each case with their shares; columns contacts.tables.SOURCES
    """

    nodes: pl.DataFrame
    edges: pl.DataFrame
    summary: Mapping[str, Any]
    sources: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SOURCES))

    def possible(self) -> pl.DataFrame:
        """Up to three sources of each case that are no link yet and hold at least one twentieth.

        Returns
        -------
        DataFrame   columns contacts.tables.EDGES, kind "possible"
        """
        return (
            self.sources.filter((pl.col("rank") > 0) & (pl.col("rank") <= 3) & (pl.col("share") >= 0.05))
            .join(
                self.edges.select(pl.col("to_case").alias("case_id"), "from_case"),
                on=["case_id", "from_case"], how="anti", maintain_order="left",
            )
            .with_columns(
                pl.col("case_id").alias("to_case"),
                pl.lit("possible").alias("kind"),
                pl.lit(True).alias("directed"),
                pl.lit("").alias("flag"),
            )
            .select([pl.col(name).cast(dtype) for name, dtype in EDGES.items()])
        )  # fmt: skip


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
        return {
            "contacts": self.found,
            "chain_cases": self.chain.nodes,
            "chain_links": self.chain.edges,
            "chain_sources": self.chain.sources,
            "chain_figures": figures(self.chain.summary),
        }
