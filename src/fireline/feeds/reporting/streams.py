"""The closed list of streams that a unit can owe: what is counted, in which numbers, out of what.

Chapter 1: read by owed, rows and the pages; their names are in policy/labels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from fireline.policy.terms import stream_words
from fireline.words import Words


class UnitKind(StrEnum):
    """What a reporting unit is."""

    CLINIC = "clinic"
    HOSPITAL = "hospital"
    PHARMACY = "pharmacy"
    SCHOOL = "school"
    LABORATORY = "laboratory"
    PORT = "port"
    COLD_STORE = "cold_store"
    HOTLINE = "hotline"
    WASTEWATER = "wastewater"
    EMPLOYER = "employer"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Stream:
    """One kind of number.

    Attributes
    ----------
    code : str, as it stands in the table "counts"
    is_whole : bool, it counts whole things; False for measurements
    total : Words or None, what a denominator of it is; None where it has none
    """

    code: str
    is_whole: bool = True
    total: Words | None = None

    @property
    def name(self) -> Words:
        """Name of the stream."""
        return stream_words(self.code)


_VISITS = Words("全部门急诊人次", "all outpatient visits")
_TESTED = Words("检测人数", "people tested")

STREAMS: Mapping[str, Stream] = {
    stream.code: stream
    for stream in (
        Stream("fever_clinic", total=_VISITS),
        Stream("ili_visits", total=_VISITS),
        Stream("diarrhoea_visits", total=_VISITS),
        Stream("rash_visits", total=_VISITS),
        Stream("township_doctor", total=_VISITS),
        Stream("antipyretic_sales"),
        Stream("cough_sales"),
        Stream("antiviral_sales"),
        Stream("antibiotic_sales"),
        Stream("school_absence", total=Words("在册学生数", "pupils enrolled")),
        Stream("work_absence", total=Words("在岗职工数", "people employed")),
        Stream("lab_positive", total=Words("检测份数", "tests done")),
        Stream("key_occupation_positive", total=_TESTED),
        Stream("cold_chain_positive", total=Words("采样份数", "samples taken")),
        Stream("port_fever", total=Words("入境人数", "people arriving")),
        Stream("health_calls", total=Words("全部来电数", "all calls")),
        Stream("wastewater", is_whole=False),
    )
}
"""Streams by code, in the order in which forms and lists name them."""
