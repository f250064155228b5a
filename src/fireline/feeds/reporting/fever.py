"""One fever patient as a clinic reports it: no name, no number, no address, no free text.

Chapter 1: reads the form; read by actions.fever and the pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from fireline.feeds.reporting.rows import CLOCK_SKEW
from fireline.words import Words

REPORT_WITHIN_H = 1.0
"""Hours from seeing a fever patient to the report, where no rule in force says it: the figure of the national
notice of 2020-06-11, which ended in 2023."""
RESULT_EXPECTED_H = 4.0
"""Hours after which a result is asked for."""
RESULT_WITHIN_H = 6.0
"""Hours to the result, where no rule in force says it: Shenzhen's figure for the hold of a fever clinic."""
OLDEST_D = 7
"""Days a patient may have been seen ago."""
KEEP_D = 30
"""Days a row is kept after the patient was seen: the longest incubation period of the profiles that end in
fever within a month; then it is deleted, and only the day's number stays."""

AGE_BANDS = ("0-4", "5-14", "15-24", "25-44", "45-64", "65+")
SEXES = ("female", "male", "unknown")
SYMPTOMS = ("cough", "sore_throat", "breathless", "pneumonia", "diarrhoea", "vomiting", "rash", "headache")
FLAGS = (
    "travel",
    "contact",
    "port_worker",
    "cold_chain_worker",
    "health_worker",
    "pupil_or_teacher",
    "animal_contact",
)
RESULTS = ("negative", "positive")
LOW_C, HIGH_C = 34.0, 43.0
_TEMPERATURE = re.compile(r"\d{2}(\.\d)?")
_CLOCK = re.compile(r"([01]?\d|2[0-3])[:：]([0-5]\d)")


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One thing wrong with one field of a form.

    Attributes
    ----------
    field : str, name of the field
    said : Words, what is wrong and what is allowed
    """

    field: str
    said: Words


@dataclass(frozen=True, slots=True)
class FeverEntry:
    """One fever patient, read.

    Attributes
    ----------
    seen_at : datetime, UTC
    age_band, sex : str
    temperature_c : float or None
    symptoms, flags : tuple of str, codes in the order of the lists
    sampled_at : datetime or None, UTC; None = no sample
    """

    seen_at: datetime
    age_band: str
    sex: str
    temperature_c: float | None
    symptoms: tuple[str, ...]
    flags: tuple[str, ...]
    sampled_at: datetime | None


def read_fever(
    form: Mapping[str, str],
    *,
    symptoms: Iterable[str],
    flags: Iterable[str],
    at: datetime,
    tz: ZoneInfo,
) -> tuple[FeverEntry | None, list[FieldFault]]:
    """Read the form of one fever patient.

    Parameters
    ----------
    form : seen_day, seen_clock, age_band, sex, temperature, sampled ("yes" or "no"), sampled_day,
        sampled_clock
    symptoms, flags : codes that were ticked
    at : the moment it came
    tz : of the jurisdiction

    Returns
    -------
    (FeverEntry or None, faults)   None where there is a fault
    """
    faults: list[FieldFault] = []
    seen_at = _moment(form, "seen", faults, at=at, tz=tz, oldest=at - timedelta(days=OLDEST_D))
    age_band = _choice(form, "age_band", AGE_BANDS, faults)
    sex = _choice(form, "sex", SEXES, faults)
    temperature_c = _temperature(form, faults)
    chosen = {name: _ticked(name, given, known, faults) for name, given, known in (
        ("symptoms", symptoms, SYMPTOMS), ("flags", flags, FLAGS))}  # fmt: skip
    is_sampled = _choice(form, "sampled", ("yes", "no"), faults) == "yes"
    sampled_at = None
    if is_sampled:
        oldest = (seen_at or at) - timedelta(days=1)
        sampled_at = _moment(form, "sampled", faults, at=at, tz=tz, oldest=oldest)
    if faults or seen_at is None:
        return None, faults
    entry = FeverEntry(seen_at, age_band, sex, temperature_c, chosen["symptoms"], chosen["flags"], sampled_at)
    return entry, []


def read_moment(
    form: Mapping[str, str], name: str, *, at: datetime, tz: ZoneInfo, oldest: datetime
) -> tuple[datetime | None, list[FieldFault]]:
    """Read one day and clock of a form, ``<name>_day`` and ``<name>_clock``."""
    faults: list[FieldFault] = []
    return _moment(form, name, faults, at=at, tz=tz, oldest=oldest), faults


def _moment(
    form: Mapping[str, str],
    name: str,
    faults: list[FieldFault],
    *,
    at: datetime,
    tz: ZoneInfo,
    oldest: datetime,
) -> datetime | None:
    clock = _CLOCK.fullmatch(form.get(f"{name}_clock", "").strip())
    try:
        day = datetime.strptime(form.get(f"{name}_day", "").strip(), "%Y-%m-%d")  # noqa: DTZ007 (wall clock)
    except ValueError:
        faults.append(
            FieldFault(f"{name}_day", Words("请填写日期，如 2026-06-12", "give a day, such as 2026-06-12"))
        )
        return None
    if clock is None:
        faults.append(
            FieldFault(f"{name}_clock", Words("请填写时刻，如 14:05", "give a time, such as 14:05"))
        )
        return None
    found = day.replace(hour=int(clock[1]), minute=int(clock[2]), tzinfo=tz).astimezone(UTC)
    if found > at + CLOCK_SKEW:
        faults.append(
            FieldFault(
                f"{name}_clock",
                Words("时间在将来；请核对日期和手机时钟", "the time lies ahead; check the day and the clock"),
            )
        )
        return None
    if found < oldest:
        local = oldest.astimezone(tz)
        faults.append(
            FieldFault(
                f"{name}_day",
                Words(
                    f"时间太早；最早 {local:%Y-%m-%d %H:%M}",
                    f"too long ago; at the earliest {local:%Y-%m-%d %H:%M}",
                ),
            )
        )
        return None
    return found


def _choice(form: Mapping[str, str], name: str, allowed: tuple[str, ...], faults: list[FieldFault]) -> str:
    value = form.get(name, "")
    if value not in allowed:
        faults.append(FieldFault(name, Words("请选择一项", "choose one")))
        return ""
    return value


def _ticked(
    name: str, given: Iterable[str], allowed: tuple[str, ...], faults: list[FieldFault]
) -> tuple[str, ...]:
    chosen = set(given)
    if not chosen <= set(allowed):
        faults.append(FieldFault(name, Words("请从清单中选择", "choose from the list")))
    return tuple(code for code in allowed if code in chosen)


def _temperature(form: Mapping[str, str], faults: list[FieldFault]) -> float | None:
    text = form.get("temperature", "").strip().replace("．", ".").replace("。", ".")
    if not text:
        return None
    if not _TEMPERATURE.fullmatch(text) or not LOW_C <= float(text) <= HIGH_C:
        faults.append(
            FieldFault(
                "temperature",
                Words(
                    f"体温写 {LOW_C:.0f} 至 {HIGH_C:.0f}，一位小数，如 38.6",
                    f"write {LOW_C:.0f} to {HIGH_C:.0f} with one decimal, such as 38.6",
                ),
            )
        )
        return None
    return float(text)
