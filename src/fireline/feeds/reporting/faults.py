"""What can be wrong with one row of a report: stable codes, what is wrong and what to do, in both languages.

Chapter 1: made by rows and by the actions that take reports in; docs/how-to/reporting.md lists all codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from fireline.words import Words


class ReportFault(StrEnum):
    """Stable name of what is wrong with one row."""

    NOT_AN_OBJECT = "not_an_object"
    UNKNOWN_FIELD = "unknown_field"
    MISSING = "missing"
    UNKNOWN_STREAM = "unknown_stream"
    NOT_OWED = "not_owed"
    UNKNOWN_AREA = "unknown_area"
    NOT_A_DATE = "not_a_date"
    FUTURE_DATE = "future_date"
    TOO_OLD = "too_old"
    OUTSIDE_PROMISE = "outside_promise"
    NOT_A_WEEK_END = "not_a_week_end"
    NOT_A_NUMBER = "not_a_number"
    NOT_WHOLE = "not_whole"
    NEGATIVE = "negative"
    TOO_LARGE = "too_large"
    MISSING_TOTAL = "missing_total"
    ABOVE_TOTAL = "above_total"
    NOT_TRUE_OR_FALSE = "not_true_or_false"
    WITHDRAWN_WITH_NUMBER = "withdrawn_with_number"
    NOTHING_TO_WITHDRAW = "nothing_to_withdraw"
    TWICE = "twice"
    CONTRADICTION = "contradiction"
    BELOW_FEVER_REPORTS = "below_fever_reports"


FAULT_WORDS: Mapping[ReportFault, tuple[Words, Words]] = {
    ReportFault.NOT_AN_OBJECT: (
        Words("这一行不是一条记录", "the row is no record"),
        Words("每行写成一个对象", "write each row as an object"),
    ),
    ReportFault.UNKNOWN_FIELD: (
        Words("有不接收的字段", "a field that is not taken in"),
        Words(
            "去掉该字段；报数不得含姓名、证件号、电话等",
            "leave the field out; a report holds no names, numbers of persons or phones",
        ),
    ),
    ReportFault.MISSING: (
        Words("缺少必填字段", "a field that is needed is not there"),
        Words("补上该字段；没有病人请写 0", "add the field; write 0 where there was nobody"),
    ),
    ReportFault.UNKNOWN_STREAM: (
        Words("监测流未知", "the stream is not known"),
        Words("使用清单中的监测流", "use a stream of the list"),
    ),
    ReportFault.NOT_OWED: (
        Words("本单位不报送此监测流", "this unit does not report this stream"),
        Words("去掉该行，或请疾控中心登记", "leave the row out, or ask the CDC to register it"),
    ),
    ReportFault.UNKNOWN_AREA: (
        Words("地区未知或不属于本单位", "the area is not known, or not this unit's"),
        Words("不写地区即为本单位所在地区", "leave the area out: the unit's own is meant then"),
    ),
    ReportFault.NOT_A_DATE: (
        Words("不是日期", "not a date"),
        Words("写成 2026-06-12", "write it as 2026-06-12"),
    ),
    ReportFault.FUTURE_DATE: (
        Words("日期在将来", "the date lies ahead"),
        Words("核对日期和电脑时钟", "check the date, and the clock of the machine"),
    ),
    ReportFault.TOO_OLD: (
        Words("日期太早", "the date is too long ago"),
        Words("更早的数据请由疾控中心以文件导入", "the CDC imports older numbers as a file"),
    ),
    ReportFault.OUTSIDE_PROMISE: (
        Words(
            "该日不在本单位的报送期内", "the day is outside the time in which this unit reports the stream"
        ),
        Words("去掉该行，或请疾控中心更改起止日期", "leave the row out, or ask the CDC to change the dates"),
    ),
    ReportFault.NOT_A_WEEK_END: (
        Words("周报的日期不是星期日", "the date of a weekly number is no Sunday"),
        Words("用该周最后一天（星期日）", "use the last day of the week, Sunday"),
    ),
    ReportFault.NOT_A_NUMBER: (
        Words("不是数字", "not a number"),
        Words("只写数字，不加引号", "write a number, without quotes"),
    ),
    ReportFault.NOT_WHOLE: (
        Words("应为整数", "decimals where whole things are counted"),
        Words("写人数、盒数等整数", "write the whole number of people, boxes and so on"),
    ),
    ReportFault.NEGATIVE: (
        Words("小于 0", "below 0"),
        Words("写 0 或更大的数；要收回请用 withdraw", "write 0 or more; to take a number back use withdraw"),
    ),
    ReportFault.TOO_LARGE: (
        Words("数值过大", "the number is too large"),
        Words("核对单位和小数点", "check the unit and the decimal point"),
    ),
    ReportFault.MISSING_TOTAL: (
        Words("缺少约定的分母", "the promised denominator is not there"),
        Words("补上 denominator", "add denominator"),
    ),
    ReportFault.ABOVE_TOTAL: (
        Words("大于分母", "above its denominator"),
        Words("核对两个数", "check both numbers"),
    ),
    ReportFault.NOT_TRUE_OR_FALSE: (
        Words("不是 true 或 false", "neither true nor false"),
        Words("写 true，或去掉该字段", "write true, or leave the field out"),
    ),
    ReportFault.WITHDRAWN_WITH_NUMBER: (
        Words("收回的同时又写了数", "a number stands beside withdraw"),
        Words("二者只留其一", "keep one of the two"),
    ),
    ReportFault.NOTHING_TO_WITHDRAW: (
        Words("没有可收回的报数", "there is no number to take back"),
        Words("去掉该行", "leave the row out"),
    ),
    ReportFault.TWICE: (
        Words("同一报数写了两遍", "the same number a second time"),
        Words("只写一次；第一次已收下", "write it once; the first is kept"),
    ),
    ReportFault.CONTRADICTION: (
        Words("同一天同一监测流有不同的数", "different numbers for one day of one stream"),
        Words("只留一个；这几行都未收下", "keep one; none of these rows was kept"),
    ),
    ReportFault.BELOW_FEVER_REPORTS: (
        Words("少于当天已逐例上报的发热病人数", "fewer than the fever patients reported one by one that day"),
        Words("核对总数，或撤回误报的病人", "check the number, or withdraw a patient reported by mistake"),
    ),
}
"""Code -> what is wrong, what to do."""


@dataclass(frozen=True, slots=True)
class RowFault:
    """One thing wrong with one row; the row was not kept.

    Attributes
    ----------
    row : int, 1-based
    field : str, name of the field; "" where the whole row is meant
    code : ReportFault
    found : Words, shown for dates, codes and numbers only, else what it is like
    allowed : Words
    """

    row: int
    field: str
    code: ReportFault
    found: Words
    allowed: Words

    @property
    def what(self) -> Words:
        """What is wrong."""
        return FAULT_WORDS[self.code][0]

    @property
    def todo(self) -> Words:
        """What to do."""
        return FAULT_WORDS[self.code][1]
