"""The canonical tables: every column Fireline reads, its kind, and whether it may be missing.

Chapter 1: what a source promises. Read by records, which cleans these tables, and by docs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from fireline.policy.vocabulary import FOUND_AS


class Kind(StrEnum):
    """How a cell is read."""

    KEY = "key"  # an identifier; person keys are replaced by keyed hashes
    TEXT = "text"
    CODE = "code"  # one of a closed list
    INSTANT = "instant"  # a moment; the cleaned table gains <column>_precision
    DATE = "date"  # a calendar day
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    GEOMETRY = "geometry"  # GeoJSON geometry as text


@dataclass(frozen=True, slots=True)
class Column:
    """One canonical column.

    Attributes
    ----------
    name : str
    kind : Kind
    required : bool, a row without it is rejected
    codes : tuple of str, the allowed values of a CODE
    person : bool, the value identifies a person inside the source; replaced by a pseudonym
    identity : bool, real identity (name, number, phone, address); kept in the vault only
    minimum, maximum : float or None, allowed range of a number
    """

    name: str
    kind: Kind
    required: bool = False
    codes: tuple[str, ...] = ()
    person: bool = False
    identity: bool = False
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One canonical table: its columns and the columns that make a row unique."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    by_name: dict[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {c.name: c for c in self.columns})


def _key(name: str, required: bool = True) -> Column:
    return Column(name, Kind.KEY, required)


def _person(name: str = "person_key", required: bool = True) -> Column:
    return Column(name, Kind.KEY, required, person=True)


def _code(name: str, *codes: str, required: bool = False) -> Column:
    return Column(name, Kind.CODE, required, codes)


def _text(name: str, required: bool = False) -> Column:
    return Column(name, Kind.TEXT, required)


def _instant(name: str, required: bool = False) -> Column:
    return Column(name, Kind.INSTANT, required)


def _number(name: str, low: float | None = None, high: float | None = None, required: bool = False) -> Column:
    return Column(name, Kind.NUMBER, required, minimum=low, maximum=high)


def _integer(name: str, low: float | None = 0, high: float | None = None, required: bool = False) -> Column:
    return Column(name, Kind.INTEGER, required, minimum=low, maximum=high)


def _date(name: str, required: bool = False) -> Column:
    return Column(name, Kind.DATE, required)


_PRECISION = _code("time_precision", "minute", "hour", "day")
_LON = _number("lon", -180, 180)
_LAT = _number("lat", -90, 90)

TABLES: dict[str, Table] = {
    t.name: t
    for t in (
        Table(
            "cases",
            (
                _key("case_id"),
                _person(),
                _text("disease", required=True),
                _code("classification", "confirmed", "probable", "suspected", "asymptomatic", "discarded"),
                _instant("onset"),
                _instant("sampled_at"),
                _instant("reported_at"),
                _instant("isolated_at"),
                _text("area_code"),
                _code("origin", "imported", "local"),
                _code("found_as", *FOUND_AS),
                _code("outcome", "recovered", "died", "in_care"),
                _instant("outcome_at"),
                _text("cluster"),
                _LON,
                _LAT,
                _PRECISION,
            ),
            ("case_id",),
        ),
        Table(
            "links",
            (
                _key("from_case"),
                _person("to_person"),
                _code("kind", "infected_by", "contact", "cluster", "household", required=True),
                Column("directed", Kind.BOOLEAN),
                _date("date"),
                _text("setting"),
            ),
            ("from_case", "to_person", "kind"),
        ),
        Table(
            "contacts",
            (
                _person(),
                _key("case_id"),
                _code("class", "close", "secondary", "general", "companion"),
                _instant("first_exposure"),
                _instant("last_exposure"),
                _instant("managed_at"),
                _instant("released_at"),
            ),
            ("person_key", "case_id"),
        ),
        Table(
            "exposures",
            (
                _person(),
                _text("item", required=True),
                _text("value", required=True),
                _instant("at"),
            ),
            ("person_key", "item"),
        ),
        Table(
            "persons",
            (
                _person(),
                _text("area_code"),
                _text("occupation"),
                _number("age", 0, 130),
                _code("sex", "male", "female", "other"),
                _key("household_id", required=False),
                _key("home_place_id", required=False),
                _text("group"),
            ),
            ("person_key",),
        ),
        Table(
            "identities",
            (
                _person(),
                Column("name", Kind.TEXT, identity=True),
                Column("id_no", Kind.TEXT, identity=True),
                Column("phone", Kind.TEXT, identity=True),
                Column("address", Kind.TEXT, identity=True),
            ),
            ("person_key",),
        ),
        Table(
            "places",
            (
                _key("place_id"),
                _text("name"),
                _text("kind"),
                _LON,
                _LAT,
                _text("area_code"),
                _integer("capacity"),
            ),
            ("place_id",),
        ),
        Table(
            "visits",
            (
                _person(),
                _key("place_id"),
                _instant("enter", required=True),
                _instant("leave"),
                _text("seat"),
                _PRECISION,
            ),
            ("person_key", "place_id", "enter", "leave"),
        ),
        Table(
            "positions",
            (
                _person(),
                _number("lon", -180, 180, required=True),
                _number("lat", -90, 90, required=True),
                _instant("at", required=True),
            ),
            ("person_key", "at"),
        ),
        Table(
            "counts",
            (
                _text("stream", required=True),
                _text("area_code", required=True),
                _date("date", required=True),
                _number("count", 0, required=True),
                _number("denominator", 0),
            ),
            ("stream", "area_code", "date"),
        ),
        Table(
            "arrivals",
            (
                _key("arrival_id"),
                _person(),
                _code("pocket", "flight", "land_port", "cross_region", required=True),
                _text("origin_area", required=True),
                _text("conveyance"),
                _text("seat"),
                _instant("declared_at"),
                _instant("arrives_at", required=True),
                _text("destination_area"),
                _instant("accepted_at"),
            ),
            ("arrival_id",),
        ),
        Table(
            "lots",
            (
                _key("lot_id"),
                _text("product", required=True),
                _text("origin", required=True),
                _instant("arrives_at", required=True),
                _text("store_id", required=True),
                _number("units", 0),
                _instant("declared_at"),
            ),
            ("lot_id",),
        ),
        Table(
            "lot_handlers",
            (_key("lot_id"), _person(), _instant("from", required=True), _instant("to")),
            ("lot_id", "person_key", "from"),
        ),
        Table(
            "tests",
            (
                _key("sample_id"),
                _code("subject_kind", "person", "lot", "site", required=True),
                _key("subject_id"),
                _text("kind", required=True),
                _instant("taken_at", required=True),
                _instant("result_at"),
                _code("result", "positive", "negative", "invalid", "pending"),
            ),
            ("sample_id",),
        ),
        Table(
            "risk_areas",
            (
                _text("area", required=True),
                _text("area_code"),
                _code("level", "high", "medium", "low", required=True),
                _date("valid_from"),
                _date("valid_to"),
                _instant("listed_at", required=True),
            ),
            ("area", "level", "listed_at"),
        ),
        Table(
            "areas",
            (
                _key("area_code"),
                _key("parent_code", required=False),
                _text("level", required=True),
                _text("name", required=True),
                _integer("population"),
                Column("geometry", Kind.GEOMETRY),
            ),
            ("area_code",),
        ),
        Table(
            "units",
            (
                _key("unit_id"),
                _text("area_code", required=True),
                _text("kind", required=True),
                _integer("population"),
                _LON,
                _LAT,
                Column("geometry", Kind.GEOMETRY),
            ),
            ("unit_id",),
        ),
        Table(
            "adjacency",
            (_key("unit_a"), _key("unit_b"), _integer("gates")),
            ("unit_a", "unit_b"),
        ),
    )
}
"""All canonical tables by name."""
