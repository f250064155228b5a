"""Small worlds for the tests of contacts, arrivals, places and signals: cleaned tables and packs of rules."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import polars as pl

from fireline.policy import At, build_library
from fireline.records.model import Records, schema

TZ = ZoneInfo("Asia/Shanghai")
AT = datetime(2021, 12, 20, tzinfo=UTC)
ON = date(2021, 12, 13)

LOOKBACK = 'days = 4, anchor = "onset_or_sampling", until = "isolation"'
CLOSE = """any = [{ fact = "is_household", eq = true }, { fact = "overlap_minutes", ge = 15 },
  { fact = "is_stated", eq = true }]"""


def local(text):
    """A local time "2021-12-10 09:30" or date "2021-12-10" as (UTC instant, precision)."""
    if text is None:
        return None, None
    precision = "minute" if len(text) > 10 else "day"
    return datetime.fromisoformat(text).replace(tzinfo=TZ).astimezone(UTC), precision


def table(name, rows):
    """Cleaned table from dicts; instants as local text, dates as ISO text."""
    columns = schema(name)
    cleaned = []
    for row in rows:
        new = {}
        for column, value in row.items():
            if f"{column}_precision" in columns:
                new[column], new[f"{column}_precision"] = local(value)
                if f"{column}_precision" in row:
                    new[f"{column}_precision"] = row[f"{column}_precision"]
            elif column not in new:
                new[column] = date.fromisoformat(value) if columns[column] == pl.Date and value else value
        cleaned.append(new)
    return pl.DataFrame(cleaned, schema=columns)


def records(area="CN-411624", **tables):
    return Records({name: table(name, rows) for name, rows in tables.items()}, TZ, area)


def case(case_id, onset="2021-12-10", *, person=None, **more):
    row = {"case_id": case_id, "person_key": person or f"P{case_id}", "disease": "covid-19", "onset": onset}
    return row | {"reported_at": "2021-12-13 08:00", "area_code": "CN-411624"} | more


def visit(person, place, enter, leave, **more):
    return {"person_key": person, "place_id": place, "enter": enter, "leave": leave} | more


def rule(concept, subject, value, confidence="V2", **more):
    extra = "".join(f"\n{k} = {v!r}" for k, v in more.items())
    held = f"\nvalue = {{ {value.replace(chr(10), ' ')} }}" if value is not None else ""
    head = (
        f'[[rule]]\nconcept = "{concept}"\nsubject = "{subject}"\nconfidence = "{confidence}"\nsource = "a"'
    )
    return f"{head}{held}{extra}\n"


def pack(*rules, pack_id="t-1", kind="archive", start="2021-01-01", end=None, disease="covid-19", area="CN"):
    until = f"valid_to = {end}\n" if end else ""
    head = (
        f'id = "{pack_id}"\nkind = "{kind}"\ntitle_zh = "试"\ntitle_en = "Test"\njurisdiction = "{area}"\n'
        f'valid_from = {start}\n{until}disease = "{disease}"\n[sources.a]\ntitle = "A test source"\n'
    )
    return (pack_id, head + "".join(rules))


def at_rules(*packs, disease="covid-19", area="CN-411624", on=ON):
    return At(build_library(packs), disease, area, on)


def tracing_pack(**more):
    return pack(rule("contact.lookback", "close", LOOKBACK), rule("contact.class", "close", CLOSE), **more)
