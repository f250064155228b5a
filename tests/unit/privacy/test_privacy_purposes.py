"""The closed list of purposes: who may name what, and no purpose outside public health."""

from __future__ import annotations

import itertools

import pytest

from fireline.errors import PurposeError
from fireline.privacy.purposes import (
    ALLOWED,
    PURPOSE_WORDS,
    ROLE_WORDS,
    Purpose,
    Role,
    parse_purpose,
    require_purpose,
    require_role,
)

EVERYTHING = frozenset(Purpose)


@pytest.mark.parametrize(("role", "purpose"), list(itertools.product(Role, Purpose)))
def test_each_role_and_purpose(role, purpose):
    if purpose in ALLOWED[role]:
        assert require_purpose(role=role, purpose=purpose.value, needed=EVERYTHING) is purpose
    else:
        with pytest.raises(PurposeError, match="may not act"):
            require_purpose(role=role, purpose=purpose, needed=EVERYTHING)


def test_a_purpose_must_fit_the_rows():
    with pytest.raises(PurposeError, match="not readable"):
        require_purpose(role="epidemiologist", purpose="tracing", needed=frozenset({Purpose.INTAKE}))


@pytest.mark.parametrize("word", ["police", "Investigation", "", "investigation ", "crime"])
def test_no_other_purpose_exists(word):
    with pytest.raises(PurposeError) as error:
        parse_purpose(word)
    assert word.strip() == "" or word not in str(error.value).split("allowed")[0]


def test_an_unknown_role_may_nothing():
    for role in ("", "admin", "system"):
        with pytest.raises(PurposeError):
            require_purpose(role=role, purpose=Purpose.SITUATION, needed=EVERYTHING)


def test_supervisors_watch_and_grid_workers_follow_up():
    assert ALLOWED[Role.GRID_WORKER] == {Purpose.SITUATION, Purpose.FOLLOW_UP}
    assert Purpose.OVERSIGHT not in ALLOWED[Role.COMMANDER] | ALLOWED[Role.EPIDEMIOLOGIST]
    assert Purpose.TRACING not in ALLOWED[Role.SUPERVISOR]


def test_roles_are_checked_by_action():
    require_role(role="commander", allowed=frozenset({Role.COMMANDER}), action="x")
    with pytest.raises(PurposeError, match=r"zone\.sign is for commander"):
        require_role(role="grid_worker", allowed=frozenset({Role.COMMANDER}), action="zone.sign")


def test_everything_has_words_in_both_languages():
    assert set(PURPOSE_WORDS) == set(Purpose) and set(ROLE_WORDS) == set(Role)
