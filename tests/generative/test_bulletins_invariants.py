"""Whatever the outbreak: what bulletins show, of one edition or several, gives no small number away."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from tests.unit.investigations.inv_factory import AT, NOROVIRUS, case, nothing_in_force, records
from tests.unit.privacy.test_suppression import attack

from fireline.bulletins.lint import lint_public_text
from fireline.bulletins.publish import publish
from fireline.investigations.describe import describe
from fireline.privacy.suppression import TOTAL, Published

SEEDS = range(6)
GRAND = (TOTAL, TOTAL)


def outbreak(seed, n=None):
    """Cases of a random outbreak over a few towns, weeks, ages and sexes; some of it is not known."""
    rng = np.random.default_rng(seed)
    n_all = int(rng.integers(15, 160))
    shares = rng.dirichlet(np.ones(int(rng.integers(2, 5))) * 0.7)
    rows, people = [], []
    for i in range(n_all):
        town, hours = int(rng.choice(shares.size, p=shares)), float(rng.integers(0, 24 * 35))
        age, sex = float(rng.integers(0, 95)), ("male", "female", None)[int(rng.choice(3, p=[0.5, 0.4, 0.1]))]
        rows.append(case(i, hours, area_code=f"T{town}"))
        people.append({"person_key": f"P{i:03d}", "age": age, "sex": sex})
    kept = slice(0, n_all if n is None else int(n_all * n))
    areas = [{"area_code": f"T{t}", "level": "town", "name": f"第{t}镇"} for t in range(shares.size)]
    return records(cases=rows[kept], persons=people[kept], areas=areas)


def edition(data, earlier=(), k=None):
    rules = nothing_in_force(NOROVIRUS)
    at = AT + timedelta(days=40)
    return publish(data, describe(data, rules, at=at), rules, at=at, k=k, earlier=earlier)


def numbered(made: Published, rows, columns):
    """The same edition with rows and columns numbered, as the attack wants them; new ones were all zero."""
    index_r, index_c = (
        dict(zip([*keys, TOTAL], [*range(len(keys)), TOTAL], strict=True)) for keys in (rows, columns)
    )
    values = dict.fromkeys(((r, c) for r in index_r.values() for c in index_c.values()), 0)
    values.update({(index_r[r], index_c[c]): v for (r, c), v in made.values.items()})
    return replace(made, values=values)


def attacked(editions):
    """Least and greatest value of every hidden entry, from everything shown."""
    rows = sorted({r for e in editions for r, _ in e.values} - {TOTAL})
    columns = sorted({c for e in editions for _, c in e.values} - {TOTAL})
    same = [numbered(e, rows, columns) for e in editions]
    return attack(same, n_rows=len(rows), n_columns=len(columns))


@pytest.mark.parametrize("seed", SEEDS)
def test_no_small_count_is_shown_or_comes_back_by_subtraction(seed):
    bulletin = edition(outbreak(seed))
    for name, made in bulletin.published.items():
        for value in made.values.values():
            assert value is None or value == 0 or value >= bulletin.k, name
        for (_, key), (low, high) in attacked([made]).items():
            assert high - low >= 1 - 1e-6, (name, key)


@pytest.mark.parametrize("seed", SEEDS)
def test_two_tables_of_one_bulletin_do_not_give_each_other_away(seed):
    """Both tables count the same people: their grand total is one number, hidden in both or in none."""
    bulletin = edition(outbreak(seed))
    totals = {made.values[GRAND] for made in bulletin.published.values()}
    assert len(totals) <= 1
    if totals == {None}:
        assert len(bulletin.tables) <= 1
        n = outbreak(seed).table("cases").height
        assert f" {n} " not in bulletin.text.en


@pytest.mark.parametrize("seed", SEEDS)
def test_the_next_edition_does_not_give_the_first_away(seed):
    first = edition(outbreak(seed, n=0.8))
    second = edition(outbreak(seed), earlier=[first])
    for name in set(first.published) & set(second.published):
        one, two = first.published[name], second.published[name]
        for key, value in two.values.items():
            before = one.values.get(key)
            if value is not None and before is not None:
                assert value - before == 0 or value - before >= second.k, (name, key)


@pytest.mark.parametrize("seed", SEEDS)
def test_names_of_persons_and_order_of_rows_change_nothing(seed):
    data = outbreak(seed)
    keys = data.table("persons")["person_key"].to_list()
    other = dict(zip(keys, (f"Q{i:03d}" for i in reversed(range(len(keys)))), strict=True))
    renamed = {n: t.with_columns(pl.col("person_key").replace(other)).reverse() if "person_key" in t.columns else t
               for n, t in data.tables.items()}  # fmt: skip
    one, two = edition(data), edition(replace(data, tables=renamed))
    assert one.text == two.text
    assert all(table.equals(two.tables[name]) for name, table in one.tables.items())


@pytest.mark.parametrize("seed", SEEDS)
def test_a_greater_k_never_shows_a_small_number(seed):
    bulletin = edition(outbreak(seed), k=25)
    shown = [v for made in bulletin.published.values() for v in made.values.values() if v]
    assert all(v >= 25 for v in shown)
    assert not lint_public_text(bulletin.text.zh + bulletin.text.en)
