"""The transmission chain as it is stated: components, generations, serial intervals and rows to draw.

Chapter 7: reads cases and links of records; the drawing itself is made by the faces from rows and days.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from fireline.contacts.model import Chain
from fireline.contacts.tables import EDGES, NODES
from fireline.kernels import chains
from fireline.policy import Profile
from fireline.records.model import Records

_ORDER = ("from_case", "to_case", "kind", "directed")


def build_chain(records: Records, cases: pl.DataFrame, profile: Profile | None) -> Chain:
    """Build the chain of the cases of one disease.

    Parameters
    ----------
    records : Records   its links
    cases : DataFrame   as windows.cases_of gives it
    profile : Profile or None   flags odd serial intervals; without one only negative ones are flagged

    Returns
    -------
    Chain

    Notes
    -----
    A link whose ends are not both cases of this disease is "unresolved" when it says "infected by" or leads
    from an unknown case; other links to persons who are no cases belong to contacts, not to the chain.
    """
    edges = _edges(records, cases, profile)
    index = {case: k for k, case in enumerate(cases["case_id"].to_list())}
    solid = edges.filter(~pl.col("flag").is_in(["unresolved", "self"]))
    a, b = (_indices(solid[c], index) for c in ("from_case", "to_case"))
    n = cases.height
    component = chains.components(n, a=a, b=b)
    directed = solid.filter("directed")
    infector, infectee = (_indices(directed[c], index) for c in ("from_case", "to_case"))
    generation = chains.generations(n, infector=infector, infectee=infectee)
    drawn = _days(cases)
    parent = _parents(drawn, infector=infector, infectee=infectee, profile=profile)
    row = _rows(drawn, parent)
    names = np.array(cases["case_id"].to_list(), dtype=object)
    nodes = (
        cases.select("case_id", "onset_day")
        .with_columns(
            pl.Series("component", component),
            pl.Series("generation", [None if g < 0 else int(g) for g in generation], pl.Int64),
            pl.Series("row", [None if r < 0 else int(r) for r in row], pl.Int64),
            drawn["day"],
            drawn["day_basis"],
            pl.Series("parent", [None if p < 0 else names[p] for p in parent], pl.String),
        )
        .select([pl.col(name).cast(dtype) for name, dtype in NODES.items()])
    )
    return Chain(nodes, edges, _summary(nodes, edges, infector=infector))


def _indices(column: pl.Series, index: dict[str, int]) -> np.ndarray:
    return np.array([index[c] for c in column.to_list()], np.int64)


def _edges(records: Records, cases: pl.DataFrame, profile: Profile | None) -> pl.DataFrame:
    # one person may be a case twice: the link is taken to mean the earliest
    case_of = (
        cases.sort(pl.coalesce("onset_day", "sampled_day", "reported_day"), "case_id", nulls_last=True)
        .unique("person_key", keep="first", maintain_order=True)
        .select(pl.col("person_key").alias("to_person"), pl.col("case_id").alias("to_case"))
    )
    onset = cases.select("case_id", "onset_day")
    edges = (
        records.table("links")
        .join(case_of, on="to_person", how="left")
        .join(onset.rename({"case_id": "from_case", "onset_day": "from_day"}), on="from_case", how="left")
        .join(onset.rename({"case_id": "to_case", "onset_day": "to_day"}), on="to_case", how="left")
        .with_columns(
            (pl.col("kind") == "infected_by").or_(pl.col("directed").fill_null(False)).alias("directed"),
            pl.col("from_case").is_in(cases["case_id"].implode()).alias("is_known"),
        )
    )
    edges = edges.filter(pl.col("to_case").is_not_null() | (pl.col("kind") == "infected_by"))
    days = (pl.col("to_day") - pl.col("from_day")).dt.total_days()
    edges = edges.with_columns(pl.when(pl.col("directed")).then(days).alias("serial_days"))
    return (
        edges.with_columns(_flag(profile).alias("flag"))
        .select([pl.col(name).cast(dtype) for name, dtype in EDGES.items()])
        .unique()
        .sort(*_ORDER, nulls_last=True)
    )


def _flag(profile: Profile | None) -> pl.Expr:
    """What is odd: a link of more than mean + 3 sd days likely misses a case between; negative ones are
    odd only beyond mean - 3 sd where the profile allows onset before that of the infector.
    """
    known = profile.serial_interval_days if profile is not None else None
    low, high = (min(0.0, known[0] - 3 * known[1]), known[0] + 3 * known[1]) if known else (0.0, float("inf"))
    serial = pl.col("serial_days")
    return (
        pl.when(pl.col("from_case") == pl.col("to_case"))
        .then(pl.lit("self"))
        .when(~pl.col("is_known") | pl.col("to_case").is_null())
        .then(pl.lit("unresolved"))
        .when(~pl.col("directed"))
        .then(pl.lit(""))
        .when(serial.is_null())
        .then(pl.lit("no_onset"))
        .when(serial < low)
        .then(pl.lit("negative"))
        .when(serial > high)
        .then(pl.lit("missing_generation"))
        .otherwise(pl.lit(""))
    )


def _days(cases: pl.DataFrame) -> pl.DataFrame:
    order = ("onset", "sampled", "reported")
    basis = pl.coalesce(pl.when(pl.col(f"{c}_day").is_not_null()).then(pl.lit(c)) for c in order)
    return cases.select(pl.coalesce(f"{c}_day" for c in order).alias("day"), basis.alias("day_basis"))


def _parents(
    drawn: pl.DataFrame, *, infector: np.ndarray, infectee: np.ndarray, profile: Profile | None
) -> np.ndarray:
    """One parent per case: the stated infector whose interval is nearest to the profile's mean."""
    known = profile.serial_interval_days if profile is not None else None
    mean = known[0] if known else 5.0  # only ranks several stated infectors; nothing is computed from it
    days = [None if d is None else d.toordinal() for d in drawn["day"].to_list()]
    parent = np.full(len(days), -1, np.int64)
    best: dict[int, tuple[float, int]] = {}
    for source, target in zip(infector.tolist(), infectee.tolist(), strict=True):
        start, end = days[source], days[target]
        if start is None or end is None:
            continue
        rank = (abs(end - start - mean), source)
        if target not in best or rank < best[target]:
            best[target] = rank
            parent[target] = source
    return chains.cut_rings(parent, day=np.array([d or 0 for d in days], np.int64))


