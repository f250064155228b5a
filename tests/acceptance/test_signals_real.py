"""Real streams without an outbreak put in: probabilities are uniform, and false alarms come as often as said."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from benchmarks import fusion_real
from benchmarks.fusion_worlds import fused

from fireline.signals.baselines import expect_figures
from fireline.signals.calibration import calibrate_streams, distance_to_uniform
from fireline.signals.events import LEVEL_RATES, MONTH_DAYS, find_events

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(
        not Path(fusion_real.DATA).is_dir(), reason="the real streams are not part of this project"
    ),
]


def all_drugs():
    """Eight groups of drugs of one shop over four years, as they were sold."""
    return fusion_real.drug_sales()


def test_randomised_probabilities_of_drug_sales_are_uniform():
    """At least 10,000 figures, no further from uniform than 0.02; each day rests on the days before it."""
    figure, streams, first = all_drugs()
    expected = expect_figures(figure, streams, ("shop",), first=first)
    p = calibrate_streams(expected).p_random[200:]
    assert np.isfinite(p).sum() >= 10_000
    assert distance_to_uniform(p) <= 0.02
    for nominal, times in ((0.001, 3.0), (0.01, 1.5), (0.05, 1.2)):  # sales have heavier tails than any model
        assert nominal / times <= np.nanmean(p < nominal) <= nominal * times


def test_half_packs_are_figures_too():
    figure, *_ = all_drugs()
    assert np.nanmax(figure % 1) > 0  # decimals are neither cut nor refused


@pytest.mark.slow
def test_false_alarms_on_quiet_drug_sales_are_no_more_than_stated():
    """Each level comes at most about twice as often as it says (counts over three years are small)."""
    events_book = fusion_real.book().events
    reached: Counter[str] = Counter()
    months = 0.0
    for real in fusion_real.pharmacy():
        world = real.quiet((100, real.figure.shape[0]))
        scores = fused(events_book).of(world)
        events, _ = find_events(scores, world.sets, first_row=100)
        months += (world.scored[1] - 160) / MONTH_DAYS
        for e in events:
            reached.update(level for level, row in e.reached.items() if row >= 160)
    for level, limit in LEVEL_RATES.items():
        assert reached[level] / months <= 2 * limit + 2 / months, level


def test_weekly_respiratory_streams_are_judged_by_the_years_before():
    real = fusion_real.respiratory()
    expected = expect_figures(real.figure, real.streams, real.areas, first=real.first)
    late = expected.rows(6 * 365)
    usable = np.isfinite(late.upper)
    error = np.abs(np.log(np.maximum(late.count[usable], 0.05) / late.mean[usable]))
    assert error.mean() < 0.3
    assert expected.day(0).weekday() == 6 and late.first == real.first + timedelta(days=6 * 365)
