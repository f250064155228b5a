"""The transmission chain, stated and computed: components, generations, serial intervals and rows to draw.

Chapter 7: reads cases and links of records and the sources weighed; the faces draw it from rows and days.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from fireline.contacts.chain_summary import summarise
from fireline.contacts.intervals import allowed_days
from fireline.contacts.model import Chain
from fireline.contacts.sources import summary_of, table_of, weigh
from fireline.contacts.tables import EDGES, FOUND, NODES
from fireline.kernels import chains
from fireline.policy import Profile
from fireline.records.model import Records

_ORDER = ("from_case", "to_case", "kind", "directed")


_MEETINGS = ("stated", "household", "manifest", "co_presence")  # days alone never make a link
_LIKELY = 0.5  # likelier than everybody else and the unknown source together


def build_chain(
    records: Records, cases: pl.DataFrame, profile: Profile | None, *, found: pl.DataFrame | None = None
) -> Chain:
    """Build the chain of the cases of one disease.

    Parameters
    ----------
    records : Records   its links
    cases : DataFrame   as windows.cases_of gives it
    profile : Profile or None   flags odd serial intervals; without one only negative ones are flagged
    found : DataFrame or None   columns contacts.tables.FOUND: meetings that may be infections

    Returns
    -------
    Chain

    Notes
    -----
    A link whose ends are not both cases of this disease is "unresolved" when it says "infected by" or leads
    from an unknown case; other links to persons who are no cases belong to contacts, not to the chain. A case
    without a stated source is joined to a computed one ("computed") if the two are known to have met and that
    source is likelier than all others and the unknown one together.
    """
    stated = _edges(records, cases, profile)
    met = pl.DataFrame(schema=FOUND) if found is None else found
    weighing = weigh(records, cases, profile, edges=stated, found=met)
    sources = table_of(cases, weighing)
    edges = pl.concat([stated, _computed(stated, sources, cases)]).sort(*_ORDER, nulls_last=True)
    nodes, infector = _nodes(cases, edges, profile)
    days = nodes["day"]
    summary = {
        **summarise(nodes, stated, infector=infector, profile=profile, last_day=days.max()),
        "n_computed": edges.height - stated.height,
        **summary_of(sources, weighing),
    }
    return Chain(nodes, edges, summary, sources)


def _nodes(
    cases: pl.DataFrame, edges: pl.DataFrame, profile: Profile | None
) -> tuple[pl.DataFrame, np.ndarray]:
    """One row per case; and the index of the infector of every stated directed link."""
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
    is_stated = (directed["kind"] != "computed").to_numpy()
    return nodes, infector[is_stated]


def _computed(stated: pl.DataFrame, sources: pl.DataFrame, cases: pl.DataFrame) -> pl.DataFrame:
    """Links to sources that nobody stated; none that would close a ring of computed links."""
    told = stated.filter(pl.col("directed") & (pl.col("flag") != "self"))["to_case"].drop_nulls().unique()
    likely = sources.filter(
        (pl.col("rank") == 1)
        & (pl.col("share") >= _LIKELY)
        & pl.col("basis").is_in(_MEETINGS)
        & ~pl.col("case_id").is_in(told.implode())
    )
    index = {case: k for k, case in enumerate(cases["case_id"].to_list())}
    parent = np.full(cases.height, -1, np.int64)
    parent[_indices(likely["case_id"], index)] = _indices(likely["from_case"], index)
    day = np.array([0 if d is None else d.toordinal() for d in _days(cases)["day"].to_list()], np.int64)
    cut = chains.cut_rings(parent, day=day)
    is_kept = (cut[_indices(likely["case_id"], index)] >= 0).tolist()
    return (
        likely.filter(pl.Series(is_kept, dtype=pl.Boolean))
        .select(
            "from_case",
            pl.col("case_id").alias("to_case"),
            pl.lit("computed").alias("kind"),
            pl.lit(True).alias("directed"),
            "serial_days",
            pl.lit("").alias("flag"),
            "share",
        )
        .select([pl.col(name).cast(dtype) for name, dtype in EDGES.items()])
    )


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
        edges.with_columns(_flag(profile).alias("flag"), pl.lit(None, pl.Float64).alias("share"))
        .select([pl.col(name).cast(dtype) for name, dtype in EDGES.items()])
        .unique()
        .sort(*_ORDER, nulls_last=True)
    )


def _flag(profile: Profile | None) -> pl.Expr:
    """What is odd: a link of more than mean + 3 sd days likely misses a case between; a negative one is odd
    where the profile lets nobody infect before onset, else beyond mean - 3 sd.
    """
    low, high = allowed_days(profile)
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
