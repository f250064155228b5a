"""Answers of fireline watch: triggers, clusters, streams that are late, calibration; as tables or JSON.

The outermost layer: used by cli.watch only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from statistics import median
from typing import TYPE_CHECKING, Any

import typer

from fireline.cli.columns import columns
from fireline.errors import InputError
from fireline.policy.terms import stream_words
from fireline.signals.ladder import GLYPHS, NUMERALS
from fireline.words import Words

if TYPE_CHECKING:
    from fireline.pipeline.watching.watch import Watching
    from fireline.signals.clusters.streams import AreaCluster, StreamScan
    from fireline.signals.model import Evidence, Point, Trigger

_NOMINAL = 0.05
_MOST_CALIBRATED = 4
_BLOCKS = "▁▂▃▄▅▆▇█"
_LEVELS = {
    "high": Words("高", "high"),
    "medium": Words("中", "medium"),
    "low": Words("低", "low"),
    "very_low": Words("很低", "very low"),
}
_SUBJECTS = {"person": Words("人", "person"), "thing": Words("物", "thing"), "place": Words("地", "place")}
_BASES = {
    "supplied": Words("自身历史", "its own history"),
    "uniform_rate": Words("同一发生率（按人口）", "one rate for all people"),
    "population_by_step": Words("按人口分摊", "shared out by people"),
    "margins": Words("时空置换", "permutation"),
}
_STATES = {
    "late": Words("迟报", "late"),
    "silent": Words("疑似停报", "perhaps dead"),
    "not_reported": Words("未上报", "not reported"),
    "new": Words("历史太短", "history too short"),
    "shifted": Words("水平变化", "level moved"),
    "new_holiday": Words("首次节假日", "first such holiday"),
    "ok": Words("正常", "as usual"),
}
_MISSING = ("late", "silent", "not_reported")


def tell(seen: Watching, *, source: str, lang: str, limit: int) -> None:
    """Print what was seen."""
    s = seen.signals
    streams = s.stream_days["stream"].n_unique() if s.stream_days.height else 0
    counted = Words(
        f"{streams} 路数据，{s.stream_days.height} 条序列",
        f"{streams} streams, {s.stream_days.height} series",
    )
    typer.echo(f"watch  ·  {source}  ·  {seen.area}  ·  {seen.day}  ·  {counted.get(lang)}")
    _triggers(seen, lang=lang, limit=limit)
    _clusters(seen, lang=lang, limit=limit)
    _late(seen, lang=lang, limit=limit)
    _calibration(seen, lang=lang)
    n_part = len({a for t in s.triggers for a in t.alarm_ids})
    alone = len(s.alarms) - n_part
    typer.echo(
        Words(
            f"\n单流报警  {len(s.alarms)} 条，其中 {n_part} 条并入触发，{alone} 条单独存在",
            f"\nALARMS OF SINGLE STREAMS  {len(s.alarms)}: {n_part} part of a trigger, {alone} of none",
        ).get(lang)
    )
    for note in seen.notes:
        typer.echo(f"· {note.get(lang)}")


def _cut(rows: Sequence[Any], limit: int) -> Sequence[Any]:
    return rows[:limit] if limit else rows


def _more(n: int, shown: int, lang: str) -> None:
    if n > shown:
        typer.echo(
            Words(
                f"另有 {n - shown} 行未显示（--limit 0 或 --json）",
                f"{n - shown} more not shown (--limit 0 or --json)",
            ).get(lang)
        )


def _level(level: str, lang: str) -> str:
    return f"{GLYPHS[level]}{NUMERALS[level]} {_LEVELS[level].get(lang)}"


def _areas(codes: Sequence[str], names: Mapping[str, str], lang: str, most: int = 3) -> str:
    shown = [names.get(code) or code for code in codes[:most]]
    more = f" +{len(codes) - most}" if len(codes) > most else ""
    return ("、" if lang == "zh" else ", ").join(shown) + more if shown else "–"


def _rare(value: float | None) -> str:
    if value is None:
        return "–"
    return "<0.01" if value < 0.005 else f"{value:.2f}"


def _p(value: float | None) -> str:
    if value is None or math.isnan(value):
        return "–"
    return "<0.0001" if value < 0.0001 else f"{value:.4f}"


def _triggers(seen: Watching, *, lang: str, limit: int) -> None:
    found = seen.signals.triggers
    typer.echo(Words(f"\n触发预警  {len(found)}", f"\nTRIGGERS  {len(found)}").get(lang))
    if not found:
        typer.echo(
            Words("  没有：各路数据合在一起没有异常", "  none: taken together the streams are as usual").get(
                lang
            )
        )
        return
    head = Words(
        "等级|编号|异常首日|最近|地区|数据流|p|误报/月|核实时限",
        "level|id|first day|last raised|areas|streams|p|false/month|verify by",
    )
    rows = [
        [
            _level(t.level, lang),
            t.trigger_id,
            f"{t.first_day}",
            f"{t.until}",
            _areas(t.areas, seen.areas, lang),
            _stream_names(t, lang),
            _p(t.p),
            _rare(t.false_alarms_per_month),
            f"{t.verify_by}" if t.verify_by else "–",
        ]
        for t in _cut(found, limit)
    ]
    _lines(columns(head.get(lang).split("|"), rows))
    _more(len(found), len(rows), lang)


def _stream_names(t: Trigger, lang: str) -> str:
    speaking = [e for e in t.evidence if e.weight > 0]
    return " + ".join(e.words.get(lang) for e in speaking) if speaking else ", ".join(t.rule_ids)


def _lines(lines: Sequence[str]) -> None:
    for line in lines:
        typer.echo(f"  {line}")


def _clusters(seen: Watching, *, lang: str, limit: int) -> None:
    if not seen.scans:
        return
    from fireline.signals.clusters.explain import span_words
    from fireline.signals.clusters.streams import SHOWN_P

    unusual = [(s, c) for s in seen.scans for c in s.clusters if c.p <= SHOWN_P]
    unusual.sort(key=lambda pair: (pair[1].p, -pair[1].score))
    typer.echo(
        Words(
            f"\n时空聚集  {len(unusual)}（p ≤ {SHOWN_P:g}；扫描 {len(seen.scans)} 路）",
            f"\nCLUSTERS  {len(unusual)} (p <= {SHOWN_P:g}; {len(seen.scans)} streams scanned)",
        ).get(lang)
    )
    if unusual:
        head = Words(
            "编号|数据流|地区|自|观察|预期|p|平时|预期的依据",
            "id|stream|areas|since|observed|expected|p|by chance once in|expected from",
        )
        rows = [
            [
                c.cluster_id, s.words.get(lang), _areas(c.areas, seen.areas, lang), f"{c.first_day}",
                f"{c.observed:g}", f"{c.expected:.1f}", f"{c.p:.3f}",
                span_words(c.recurrence_d).get(lang).strip(), _BASES[s.baseline.value].get(lang),
            ]
            for s, c in _cut(unusual, limit)
        ]  # fmt: skip
        _lines(columns(head.get(lang).split("|"), rows))
        _more(len(unusual), len(rows), lang)
    for s in seen.scans:
        if not s.clusters or s.clusters[0].p > SHOWN_P:
            _lines([_usual(s, seen, lang)])


def _usual(s: StreamScan, seen: Watching, lang: str) -> str:
    """One line for a stream whose most likely cluster is not unusual."""
    if not s.clusters:
        return Words(f"{s.words.zh}：没有高于预期的地区", f"{s.words.en}: no areas above expectation").get(
            lang
        )
    best = s.clusters[0]
    where = _areas(best.areas, seen.areas, lang)
    return Words(
        f"{s.words.zh}：最可能的是 {where}，不算异常（{best.observed:g} / {best.expected:.1f}，"
        f"p = {best.p:.3f}；{s.basis.zh}）",
        f"{s.words.en}: most likely {where}, not unusual ({best.observed:g} for {best.expected:.1f}, "
        f"p = {best.p:.3f}; {s.basis.en})",
    ).get(lang)


def _late(seen: Watching, *, lang: str, limit: int) -> None:
    table = seen.signals.stream_days
    rows = [row for row in table.iter_rows(named=True) if row["state"] in _MISSING]
    rows.sort(key=lambda row: (-row["late_days"], row["stream"], row["area_code"]))
    typer.echo(
        Words(
            f"\n谁没有报  {len(rows)} / {table.height}",
            f"\nNOT REPORTED  {len(rows)} of {table.height}",
        ).get(lang)
    )
    if not rows:
        if table.height:
            typer.echo(Words("  应到的数据都已到", "  all figures that were due are in").get(lang))
        return
    head = Words("数据流|地区|最新|应到|迟（天）|状态", "stream|area|newest|due|days late|state")
    shown = [
        [
            stream_words(row["stream"]).get(lang),
            _areas([row["area_code"]], seen.areas, lang),
            f"{row['last']}",
            f"{row['due']}",
            str(row["late_days"]),
            _STATES[row["state"]].get(lang),
        ]
        for row in _cut(rows, limit)
    ]
    _lines(columns(head.get(lang).split("|"), shown))
    _more(len(rows), len(shown), lang)


def _calibration(seen: Watching, *, lang: str) -> None:
    """One line: of quiet days, how many a nominal 5 % are."""
    rows = [
        r
        for r in seen.signals.calibration.iter_rows(named=True)
        if r["nominal"] == _NOMINAL and r["observed"] is not None
    ]
    if not rows:
        return
    rows.sort(key=lambda r: (-abs(r["observed"] - _NOMINAL), r["stream"]))
    said = [
        f"{stream_words(r['stream']).get(lang)} {100 * r['observed']:.1f}% ({r['n']})"
        for r in rows[:_MOST_CALIBRATED]
    ]
    middle = 100 * median(r["observed"] for r in rows)
    typer.echo(
        Words(
            f"\n校准  无事件的日子里，名义 5% 实为 {middle:.1f}%（{len(rows)} 路的中位数）；"
            f"偏离最大：{'；'.join(said)}",
            f"\nCALIBRATION  of quiet days a nominal 5 % are {middle:.1f} % (median of {len(rows)} streams); "
            f"furthest off: {'; '.join(said)}",
        ).get(lang)
    )


# ---- one trigger or cluster


def explain_one(seen: Watching, asked: str, *, lang: str) -> None:
    """Print the evidence of one trigger or cluster.

    Raises
    ------
    InputError   there is no such id; says which there are
    """
    for t in seen.signals.triggers:
        if t.trigger_id == asked:
            _explain_trigger(t, seen, lang)
            return
    for s in seen.scans:
        for c in s.clusters:
            if c.cluster_id == asked:
                _explain_cluster(s, c, lang)
                return
    raise _no_such(seen)


def _no_such(seen: Watching) -> InputError:
    ids = [t.trigger_id for t in seen.signals.triggers] + [
        c.cluster_id for s in seen.scans for c in s.clusters
    ]
    known = ", ".join(ids[:12]) or "–"
    return InputError(
        Words(
            f"explain：没有这个编号；现有：{known}",
            f"explain: no trigger or cluster of that id; there are: {known}",
        )
    )


def _explain_trigger(t: Trigger, seen: Watching, lang: str) -> None:
    say = typer.echo
    say(
        f"{_level(t.level, lang)}  {t.trigger_id}  {_areas(t.areas, seen.areas, lang, most=8)}  "
        f"{t.first_day} → {t.until}"
    )
    say(_plain(t.why, seen, lang))
    if t.began is not None:
        say(
            Words(
                f"首批感染约在 {t.began}（{t.began_from} 至 {t.began_to}）",
                f"first infections about {t.began} ({t.began_from} to {t.began_to})",
            ).get(lang)
        )
    for e in t.evidence:
        _explain_stream(e, lang)
    say(Words("\n在什么情况下它不成立", "\nWHAT WOULD HAVE TO BE TRUE FOR IT TO BE FALSE").get(lang))
    for doubt in t.false_if:
        say(f"  · {doubt.get(lang)}")
    say(Words("\n核实", "\nWHO VERIFIES, BY WHEN").get(lang))
    say(f"  {t.who.get(lang)}")
    if t.alarm_ids:
        say(
            Words(
                f"  并入的报警：{len(t.alarm_ids)} 条", f"  alarms that belong to it: {len(t.alarm_ids)}"
            ).get(lang)
        )


def _plain(words: Words, seen: Watching, lang: str) -> str:
    """A sentence with the names of areas in place of their codes, the longest first."""
    text = words.get(lang)
    for code in sorted((c for c in seen.areas if c in text), key=lambda c: (-len(c), c)):
        text = text.replace(code, seen.areas[code])
    return text


def _explain_stream(e: Evidence, lang: str) -> None:
    span = (
        "–"
        if e.first_day is None
        else f"{e.first_day}"
        if e.first_day == e.last_day
        else f"{e.first_day}…{e.last_day}"
    )
    said = Words(
        f"{span} 计 {e.observed:g}，预期 {e.expected:.1f}，p {_p(e.p)}，证据 {e.weight:+.1f}",
        f"{span}: {e.observed:g}, {e.expected:.1f} expected, p {_p(e.p)}, evidence {e.weight:+.1f}",
    )
    typer.echo(f"\n{e.words.get(lang)} [{_SUBJECTS[e.subject].get(lang)}]  {said.get(lang)}")
    line, marks = sparkline(e.points)
    if line:
        typer.echo(f"  {line}  {e.points[0].day:%m-%d} → {e.points[-1].day:%m-%d}")
        if marks.strip():
            typer.echo(f"  {marks.rstrip()}  {Words('高于阈值', 'above the limit').get(lang)}")
    if e.note is not None:
        typer.echo(f"  ! {e.note.get(lang)}")


def sparkline(points: Sequence[Point]) -> tuple[str, str]:
    """A line of blocks, one a day (· = not reported), and the marks of days above the limit below it."""
    known = [p.observed for p in points if p.observed is not None]
    if not known:
        return "", ""
    low, high = min(known), max(known)
    step = (high - low) / (len(_BLOCKS) - 1) or 1.0
    line = "".join("·" if p.observed is None else _BLOCKS[round((p.observed - low) / step)] for p in points)
    marks = "".join(
        "^" if p.observed is not None and p.upper is not None and p.observed > p.upper else " "
        for p in points
    )
    return line, marks


def _explain_cluster(s: StreamScan, c: AreaCluster, lang: str) -> None:
    typer.echo(f"{c.cluster_id}  {s.words.get(lang)}  {c.first_day} → {c.last_day}")
    typer.echo(c.why.get(lang))


# ---- JSON


def as_plain(seen: Watching, *, only: str | None = None) -> dict[str, Any]:
    """Everything as plain values, or one trigger or cluster.

    Raises
    ------
    InputError   ``only`` is no id of these
    """
    triggers = [_trigger(t) for t in seen.signals.triggers if only in (None, t.trigger_id)]
    clusters = [
        {**_cluster(c), "cadence": s.pace.name, "baseline": s.baseline.value, "model": s.model.value}
        for s in seen.scans
        for c in s.clusters
        if only in (None, c.cluster_id)
    ]
    if only is not None:
        if not triggers and not clusters:
            raise _no_such(seen)
        return {"triggers": triggers, "clusters": clusters}
    return {
        "at": seen.at.isoformat(),
        "area": seen.area,
        "triggers": triggers,
        "clusters": clusters,
        "scans": [
            {
                "stream": s.stream, "cadence": s.pace.name, "baseline": s.baseline.value,
                "model": s.model.value, "n_areas": s.n_areas, "n_zones": s.n_zones,
                "study_first": s.study_first, "last_day": s.last_day,
            }
            for s in seen.scans
        ],
        "stream_days": seen.signals.stream_days.to_dicts(),
        "calibration": seen.signals.calibration.to_dicts(),
        "alarms": len(seen.signals.alarms),
        "notes": [{"zh": n.zh, "en": n.en} for n in seen.notes],
    }  # fmt: skip


def _both(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}


def _trigger(t: Trigger) -> dict[str, Any]:
    found = _finite({n: v for n, v in asdict(t).items() if n not in ("evidence", "event_types", "false_if")})
    found["event_types"] = [
        {"name": name, "words": _both(words), "probability": share} for name, words, share in t.event_types
    ]
    found["false_if"] = [_both(words) for words in t.false_if]
    found["evidence"] = [
        {**_finite(asdict(e)), "points": [[p.day, *(_number(v) for v in p[1:])] for p in e.points]}
        for e in t.evidence
    ]
    return found


def _cluster(c: AreaCluster) -> dict[str, Any]:
    return _finite(asdict(c))


def _finite(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _number(value) for name, value in row.items()}


def _number(value: Any) -> Any:
    """A number as JSON can hold it: null where it is not finite."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value.isoformat() if isinstance(value, date) else value
