"""Find vehicles with number, carriage and seat: "G771次列车3车厢05F", "CA1234航班", "511路公交车", "打车".

Chapter 6: used by read.
"""

from __future__ import annotations

import re

from fireline.investigations.narrative.model import Mention, Vehicle

_EDGE = r"(?<![A-Za-z\d])"
_NO_STOP = r"(?![站场口票])"
_SORTS: tuple[tuple[str, str], ...] = (
    ("flight", rf"{_EDGE}(?P<flight_a>(?:[A-Z]{{2}}|[A-Z]\d|\d[A-Z])\s?\d{{3,4}})\s?(?:号|"
        rf"次)?(?:国际)?(?:航班|班机|飞机|客机)"),
    ("flight", r"航班(?:号)?[：:为]?\s?(?P<flight_b>(?:[A-Z]{2}|[A-Z]\d|\d[A-Z])\d{3,4})(?!\d)(?:航班)?"),
    ("train", rf"{_EDGE}(?P<train_a>[GDCZTKLYSgdcztklys]\s?\d{{1,4}}[A-Z]?)\s?(?:号|次)(?!线|楼|院|店|门|厅)"
        rf"\s?(?:高铁|动车组?|旅客列车|列车|火车)?"),
    ("train", rf"{_EDGE}(?:高铁|动车|列车|火车)\s?(?P<train_b>[GDCZTKLYSgdcztklys]\d{{1,4}})(?!\d)"
        r"次?(?:列车)?"),
    ("train", rf"{_EDGE}(?P<train_c>[GDCZTKLYSgdcztklys]\d{{1,4}}[A-Z]?)"
        r"\s?(?:高铁|动车组?|旅客列车|列车|火车)"),
    ("train", rf"{_EDGE}(?P<train_d>[GDCZTKYgdcztky]\d{{2,4}})(?![A-Za-z\d路栋座区馆]|号|大巴|航站)"),
    ("train", r"(?<![A-Za-z\d])(?P<train_e>\d{4})次(?:旅客)?(?:列车|火车)"),
    ("flight", rf"{_EDGE}(?P<flight_c>[A-Z]{{2}}\d{{3,4}})(?![A-Za-z\d]|大巴)"),
    ("bus", r"(?<![A-Za-z\d])(?P<bus_a>[A-Z]?\d{1,4})\s?路?(?:公交大巴|公交车|公交(?!站)|公共汽车|"
        r"公车)(?!站)"),
    ("bus", r"(?<![A-Za-z\d])(?P<bus_b>[A-Z]?\d{1,4})\s?路(?:大巴车?|巴士|汽车(?!站)|车(?!站))"),
    ("bus", r"(?<=[乘坐换转])(?P<bus_c>[A-Z]?\d{1,4})路(?![口段灯边])"),
    ("bus", r"公交车?\s?(?P<bus_d>\d{1,4})路车?"),
    ("metro", r"(?:地铁|轻轨)\s?(?P<metro_a>\d{1,2}|[A-Z])号线(?:地铁)?(?!站)"),
    ("metro", r"(?<!\d)(?P<metro_b>\d{1,2})号线(?:地铁|轻轨)?(?!站)"),
    ("metro", rf"(?:地铁|轻轨){_NO_STOP}"),
    ("bus", r"(?:公交车|公交|公共汽车)(?![站场口公总集卡])"),
    ("ambulance", r"(?:120|急救|负压|救护|转运|专用)(?:负压|急救|救护|转运|专用|专){0,3}车辆?"),
    ("ambulance", r"(?<=[由乘坐])专车"),
    ("taxi", r"(?:出租汽?车|的士|网约车|滴滴(?:出行)?(?:快车|专车)?(?:打车)?|快车(?=[到去回至返])|打车|"
        r"打的(?=[到去回至返前]))(?!司|公|站)"),
    ("shuttle", r"(?:(?:单位|公司|工厂|学校|厂)的?(?:通勤车|班车|大巴车?|校车|接送车)|通勤班?车|校车)"),
    ("tricycle", r"(?:私家|红色|人力|机动|农用)?(?:电动)?三轮(?:摩托)?车"),
    ("motorcycle", r"摩托车|摩的"),
    ("ebike", r"(?:自驾)?(?:电动(?:自行|四轮|代步)?车|电瓶车|电动车|电车(?!站))"),
    ("bicycle", r"(?:自行车|共享单车|单车|骑车)"),
    ("truck", r"(?:大|小|半挂|自驾)?(?:货车|客货车|卡车|皮卡车?|农用车|拖拉机)"),
    ("coach", r"(?:[A-Z]{1,2}\d{2,4}\s?)?(?:长途(?:汽车|客车|大巴车?)|大巴(?:包车|车)?|中巴车?|"
        r"旅游(?:大巴|客?车)|客车|班车|包车|小巴车?|客运汽?车)(?![站场厂公])"),
    ("coach", r"(?<=乘坐)汽车|(?<=乘)汽车(?!站)"),
    ("car", r"(?:自驾(?:私家|小?轿|面包)?车?|私家(?:顺风|小?轿)?车|(?:自家|朋友|亲属|同事|家人|亲戚)"
        r"的?(?:小?轿|私家)?车|顺风车|小?轿车|小汽车|面包车|商务车|驾(?:驶)?(?:私家|自家)?车|"
        r"开(?:私家|自家)?车)(?![站场间])"),
    ("train", r"(?:高铁|动车组?|火车|列车|城际)(?![站场口票上组南北东西])"),
    ("flight", r"(?:飞机|航班)(?!场)"),
    ("ship", r"(?:客轮|轮船|邮轮|渡轮|轮渡|游船|客滚船)"),
)  # fmt: skip
_KINDS = tuple(kind for kind, _ in _SORTS)
# a look at the first character spares the other branches, which are many
_FIRST = (
    r"(?=[航高动列火公地轻急负救转专出的网滴快打单工学厂通校私红人机农电三摩自共骑大小半货客卡皮拖长中旅班包汽家朋亲同顺轿面商驾开城飞轮邮渡游]"
    r"|(?<![A-Za-z\d])[A-Za-z\d])"
)
_VEHICLE = re.compile(
    _FIRST + "(?:" + "|".join(f"(?P<v{i}>{pattern})" for i, (_, pattern) in enumerate(_SORTS)) + ")"
)
_NUMBER = re.compile(r"^(?:flight|train|bus|metro)_[a-e]$")
_CARRIAGE = re.compile(r"(?<!\d)(?:第)?(\d{1,2})\s?号?\s?(?:车厢|车箱|车(?![站票间辆]))")
_SEAT = re.compile(
    r"(?<![\dA-Za-z])(\d{1,3}\s?[A-Fa-f])(?![A-Za-z\d])|(?:座位号?|座)[：:]?\s?(\d{1,3}[A-F]?)号?"
    r"|(?<!\d)(\d{1,3})号?(?:座位?|卧铺|[上中下]铺|铺)|(?<!\d)(\d{1,3})号(?![车线楼])"
)
_WINDOW = 40
"""Characters after a train or flight in which its carriage and seat are looked for."""
_SENTENCE = re.compile(r"[。；;\n]")


