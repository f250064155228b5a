"""Contacts that badges recorded every 20 seconds in a hospital and at a conference: rebuilt, searched, compared.

Records say "these two faced each other in these 20 seconds". Consecutive records of a pair are one meeting; each
meeting is a stay of both at a place of its own. The search must give back exactly the pairs and their time.
"""

import csv
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from fireline.contacts.index import VisitIndex
from fireline.contacts.network import ExerciseWorld, Setting, network
from fireline.contacts.search import contacts

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "sociopatterns"
STEP_S = 20

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the badge records are not part of this project"),
]


def meetings(name):
    """{(smaller person, larger person): [(start, end), ...]} from records of 20 seconds, and how many records."""
    seconds: dict[tuple[int, int], set[int]] = {}
    with (FOLDER / name).open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            at = datetime.fromisoformat(row["datetime"] + "+00:00")
            pair = sorted((int(row["node_a"]), int(row["node_b"])))
            seconds.setdefault((pair[0], pair[1]), set()).add(int(at.timestamp()))
    out = {}
    for pair, times in seconds.items():
        runs = []
        for end in sorted(times):  # a record covers the 20 seconds before it
            if runs and runs[-1][1] == end - STEP_S:
                runs[-1][1] = end
            else:
                runs.append([end - STEP_S, end])
        out[pair] = runs
    return out


def stays(met):
    """Both persons of a meeting at one place; a place for each meeting, as badges see no rooms."""
    rows, place = [], 0
    for pair, runs in met.items():
        for start, end in runs:
            rows += [(person, place, start, end) for person in pair]
            place += 1
    return np.array(rows, np.int64).T


@pytest.fixture(
    scope="module", params=[("Hospital.csv", 32_424, 75, 1_139), ("Conference.csv", 20_818, 113, 2_196)]
)
def badges(request):
    name, n_records, n_persons, n_pairs = request.param
    met = meetings(name)
    assert len({p for pair in met for p in pair}) == n_persons  # as published
    assert len(met) == n_pairs
    assert sum(end - start for runs in met.values() for start, end in runs) == n_records * STEP_S
    return met


@pytest.mark.parametrize("least", [20, 60, 300])
def test_all_contacts_of_each_person(badges, least):
    columns = stays(badges)
    direct: dict[int, dict[int, tuple[int, int]]] = {}
    for (a, b), runs in badges.items():
        long = [end - start for start, end in runs if end - start >= least]
        if long:
            direct.setdefault(a, {})[b] = direct.setdefault(b, {})[a] = (sum(long), len(long))
    people = np.unique(columns[0])
    low, high = int(columns[2].min()), int(columns[3].max())
    found = contacts(VisitIndex.from_arrays(*columns), people, low, high, least)
    computed: dict[int, dict[int, tuple[int, int]]] = {}
    for row, other, overlap, n in zip(*found[:4], strict=True):
        computed.setdefault(int(people[row]), {})[int(other)] = (int(overlap), int(n))
    assert computed == direct


def test_the_network_of_each_day(badges):
    columns, day_s = stays(badges), 86_400
    index = VisitIndex.from_arrays(*columns)
    first, last = int(columns[2].min()) // day_s * day_s, int(columns[3].max())
    for day in range(first, last, day_s):
        direct = {}
        for pair, runs in badges.items():
            inside = [min(end, day + day_s) - max(start, day) for start, end in runs]
            if any(s > 0 for s in inside):
                direct[pair] = sum(s for s in inside if s > 0)
        asked = {"from_s": day, "to_s": day + day_s, "min_overlap_s": 1}
        scopes = ExerciseWorld("badges"), Setting(tuple(range(int(columns[1].max()) + 1)))
        for scope in scopes:
            rows = [
                ((int(a), int(b)), int(overlap))
                for chunk in network(index, scope, **asked).pairs()
                for a, b, overlap in zip(*chunk, strict=True)
            ]
            assert rows == sorted(direct.items())
