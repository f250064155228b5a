"""What a length of follow-up leaves unseen, against figures computed elsewhere from the same fits."""

from __future__ import annotations

import pytest

from fireline.errors import PolicyError
from fireline.policy import load_library
from fireline.policy.residual import residual_of, residual_risk

LIBRARY = load_library()

# disease, fit, day, percent of onsets after that day
TABLE = """
covid-19 incubation_fit 5 51.6
covid-19 incubation_fit 7 26.4
covid-19 incubation_fit 8 18.4
covid-19 incubation_fit 10 8.9
covid-19 incubation_fit 14 2.2
covid-19 incubation_fit 21 0.2
covid-19 incubation_fit_lauer 7 22.3
covid-19 incubation_fit_lauer 10 5.2
covid-19 incubation_fit_lauer 14 0.7
measles incubation_fit 14 29.6
measles incubation_fit 21 0.7
mpox incubation_fit 14 12.4
mpox incubation_fit 21 1.8
ebola incubation_fit 14 25.2
ebola incubation_fit 21 10.3
ebola incubation_fit 30 3.1
ebola incubation_fit_kikwit 14 32.3
ebola incubation_fit_kikwit 21 4.6
ebola incubation_fit_kikwit 28 0.5
mers incubation_fit 10 10.8
mers incubation_fit 14 3.0
mers incubation_fit 21 0.4
h7n9 incubation_fit 5 22.6
h7n9 incubation_fit 7 4.0
h7n9 incubation_fit 10 0.1
cholera incubation_fit 5 3.4
cholera incubation_fit 7 1.0
dengue incubation_fit 7 23.4
dengue incubation_fit 10 2.0
dengue incubation_fit 14 0.0
sars incubation_fit 10 6.1
sars incubation_fit 14 1.7
"""


@pytest.mark.parametrize("line", TABLE.strip().splitlines())
def test_against_the_table(line: str) -> None:
    disease, fit, day, percent = line.split()
    profile = LIBRARY.profile(disease)
    assert profile is not None
    found = residual_of(profile, float(day), fit=fit)
    assert found is not None
    # parameters are rounded to two or three places: that moves the largest shares by up to 0.35 points
    assert 100 * found == pytest.approx(float(percent), abs=0.35)


def test_an_offset_delays_every_onset() -> None:
    fit = {"family": "weibull", "a": 2.22, "b": 6.56, "offset": 4.0}
    assert residual_risk(fit, 4) == 1.0
    assert residual_risk(fit, 14) == residual_risk({**fit, "offset": 0.0}, 10)
    assert residual_risk(fit, 14) > residual_risk({**fit, "offset": 0.0}, 14)


@pytest.mark.parametrize("family", ["lognormal", "lognormal_mean_sd", "gamma", "weibull"])
def test_the_share_falls_from_one_to_zero(family: str) -> None:
    fit = {"family": family, "a": 5.0 if family != "lognormal" else 1.6, "b": 1.5}
    found = [residual_risk(fit, d) for d in (0, 1, 3, 5, 8, 13, 4000)]
    assert found[0] == 1.0 and found[-1] < 1e-3
    assert found == sorted(found, reverse=True)


def test_an_exponential_gamma_is_exact() -> None:
    assert residual_risk({"family": "gamma", "a": 1.0, "b": 2.0}, 2.0) == pytest.approx(0.36787944117144233)


@pytest.mark.parametrize(
    "fit",
    [
        {},
        {"family": "normal", "a": 1, "b": 1},
        {"family": "gamma", "a": 0, "b": 1},
        {"family": "weibull", "a": 1, "b": 0},
    ],
)
def test_fits_that_are_none(fit: dict) -> None:
    with pytest.raises(PolicyError, match="distribution"):
        residual_risk(fit, 7)


def test_a_disease_without_a_fit() -> None:
    profile = LIBRARY.profile("tuberculosis")
    assert profile is not None and residual_of(profile, 14) is None
