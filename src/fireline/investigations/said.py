"""Read what people write in lists: "6月12日 14:30", "昨天下午2点半", "恶心、呕吐3次", column heads zh and en.

Chapter 6: used by paste; text in, plain values out, the moment "now" is an argument.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from fireline.words import Words

COLUMNS: dict[str, tuple[str, ...]] = {
    "no": ("序号", "编号", "病例编号", "学号", "工号", "no", "no.", "id", "caseid", "case_id", "number"),
    "name": ("姓名", "名字", "患者姓名", "学生姓名", "病人", "name", "fullname", "patient"),
    "id_no": ("身份证", "身份证号", "身份证号码", "证件号", "证件号码", "idno", "idnumber", "idcard"),
    "phone": ("电话", "手机", "手机号", "联系电话", "联系方式", "家长电话", "phone", "mobile", "tel"),
    "address": ("地址", "住址", "现住址", "家庭住址", "住所", "address", "home"),
    "group": ("班级", "班", "年级班级", "部门", "车间", "科室", "病区", "class", "group", "ward", "team"),
    "age": ("年龄", "岁", "岁数", "age", "ageyears"),
    "sex": ("性别", "男女", "sex", "gender"),
    "occupation": ("职业", "身份", "岗位", "工种", "occupation", "role", "job"),
    "area_code": ("地区编码", "区划代码", "areacode", "area_code"),
    "ill": ("是否发病", "发病", "发病情况", "是否有症状", "有无症状", "ill", "sick", "case", "isill"),
    "onset": ("发病时间", "发病日期", "起病时间", "首发时间", "症状出现时间", "呕吐时间", "onset",
              "onsettime", "onsetdate", "dateofonset", "timeofonset"),
    "reported_at": ("报告时间", "报告日期", "reported", "reportedat", "reportdate"),
    "sampled_at": ("采样时间", "采样日期", "sampled", "sampledat", "sampledate"),
    "isolated_at": ("隔离时间", "隔离日期", "离校时间", "isolated", "isolatedat"),
    "classification": ("分类", "病例分类", "诊断分类", "classification", "casestatus", "class_of_case"),
    "symptoms": ("症状", "主要症状", "临床表现", "症状体征", "symptoms", "symptom", "signs"),
}  # fmt: skip
"""Heads that are understood, after removal of spaces, brackets and case."""

SYMPTOMS: dict[str, tuple[str, ...]] = {
    "vomiting": ("呕吐", "吐", "vomiting", "vomit", "vomited"),
    "nausea": ("恶心", "nausea"),
    "diarrhoea": ("腹泻", "拉肚子", "拉稀", "水样便", "diarrhoea", "diarrhea"),
    "abdominal_pain": ("腹痛", "肚子痛", "肚子疼", "胃痛", "abdominalpain", "stomachache", "cramps"),
    "fever": ("发热", "发烧", "低热", "高热", "fever"),
    "headache": ("头痛", "头疼", "headache"),
    "dizziness": ("头晕", "头昏", "dizziness", "dizzy"),
    "fatigue": ("乏力", "疲劳", "fatigue", "weakness"),
    "cough": ("咳嗽", "cough"),
    "sore_throat": ("咽痛", "喉咙痛", "嗓子疼", "sorethroat"),
    "runny_nose": ("流涕", "流鼻涕", "runnynose"),
    "rash": ("皮疹", "出疹", "疹子", "rash"),
    "conjunctivitis": ("结膜炎", "眼红", "conjunctivitis"),
    "muscle_pain": ("肌痛", "肌肉酸痛", "全身酸痛", "musclepain", "myalgia"),
    "jaundice": ("黄疸", "jaundice"),
    "chills": ("寒战", "畏寒", "发冷", "chills"),
}

SYMPTOM_WORDS: dict[str, tuple[str, str]] = {
    name: (words[0], name.replace("_", " ")) for name, words in SYMPTOMS.items()
}
"""Name of each known symptom in Chinese and English."""

_BY_HEAD = {head: column for column, heads in COLUMNS.items() for head in heads}
_BY_SYMPTOM = {word: name for name, words in SYMPTOMS.items() for word in words}
_LEAD = re.compile(
    r"^(是否|有无|有没有|吃过|吃了|食用过|食用|喝过|喝了|饮用|进食|接触过|接触|去过"
    r"|did eat|ate|had|drank|eaten)\s*"
)
_TAIL = re.compile(r"(吗|\?|？|（是/否）|\(是/否\)|\(y/n\)|（份）|\(份\))$")
_CLASSES = {
    "confirmed": ("确诊", "确诊病例", "实验室诊断", "confirmed"),
    "probable": ("临床诊断", "临床诊断病例", "可能", "probable"),
    "suspected": ("疑似", "疑似病例", "suspected"),
    "asymptomatic": ("无症状", "无症状感染者", "隐性感染", "asymptomatic"),
    "discarded": ("排除", "排除病例", "discarded"),
}
_SEX = {"male": ("男", "男性", "m", "male", "boy"), "female": ("女", "女性", "f", "female", "girl")}


def head(written: str) -> str:
    """A column head without spaces, brackets and case, for look-up."""
    bare = re.sub(r"[（(][^（）()]*[)）]", "", written)
    return re.sub(r"[\s_:：.*-]+", "", bare).lower()


def column_of(written: str) -> str | None:
    """Canonical column that a head stands for; None where it is none (perhaps an exposure)."""
    return _BY_HEAD.get(head(written)) or _BY_HEAD.get(written.strip().lower())


def symptom_of(written: str) -> str | None:
    """Symptom that a word or head names; "呕吐3次" is vomiting. None where it is none."""
    bare = re.sub(r"[\d.×x*]+\s*(次|天|℃|度|times?|days?)?", "", head(written))
    return _BY_SYMPTOM.get(bare)


def symptoms_of(written: str) -> list[str]:
    """Symptoms of one cell in order, each once; words that are not known stay as short text."""
    found: list[str] = []
    for word in re.split(r"[、，,;；/+\s和及]+", written.strip()):
        name = symptom_of(word) or (word.strip().lower() if 0 < len(word.strip()) <= 12 else None)
        if name and not name.isdigit() and name not in found:
            found.append(name)
    return found


def item_of(written: str) -> str:
    """Exposure that a head asks about: "是否吃过午餐" is 午餐."""
    name = _TAIL.sub("", written.strip())
    for _ in range(3):
        name = _LEAD.sub("", name)
    return _TAIL.sub("", name).strip(" ：:") or written.strip()


def class_of(written: str) -> str | None:
    """Classification that a cell names."""
    return next((name for name, words in _CLASSES.items() if written.strip().lower() in words), None)


def sex_of(written: str) -> str | None:
    """Sex that a cell names."""
    return next((name for name, words in _SEX.items() if written.strip().lower() in words), None)


def age_of(written: str) -> str | None:
    """Age in years as text: "7岁", "7", "7岁3个月", "8个月" (a share of a year)."""
    found = re.fullmatch(
        r"(?:(\d{1,3}(?:\.\d+)?)\s*(?:岁|周岁|y|yr|years?)?)?\s*(?:(\d{1,2})\s*(?:个?月|m|months?))?",
        written.strip().lower(),
    )
    if not found or not (found[1] or found[2]):
        return None
    return f"{float(found[1] or 0) + float(found[2] or 0) / 12:g}"


@dataclass(frozen=True, slots=True)
class When:
    """A moment as written: ISO text as records reads it, or why it cannot be used."""

    iso: str | None
    problem: Words | None = None


_DAYS = {"今天": 0, "今日": 0, "today": 0, "昨天": 1, "昨日": 1, "昨晚": 1, "昨": 1, "yesterday": 1,
         "前天": 2, "前日": 2, "大前天": 3, "今早": 0, "今晨": 0, "今晚": 0}  # fmt: skip
_DATE = re.compile(
    r"^(?:(?P<y>\d{4})\s*[年/.-]\s*)?(?P<m>\d{1,2})\s*(?:月|[/.-])\s*(?P<d>\d{1,2})\s*(?:[日号]|(?=\D|$))|"
    r"^(?P<word>大前天|前天|前日|昨天|昨日|昨晚|今天|今日|今早|今晨|今晚|昨|today|yesterday)"
)
_CLOCK = re.compile(
    r"^(?P<half>凌晨|清晨|早上|早晨|早|上午|中午|下午|傍晚|晚上|晚|夜里|am|pm)?\s*"
    r"(?P<h>\d{1,2})\s*(?:(?P<dot>[点时])|[:：])\s*(?:(?P<mi>\d{1,2})\s*分?|(?P<part>半|一刻|三刻))?(?:[:：]\d{2})?\s*(?P<ampm>am|pm)?$"
)


def when_of(written: str, *, today: datetime | None) -> When:
    """Read a date or time as people write it.

    Parameters
    ----------
    written : such as "6月12日 14:30", "6/12下午2点", "14:30", "昨天22点", "2026-06-12"
    today : local moment of writing, aware; needed where the text leaves out the year or the day

    Returns
    -------
    When   ISO text in local time: a date alone stays a date, "14点" has the precision of an hour. Without a
        year it is the latest such day that is not after ``today``; a clock time alone the latest such time.
    """
    text = re.sub(r"\s+", " ", written.strip().lower().replace("：", ":"))
    text = re.sub(r"^(\d{4}-\d\d-\d\d)t", r"\1 ", text)
    if not text:
        return When(None, Words("没有填写", "nothing written"))
    found = _DATE.match(text)
    rest = text[found.end() :].strip(" ,，") if found else text
    clock = _clock(rest, evening=bool(found and (found["word"] or "") in ("昨晚", "今晚"))) if rest else None
    if rest and clock is None:
        return When(None, Words("不是日期或时间", "not a date or time"))
    if found is None:
        if today is None:
            return When(
                None,
                Words(
                    "只有时刻、没有日期，需要知道填写时间", "a time without a day needs the time of writing"
                ),
            )
        assert clock is not None
        day = today.date()
        if datetime.combine(day, clock[0], tzinfo=today.tzinfo) > today:
            day -= timedelta(days=1)
    else:
        read = _day(found, today)
        if isinstance(read, Words):
            return When(None, read)
        day = read
    if clock is None:
        return When(day.isoformat())
    return When(f"{day.isoformat()} {clock[0]:%H}" if clock[1] else f"{day.isoformat()} {clock[0]:%H:%M}")


def _day(found: re.Match[str], today: datetime | None) -> date | Words:
    if found["word"]:
        if today is None:
            return Words("“昨天”之类需要知道填写时间", "a day such as yesterday needs the time of writing")
        return today.date() - timedelta(days=_DAYS[found["word"]])
    try:
        if found["y"]:
            return date(int(found["y"]), int(found["m"]), int(found["d"]))
        if today is None:
            return Words("没有年份的日期需要知道填写时间", "a date without a year needs the time of writing")
        day = date(today.year, int(found["m"]), int(found["d"]))
        return day if day <= today.date() else day.replace(year=today.year - 1)
    except ValueError:
        return Words("没有这一天", "no such day")


def _clock(text: str, *, evening: bool) -> tuple[time, bool] | None:
    """(time, whether only the hour was written)."""
    found = _CLOCK.match(text)
    if not found:
        return None
    hour = int(found["h"])
    half = found["half"] or found["ampm"] or ("晚" if evening else "")
    minutes = {"半": 30, "一刻": 15, "三刻": 45}.get(found["part"] or "", int(found["mi"] or 0))
    is_night = half in ("晚上", "晚", "夜里")
    if hour == 12 and (is_night or half in ("凌晨", "am")):
        hour = 0
    elif hour < 12 and (
        half in ("下午", "傍晚", "pm") or (is_night and hour >= 5) or (half == "中午" and hour < 3)
    ):
        hour += 12
    if hour > 23 or minutes > 59:
        return None
    return time(hour, minutes), bool(found["dot"]) and not found["mi"] and not found["part"]
