"""The chain in sentences: how many each case infected, what is odd, and how many sources are unknown.

Chapter 7: reads the figures of chain_summary; the same words stand in the report and on the chain page.
"""

from __future__ import annotations

from collections.abc import Mapping

from fireline.words import Words

_MOST_GENERATIONS = 9
_EVIDENCE = {
    "area": ("地区", "area"),
    "group": ("聚集群组", "cluster"),
    "age": ("年龄", "age"),
    "distance": ("住处距离", "distance between homes"),
}


def chain_words(figures: Mapping[str, str]) -> tuple[Words, ...]:
    """Sentences about a chain.

    Parameters
    ----------
    figures : mapping   name to value as chain_summary.figures gives them

    Returns
    -------
    tuple of Words   empty without figures
    """
    if not figures or figures.get("n_cases", "0") == "0":
        return ()
    found = [_reproduction(figures), _serial(figures), _generations(figures), _sources(figures)]
    return tuple(words for words in found if words is not None)


def _number(text: str, digits: int = 2) -> str:
    return "∞" if text == "inf" else f"{float(text):.{digits}f}"


def _reproduction(f: Mapping[str, str]) -> Words | None:
    n, recent, r = f.get("offspring_n", "0"), f.get("n_recent", "0"), f.get("offspring_r", "")
    if not r:
        return Words(
            f"病例都太近（{recent} 例），还不能估计再生数 R。",
            f"All {recent} cases are too recent: R cannot be estimated yet.",
        )
    zh = f"按已陈述的传播关系，{n} 例平均每例感染 R = {_number(r)} 人"
    en = f"By stated links {n} cases infected R = {_number(r)} others each on average"
    if f.get("offspring_n_infected") == "0":
        high = _number(f["offspring_r_high"])
        zh += f"（单侧 95% 上限 {high}）；无人感染他人，k 不能估计"
        en += f" (one-sided 95 % upper limit {high}); nobody infected anybody, so k cannot be estimated"
    else:
        limits = f"{_number(f['offspring_r_low'])}–{_number(f['offspring_r_high'])}"
        k = f"{_number(f['offspring_k_low'])}–{_number(f['offspring_k_high'])}"
        zh += f"（95% 区间 {limits}）；"
        en += f" (95 % interval {limits}); "
        if f["offspring_k"] == "inf":
            zh += f"离散程度不超过偶然（k 无上限，下限 {_number(f['offspring_k_low'])}）"
            low = _number(f["offspring_k_low"])
            en += f"spread no more unevenly than by chance (k unlimited, lower limit {low})"
        else:
            zh += f"离散参数 k = {_number(f['offspring_k'])}（{k}）"
            en += f"dispersion k = {_number(f['offspring_k'])} ({k})"
    zh += f"。未计 {recent} 例太近的病例。" if recent != "0" else "。"
    en += f". Not counted: {recent} cases too recent to have infected all they may." if recent != "0" else "."
    return Words(
        zh + "来源不明的病例越多，R 越偏低。", en + " The more sources are unknown, the more R is too low."
    )


def _serial(f: Mapping[str, str]) -> Words | None:
    n = int(f.get("n_serial") or 0)
    if not n:
        return Words(
            "没有一条关系两端都有发病日，无法计算代间距。", "No link has both onsets: no serial interval."
        )
    mean, sd = f["mean_serial_days"], f["sd_serial_days"]
    zh = f"代间距平均 {_number(mean, 1)} 天" + (f"（标准差 {_number(sd, 1)}，{n} 对）" if sd else "（1 对）")
    en = f"Serial interval {_number(mean, 1)} days on average" + (
        f" (sd {_number(sd, 1)}, {n} pairs)" if sd else " (1 pair)"
    )
    early, late = f.get("n_impossible", "0"), f.get("n_missing_generation", "0")
    if early != "0":
        zh += f"；{early} 条关系早于该病所允许，应复核"
        en += f"; {early} links are earlier than the disease allows: check them"
    if late != "0":
        missing = f.get("n_missing_between", "0")
        zh += f"；{late} 条关系间隔过长，中间至少缺 {missing} 例"
        en += f"; {late} links are too long: at least {missing} cases between are missing"
    return Words(zh + "。", en + ".")


def _generations(f: Mapping[str, str]) -> Words | None:
    by = [part.split(":") for part in f.get("by_generation", "").split()]
    if not by:
        return None
    told = by[:_MOST_GENERATIONS]
    zh = "、".join(f"第 {g} 代 {n} 例" for g, n in told)
    en = ", ".join(f"generation {g}: {n}" for g, n in told)
    more = len(by) - len(told)
    return Words(
        f"{zh}{f'，另有 {more} 代' if more else ''}。",
        f"{en[0].upper()}{en[1:]}{f'; {more} more generations' if more else ''}.",
    )


def _sources(f: Mapping[str, str]) -> Words | None:
    if not f.get("mean_unknown_share"):
        return None
    n, unknown = f["n_cases"], f["n_unknown_likeliest"]
    share = _number(str(100 * float(f["mean_unknown_share"])), 0)
    zh = (
        f"{n} 例中 {unknown} 例最可能的来源不在已知病例之内（来源不明，平均概率 {share}%）；"
        f"{f['n_likely']} 例有一个概率过半的来源；{f['n_computed']} 条关系由接触推算。"
    )
    en = (
        f"For {unknown} of {n} cases the likeliest source is none of the known cases (unknown source, mean "
        f"probability {share} %); {f['n_likely']} have one source of at least one half; {f['n_computed']} "
        "links are computed from meetings."
    )
    for name, told_zh, told_en in (
        ("evidence_used", "除日期外还用了：", "Used beside the days: "),
        ("evidence_put_aside", "与日期不符而未用：", "Put aside because it speaks against the days: "),
    ):
        kinds = [_EVIDENCE[kind] for kind in f.get(name, "").split() if kind in _EVIDENCE]
        if kinds:
            zh += told_zh + "、".join(k[0] for k in kinds) + "。"
            en += " " + told_en + ", ".join(k[1] for k in kinds) + "."
    return Words(zh, en)
