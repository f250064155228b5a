"""Attack rates and two-by-two tables by exposure, amount and group, and what pools over strata.

Chapter 6: reads exposures and the ill, is read by describe and bulletins.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import sqrt

import polars as pl
from scipy.stats import norm

from fireline.investigations.model import ILLNESS, SYMPTOM
from fireline.investigations.ratios import share, two_by_two

_YES = "yes|y|true|t|1|是|有|吃|吃了|吃过|喝|喝了|喝过|去了|去过|接触|接触过|√|✓|✔|对|ate|drank|eaten|had"
_NO = (
    "no|n|false|f|0|否|无|没|没有|未|没吃|未吃|没吃过|没喝|未喝|没去|未去|不吃|不喝|未接触|没接触"
    "|×|✗|✕|x|none|not eaten|did not eat"
)
_UNKNOWN = "unknown|unk|u|\\?|？|不详|不清楚|不知道|不明|未知|不记得|记不清|na|n/a|missing"
_AMOUNT = r"^[+]?\d+(\.\d+)?$"

ATTACK_SCHEMA: dict[str, pl.DataType] = {
    "item": pl.String(),
    "exposed_ill": pl.Int64(),
    "exposed_well": pl.Int64(),
    "unexposed_ill": pl.Int64(),
    "unexposed_well": pl.Int64(),
    "unknown_ill": pl.Int64(),
    "unknown_well": pl.Int64(),
    "exposed_rate": pl.Float64(),
    "exposed_low": pl.Float64(),
    "exposed_high": pl.Float64(),
    "unexposed_rate": pl.Float64(),
    "unexposed_low": pl.Float64(),
    "unexposed_high": pl.Float64(),
    "risk_ratio": pl.Float64(),
    "risk_low": pl.Float64(),
    "risk_high": pl.Float64(),
    "risk_method": pl.String(),
    "odds_ratio": pl.Float64(),
    "odds_low": pl.Float64(),
    "odds_high": pl.Float64(),
    "p": pl.Float64(),
    "note_zh": pl.String(),
    "note_en": pl.String(),
}
DOSE_SCHEMA: dict[str, pl.DataType] = {
    "item": pl.String(),
    "amount": pl.Float64(),
    "ill": pl.Int64(),
    "total": pl.Int64(),
    "rate": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "trend_p": pl.Float64(),
}
GROUP_SCHEMA: dict[str, pl.DataType] = {
    "by": pl.String(),
    "group": pl.String(),
    "ill": pl.Int64(),
    "total": pl.Int64(),
    "unknown": pl.Int64(),
    "rate": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
}


def answer(value: str | None) -> tuple[str, float | None]:
    """Read one stated exposure: ("yes" | "no" | "unknown", amount or None).

    A number is an amount (0 = no); anything that is not clearly yes or no is unknown, never "no".
    """
    text = (value or "").strip().lower()
    if re.fullmatch(_AMOUNT, text):
        amount = float(text)
        return ("yes" if amount > 0 else "no"), amount
    if re.fullmatch(_YES, text):
        return "yes", None
    if re.fullmatch(_NO, text):
        return "no", None
    return "unknown", None


def answers_of(exposures: pl.DataFrame) -> pl.DataFrame:
    """Exposures as person_key, item, answer (yes, no, unknown) and amount, one row per person and item.

    Where one person's rows on one item disagree the answer is unknown.
    """
    values = exposures["value"].unique().to_list()
    read = {v: answer(v) for v in values}
    keys = pl.DataFrame(
        {
            "value": values,
            "answer": [read[v][0] for v in values],
            "amount": [read[v][1] for v in values],
        },
        schema={"value": pl.String(), "answer": pl.String(), "amount": pl.Float64()},
    )
    return (
        exposures.select("person_key", "item", "value")
        .join(keys, on="value", how="left", nulls_equal=True)
        .group_by("person_key", "item")
        .agg(
            pl.when(pl.col("answer").n_unique() == 1)
            .then(pl.col("answer").first())
            .otherwise(pl.lit("unknown")),
            pl.col("amount").max(),
        )
        .sort("item", "person_key")
    )


def population(persons: pl.DataFrame, exposures: pl.DataFrame, ill: Sequence[str]) -> pl.DataFrame:
    """Everybody at risk with whether they are ill.

    Parameters
    ----------
    persons, exposures : cleaned tables; everybody in either was listed, hence at risk
    ill : person keys of the ill

    Returns
    -------
    DataFrame   person_key, is_ill (null = not known: the list says so under the item "ill"), sorted
    """
    keys = pl.concat(
        [
            persons.select("person_key"),
            exposures.select("person_key"),
            pl.DataFrame({"person_key": list(ill)}, schema={"person_key": pl.String()}),
        ]
    ).unique()
    stated = answers_of(exposures.filter(pl.col("item") == ILLNESS)).select("person_key", "answer")
    return (
        keys.join(stated, on="person_key", how="left")
        .select(
            "person_key",
            pl.when(pl.col("person_key").is_in(list(ill)))
            .then(True)
            .when(pl.col("answer") == "unknown")
            .then(None)
            .otherwise(False)
            .alias("is_ill"),
        )
        .sort("person_key")
    )


def has_denominators(people: pl.DataFrame) -> bool:
    """Whether anybody listed is not ill: without them no attack rate exists."""
    return people.filter(~pl.col("is_ill")).height > 0


def attack_table(people: pl.DataFrame, exposures: pl.DataFrame) -> pl.DataFrame:
    """One two-by-two table per exposure item.

    Parameters
    ----------
    people : DataFrame of ``population``; persons whose illness is not known are left out
    exposures : cleaned table; symptoms and the reserved item "ill" are no exposures

    Returns
    -------
    DataFrame   ATTACK_SCHEMA, highest risk ratio first. A person who was not asked about an item, or whose
        answer is not known, stands in the unknown columns and in no rate.
    """
    known = people.filter(pl.col("is_ill").is_not_null())
    told = _items(exposures)
    n_ill = known.filter(pl.col("is_ill")).height
    n_well = known.height - n_ill
    counted = (
        told.join(known, on="person_key", how="inner")
        .group_by("item")
        .agg(
            ((pl.col("answer") == "yes") & pl.col("is_ill")).sum().cast(pl.Int64).alias("a"),
            ((pl.col("answer") == "yes") & ~pl.col("is_ill")).sum().cast(pl.Int64).alias("b"),
            ((pl.col("answer") == "no") & pl.col("is_ill")).sum().cast(pl.Int64).alias("c"),
            ((pl.col("answer") == "no") & ~pl.col("is_ill")).sum().cast(pl.Int64).alias("d"),
        )
        .sort("item")
    )
    rows = [
        _attack_row(str(item), (a, b, c, d), unknown=(n_ill - a - c, n_well - b - d))
        for item, a, b, c, d in counted.iter_rows()
    ]
    return pl.DataFrame(rows, schema=ATTACK_SCHEMA).sort(
        ["risk_ratio", "exposed_rate", "item"], descending=[True, True, False], nulls_last=True
    )


def _items(exposures: pl.DataFrame) -> pl.DataFrame:
    return answers_of(
        exposures.filter(~pl.col("item").str.starts_with(SYMPTOM) & (pl.col("item") != ILLNESS))
    )


def _attack_row(
    item: str, cells: tuple[int, int, int, int], *, unknown: tuple[int, int]
) -> dict[str, object]:
    found = two_by_two(*cells)
    return {
        "item": item,
        "exposed_ill": found.a,
        "exposed_well": found.b,
        "unexposed_ill": found.c,
        "unexposed_well": found.d,
        "unknown_ill": unknown[0],
        "unknown_well": unknown[1],
        "exposed_rate": found.exposed.rate,
        "exposed_low": found.exposed.low,
        "exposed_high": found.exposed.high,
        "unexposed_rate": found.unexposed.rate,
        "unexposed_low": found.unexposed.low,
        "unexposed_high": found.unexposed.high,
        "risk_ratio": found.risk_ratio,
        "risk_low": found.risk_low,
        "risk_high": found.risk_high,
        "risk_method": found.risk_method,
        "odds_ratio": found.odds_ratio,
        "odds_low": found.odds_low,
        "odds_high": found.odds_high,
        "p": found.p,
        "note_zh": found.note.zh if found.note else None,
        "note_en": found.note.en if found.note else None,
    }


def dose_table(people: pl.DataFrame, exposures: pl.DataFrame) -> pl.DataFrame:
    """Attack rate by amount, for items that were told as amounts.

    Parameters
    ----------
    people, exposures : as in ``attack_table``

    Returns
    -------
    DataFrame   DOSE_SCHEMA, by item and amount, for items with at least two amounts above zero or one above
        zero and zero; ``trend_p`` is the two-sided Cochran-Armitage test over the amounts as scores
    """
    known = people.filter(pl.col("is_ill").is_not_null())
    counted = (
        _items(exposures)
        .filter(pl.col("amount").is_not_null() & (pl.col("answer") != "unknown"))
        .join(known, on="person_key", how="inner")
        .group_by("item", "amount")
        .agg(pl.col("is_ill").sum().cast(pl.Int64).alias("ill"), pl.len().cast(pl.Int64).alias("total"))
        .sort("item", "amount")
    )
    rows: list[dict[str, object]] = []
    for (item,), levels in counted.group_by("item", maintain_order=True):
        if levels.height < 2:
            continue
        trend = trend_p(levels["amount"].to_list(), levels["ill"].to_list(), levels["total"].to_list())
        for amount, ill, total in levels.select("amount", "ill", "total").iter_rows():
            one = share(ill, total)
            rows.append(
                {
                    "item": item,
                    "amount": amount,
                    "ill": ill,
                    "total": total,
                    "rate": one.rate,
                    "low": one.low,
                    "high": one.high,
                    "trend_p": trend,
                }
            )
    return pl.DataFrame(rows, schema=DOSE_SCHEMA)


def trend_p(scores: Sequence[float], ill: Sequence[int], totals: Sequence[int]) -> float | None:
    """Two-sided p of the Cochran-Armitage test for trend; None where nobody or everybody is ill.

    References
    ----------
    .. [1] Armitage P (1955), doi:10.2307/3001775
    """
    n, r = sum(totals), sum(ill)
    if n == 0 or r in (0, n):
        return None
    p = r / n
    top = sum(s * (i - t * p) for s, i, t in zip(scores, ill, totals, strict=True))
    st = sum(s * t for s, t in zip(scores, totals, strict=True))
    variance = p * (1 - p) * (sum(s * s * t for s, t in zip(scores, totals, strict=True)) - st * st / n)
    return None if variance <= 0 else float(2 * norm.sf(abs(top) / sqrt(variance)))


def group_table(people: pl.DataFrame, persons: pl.DataFrame, *, by: str) -> pl.DataFrame:
    """Attack rate by an attribute of the persons (group, area_code, sex, occupation).

    Parameters
    ----------
    people : DataFrame of ``population``
    persons : cleaned table that holds the attribute
    by : the column

    Returns
    -------
    DataFrame   GROUP_SCHEMA, sorted by group; ``unknown`` counts persons whose illness is not known, who
        stand in no rate; persons without the attribute are the group "unknown"
    """
    counted = (
        people.join(
            persons.select("person_key", by).unique("person_key", keep="first", maintain_order=True),
            on="person_key",
            how="left",
        )
        .with_columns(pl.col(by).cast(pl.String).fill_null("unknown").alias("group"))
        .group_by("group")
        .agg(
            pl.col("is_ill").fill_null(False).sum().cast(pl.Int64).alias("ill"),
            pl.col("is_ill").is_not_null().sum().cast(pl.Int64).alias("total"),
            pl.col("is_ill").is_null().sum().cast(pl.Int64).alias("unknown"),
        )
        .sort("group")
    )
    return with_rates(counted.select(pl.lit(by).alias("by"), pl.all()))


def with_rates(counted: pl.DataFrame) -> pl.DataFrame:
    """Add rate and exact interval to a table of by, group, ill, total, unknown."""
    shares = [share(i, t) if i <= t else share(0, 0) for i, t in counted.select("ill", "total").iter_rows()]
    return counted.with_columns(
        pl.Series("rate", [s.rate for s in shares], dtype=pl.Float64),
        pl.Series("low", [s.low for s in shares], dtype=pl.Float64),
        pl.Series("high", [s.high for s in shares], dtype=pl.Float64),
    ).select(list(GROUP_SCHEMA))


def strata_of(
    people: pl.DataFrame, exposures: pl.DataFrame, *, item: str, by: pl.DataFrame
) -> list[tuple[str, tuple[int, int, int, int]]]:
    """Two-by-two tables of one item within the strata of another attribute.

    Parameters
    ----------
    people : DataFrame of ``population``
    exposures : cleaned table
    item : the exposure of interest
    by : DataFrame person_key, stratum (for example the answer to another item, or the class)

    Returns
    -------
    list of (stratum, (exposed ill, exposed well, unexposed ill, unexposed well)), sorted by stratum. Persons
        with an unknown answer, illness or stratum are left out.
    """
    joined = (
        _items(exposures)
        .filter((pl.col("item") == item) & (pl.col("answer") != "unknown"))
        .join(people.filter(pl.col("is_ill").is_not_null()), on="person_key", how="inner")
        .join(by.filter(pl.col("stratum").is_not_null()), on="person_key", how="inner")
        .with_columns((pl.col("answer") == "yes").alias("is_exposed"))
    )
    counted = (
        joined.group_by("stratum")
        .agg(
            (pl.col("is_exposed") & pl.col("is_ill")).sum(),
            (pl.col("is_exposed") & ~pl.col("is_ill")).sum().alias("b"),
            (~pl.col("is_exposed") & pl.col("is_ill")).sum().alias("c"),
            (~pl.col("is_exposed") & ~pl.col("is_ill")).sum().alias("d"),
        )
        .sort("stratum")
    )
    return [(str(s), (int(a), int(b), int(c), int(d))) for s, a, b, c, d in counted.iter_rows()]