def _rows(drawn: pl.DataFrame, parent: np.ndarray) -> np.ndarray:
    days = drawn["day"].to_list()
    shown = np.array([k for k, d in enumerate(days) if d is not None], np.int64)
    rows = np.full(len(days), -1, np.int64)
    place = np.full(len(days) + 1, -1, np.int64)  # the last cell stands for "no parent"
    place[shown] = np.arange(shown.size)
    rows[shown] = chains.layout_rows(
        place[parent[shown]], day=np.array([days[k].toordinal() for k in shown], np.int64)
    )
    return rows


def _summary(nodes: pl.DataFrame, edges: pl.DataFrame, *, infector: np.ndarray) -> dict[str, object]:
    sizes = nodes.group_by("component").len()["len"]
    serial = edges.filter(pl.col("flag").is_in(["", "negative", "missing_generation"]))[
        "serial_days"
    ].drop_nulls()
    in_chain = nodes.height - nodes["generation"].null_count()
    children = np.bincount(infector, minlength=nodes.height) if nodes.height else np.zeros(0, np.int64)
    counted, how_many = np.unique(children, return_counts=True)
    mean, sd = serial.mean(), serial.std()
    return {
        "n_cases": nodes.height,
        "n_components": sizes.len(),
        "n_singletons": int((sizes == 1).sum()),
        "largest": int(sizes.max() or 0),  # type: ignore[arg-type]
        "n_links": edges.height,
        "n_directed": int(edges["directed"].sum()),
        "n_unresolved": int((edges["flag"] == "unresolved").sum()),
        "n_infectors": int((children > 0).sum()),
        "max_generation": nodes["generation"].max() if in_chain else None,
        "n_serial": serial.len(),
        "mean_serial_days": mean,
        "sd_serial_days": sd,
        "offspring": {int(k): int(n) for k, n in zip(counted, how_many, strict=True)},
    }
