"""Other words for canonical codes and column names, in English and Chinese.

Chapter 1: read by the mapping (column names) and by records (codes).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

_SEX = {
    "m": "male",
    "man": "male",
    "男": "male",
    "男性": "male",
    "f": "female",
    "woman": "female",
    "女": "female",
    "女性": "female",
    "o": "other",
    "其他": "other",
}
_LEVEL = {
    "middle": "medium",
    "高风险": "high",
    "中风险": "medium",
    "低风险": "low",
    "高": "high",
    "中": "medium",
    "低": "low",
    "high_risk": "high",
    "medium_risk": "medium",
    "low_risk": "low",
}

CODES: Mapping[str, Mapping[str, str]] = {
    "sex": _SEX,
    "level": _LEVEL,
    "classification": {
        "确诊": "confirmed",
        "确诊病例": "confirmed",
        "临床诊断": "probable",
        "临床诊断病例": "probable",
        "疑似": "suspected",
        "疑似病例": "suspected",
        "suspect": "suspected",
        "无症状": "asymptomatic",
        "无症状感染者": "asymptomatic",
        "排除": "discarded",
        "not_a_case": "discarded",
        "ruled_out": "discarded",
    },
    "origin": {
        "境外输入": "imported",
        "输入": "imported",
        "本土": "local",
        "本地": "local",
        "indigenous": "local",
    },
    "outcome": {
        "痊愈": "recovered",
        "治愈": "recovered",
        "出院": "recovered",
        "recover": "recovered",
        "discharged": "recovered",
        "死亡": "died",
        "death": "died",
        "dead": "died",
        "deceased": "died",
        "在治": "in_care",
        "住院": "in_care",
        "hospitalised": "in_care",
        "hospitalized": "in_care",
    },
    "class": {
        "密接": "close",
        "密切接触者": "close",
        "次密接": "secondary",
        "次密": "secondary",
        "一般接触者": "general",
        "时空伴随": "companion",
        "时空伴随者": "companion",
    },
    "kind": {
        "感染": "infected_by",
        "传染": "infected_by",
        "接触": "contact",
        "聚集": "cluster",
        "家庭": "household",
        "同住": "household",
        "family": "household",
    },
    "pocket": {"航班": "flight", "口岸": "land_port", "陆路口岸": "land_port", "跨区域": "cross_region"},
    "subject_kind": {"人": "person", "人员": "person", "批次": "lot", "环境": "site", "场所": "site"},
    "result": {
        "阳性": "positive",
        "pos": "positive",
        "+": "positive",
        "阴性": "negative",
        "neg": "negative",
        "-": "negative",
        "无效": "invalid",
        "待定": "pending",
        "检测中": "pending",
    },
    "time_precision": {
        "分": "minute",
        "分钟": "minute",
        "时": "hour",
        "小时": "hour",
        "日": "day",
        "天": "day",
    },
}
"""Column -> other word -> code; words are compared after ``plain``."""

TRUTH: Mapping[str, bool] = {
    "true": True,
    "t": True,
    "yes": True,
    "y": True,
    "1": True,
    "是": True,
    "有": True,
    "false": False,
    "f": False,
    "no": False,
    "n": False,
    "0": False,
    "否": False,
    "无": False,
}

HEADERS: Mapping[str, str] = {
    "病例编号": "case_id",
    "病例号": "case_id",
    "病例id": "case_id",
    "人员编号": "person_key",
    "编号": "person_key",
    "病种": "disease",
    "疾病": "disease",
    "病例分类": "classification",
    "分类": "classification",
    "发病时间": "onset",
    "发病日期": "onset",
    "采样时间": "sampled_at",
    "采样日期": "sampled_at",
    "报告时间": "reported_at",
    "报告日期": "reported_at",
    "隔离时间": "isolated_at",
    "隔离日期": "isolated_at",
    "地区编码": "area_code",
    "行政区划代码": "area_code",
    "来源": "origin",
    "转归": "outcome",
    "年龄": "age",
    "性别": "sex",
    "职业": "occupation",
    "班级": "group",
    "姓名": "name",
    "身份证号": "id_no",
    "电话": "phone",
    "手机": "phone",
    "联系电话": "phone",
    "住址": "address",
    "地址": "address",
    "场所编号": "place_id",
    "场所名称": "name",
    "经度": "lon",
    "纬度": "lat",
    "longitude": "lon",
    "latitude": "lat",
    "进入时间": "enter",
    "离开时间": "leave",
    "到达时间": "enter",
    "座位": "seat",
    "座位号": "seat",
    "日期": "date",
    "数量": "count",
    "人数": "count",
    "分母": "denominator",
    "数据流": "stream",
    "暴露因素": "item",
    "暴露": "value",
    "date_onset": "onset",
    "onset_date": "onset",
    "date_of_onset": "onset",
    "report_date": "reported_at",
    "reported": "reported_at",
    "gender": "sex",
    "person_id": "person_key",
}
"""Other column names -> canonical name; used only where the canonical name is absent."""

DEVICE_COLUMNS = frozenset(
    {
        "ad_id",
        "adid",
        "advertising_id",
        "idfa",
        "idfv",
        "gaid",
        "aaid",
        "imei",
        "imsi",
        "mac",
        "mac_address",
        "device_id",
        "deviceid",
        "android_id",
        "maid",
    }
)
"""Identifiers of devices; a feed that holds one is refused whole (no bought or bulk movement data)."""


def plain(word: str) -> str:
    """A word as codes and column names are compared: NFKC, lower case, words joined by underscores."""
    text = unicodedata.normalize("NFKC", word).strip().casefold()
    return "_".join(text.replace("-", " ").replace("/", " ").replace("_", " ").split()) or text
