"""Counts that are surveys made because of cases: no figure of early warning.

Chapter 5: what a vector's index rises with is where and when somebody looked, which is around known cases.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from fireline.records.model import Records
from fireline.words import Words

SURVEYS = {"breteau_index": Words("布雷图指数", "Breteau index")}
"""Streams of counts that are surveys; zones read them, early warning does not."""


def without_surveys(records: Records) -> tuple[Records, tuple[Words, ...]]:
    """Records without survey streams, and a sentence for each that was left out.

    Notes
    -----
    A survey is made around a known case and repeated by the rule's interval until the index is low; its rise
    and its silence follow the response, not an event that is beginning.
    """
    counts = records.table("counts")
    found = sorted(set(counts["stream"].unique().to_list()) & set(SURVEYS))
    if not found:
        return records, ()
    kept = replace(
        records,
        tables={**records.tables, "counts": counts.filter(~pl.col("stream").is_in(found))},
    )
    notes = tuple(
        Words(
            f"{SURVEYS[name].zh}只在病例周围调查，随处置而变，不作早期预警；用于媒介区的调查和解除。",
            f"{SURVEYS[name].en}: surveyed around cases, so it follows the response; left out of early "
            "warning, used for the areas of a vector and their lifting.",
        )
        for name in found
    )
    return kept, notes