def find_vehicles(text: str) -> list[Mention]:
    """Every vehicle of a text, by place."""
    mentions = []
    for found in _VEHICLE.finditer(text):
        groups = {k: v for k, v in found.groupdict().items() if v is not None}
        kind = next(_KINDS[int(k[1:])] for k in groups if k[1:].isdigit())
        number = next((v for k, v in groups.items() if _NUMBER.match(k)), "")
        vehicle = Vehicle(kind, "".join(number.split()).upper(), *_seat(text, found.end(), kind))
        mentions.append(Mention("vehicle", found.start(), found.end(), vehicle.number, vehicle))
    return mentions


def _seat(text: str, end: int, kind: str) -> tuple[str, str]:
    """Carriage and seat stated behind a train, flight or coach; empty where not stated."""
    if kind not in ("train", "flight", "coach"):
        return "", ""
    behind = _SENTENCE.split(text[end : end + _WINDOW], maxsplit=1)[0]
    carriage = _CARRIAGE.search(behind) if kind == "train" else None
    seat = _SEAT.search(behind, carriage.end() if carriage else 0)
    near = seat if seat and (carriage is not None or seat.start() <= 12) else None
    written = next((g for g in near.groups() if g), "") if near else ""
    return carriage[1] if carriage else "", written.replace(" ", "").upper()
