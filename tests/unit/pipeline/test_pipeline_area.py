"""The jurisdiction of a run that names none: what all cases share."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import polars as pl
import pytest

from fireline.pipeline.run import shared_area
from fireline.records.model import Records, schema


def records_of(codes):
    cases = pl.DataFrame({"area_code": codes}, schema={"area_code": pl.String})
    cases = cases.with_columns(
        pl.lit(None, dtype=kind).alias(name) for name, kind in schema("cases").items() if name != "area_code"
    )
    return Records({"cases": cases}, ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("codes", "area"),
    [
        ([], ""),
        ([None, None], ""),
        (["CN-411624"], "CN-411624"),
        (["CN-411624", None], "CN-411624"),
        (["CN-411624100", "CN-411624203"], "CN-411624"),
        (["CN-411624", "CN-411602"], "CN-4116"),
        (["CN-411624", "CN-410100"], "CN-41"),
        (["CN-411624", "CN-340000"], "CN"),
        (["CN-411624", "KR-11"], ""),
        (["KR-Seoul", "KR-Seongnam"], "KR"),
        (["Seoul", "Busan"], ""),
        (["411624", "411602"], ""),
        (["CN", "CN-411624"], "CN"),
    ],
)
def test_shared_area(codes, area):
    assert shared_area(records_of(codes)) == area
