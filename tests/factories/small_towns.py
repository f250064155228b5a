"""Towns of a few hundred people or of one well-mixed unit, for the outbreak simulator."""

import numpy as np

from fireline.drill.world.rows import of_links
from fireline.kernels.spatial_outbreak import Disease, Response, Town


def small_town(rng, *, n_units=6, n_people=240, with_empty_unit=True):
    """Units of unequal size, households of 1 to 5, daily places, errands; the last unit may be empty."""
    lived_in = n_units - 1 if with_empty_unit else n_units
    sizes = rng.integers(1, 6, n_people)
    sizes = sizes[: np.searchsorted(np.cumsum(sizes), n_people) + 1]
    unit_of = np.sort(rng.integers(0, lived_in, len(sizes)))
    unit, house = np.repeat(unit_of, sizes), np.repeat(np.arange(len(sizes)), sizes)
    n = len(unit)
    n_places = n // 8
    group = np.where(rng.random(n) < 0.7, rng.integers(0, n_places, n), -1)
    count = np.bincount(group[group >= 0], minlength=n_places)
    links = rng.integers(0, n_units, (2, n_units * 3))
    links = links[:, links[0] != links[1]]
    errands = of_links(n_units, links[0], links[1], rng.random(links.shape[1]))
    met = of_links(
        n_units,
        np.r_[links[1], np.arange(n_units)],
        np.r_[links[0], np.arange(n_units)],
        np.r_[rng.random(links.shape[1]), np.ones(n_units)],
    )
    return Town(
        unit=unit.astype(np.int32),
        unit_first=np.searchsorted(unit, np.arange(n_units + 1)).astype(np.int64),
        house=house.astype(np.int32),
        house_first=np.r_[0, np.cumsum(sizes)].astype(np.int64),
        group=group.astype(np.int32),
        group_first=np.r_[0, np.cumsum(count)].astype(np.int64),
        group_member=np.argsort(group, kind="stable")[(group < 0).sum() :].astype(np.int32),
        group_unit=rng.integers(0, n_units, n_places).astype(np.int32),
        errand_first=errands.first,
        errand_unit=errands.unit.astype(np.int32),
        errand_sum=errands.cumulative(),
        met_first=met.first,
        met_unit=met.unit.astype(np.int32),
        met_sum=met.cumulative(),
    )


def mixed_town(n_people):
    """One unit where everybody meets everybody, everyone alone at home."""
    nil64, nil32 = np.zeros(0, np.int64), np.zeros(0, np.int32)
    alone = np.arange(n_people, dtype=np.int32)
    return Town(
        unit=np.zeros(n_people, np.int32),
        unit_first=np.array([0, n_people]),
        house=alone,
        house_first=np.arange(n_people + 1),
        group=np.full(n_people, -1, np.int32),
        group_first=np.zeros(1, np.int64),
        group_member=nil32,
        group_unit=nil32,
        errand_first=np.zeros(2, np.int64),
        errand_unit=nil32,
        errand_sum=nil64.astype(float),
        met_first=np.zeros(2, np.int64),
        met_unit=nil32,
        met_sum=nil64.astype(float),
    )


def random_disease(rng):
    """Short incubations, uneven force, several settings."""
    longest = 4
    by_age = rng.random((longest + 1, 9))
    by_age[:, 0] = 0
    return Disease(
        attempts=rng.uniform(0.5, 2.5, 4) * np.array([0.5, 1, 1, 1]),
        asymptomatic=0.3,
        weight=np.array([1.1, 0.6]),
        incubation=np.sort(rng.integers(1, longest + 1, 64)),
        force=np.sort(rng.gamma(0.5, 2.0, 64)),
        by_age=by_age / by_age.sum(axis=1, keepdims=True),
    )


def random_response(rng):
    """Everything at work, nothing certain."""
    return Response(
        seek=rng.uniform(0, 0.5),
        screen=rng.uniform(0, 0.3, 4),
        lab_d=int(rng.integers(0, 3)),
        report_d=int(rng.integers(0, 3)),
        trace_d=int(rng.integers(0, 3)),
        recall=rng.uniform(0, 1, 4),
        back=rng.uniform(0, 1),
        obey=rng.uniform(0.3, 1, 4),
        keep_inside=rng.uniform(0, 1, 4),
        keep_out=rng.uniform(0, 1, 4),
        keep_in=rng.uniform(0, 1, 4),
        precaution=rng.uniform(0.5, 1),
    )


def no_response(n_levels=4):
    """Nobody is found, nobody stays in."""
    ones, zeros = np.ones(n_levels), np.zeros(n_levels)
    return Response(0.0, zeros, 1, 1, 1, np.zeros(4), 0.0, zeros, ones, ones, ones, 1.0)
