"""A study as bytes and back, so that the console counts moved rings by the same code as the run.

Pipeline, zoning: stays of cases are among the arrays (by unit and hour, without a name or number): what is
packed is for the store only and leaves it as figures of units.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any
from zipfile import BadZipFile

import numpy as np

from fireline.errors import StorageError
from fireline.pipeline.zoning.model import Needs, Option, Point, Question, Study
from fireline.words import Words
from fireline.zones.candidates import Candidate, Capacity, Effect, Figures, Limits
from fireline.zones.course import Course, Spread
from fireline.zones.graph import Neighbours
from fireline.zones.ground import Ground, Situation

VERSION = 1
"""Raised when the arrays change; an older pack is refused and the run has to be made again."""

_GROUND = ("population", "households", "lon", "lat", "township", "kind_rank", "is_exception")
_NEEDS = ("dialysis", "pregnant", "alone", "listed")
_COURSE = ("by_onset", "by_age", "incubation")


def pack(study: Study) -> bytes:
    """A study as compressed bytes; b"" where it holds no question."""
    q = study.question
    if q is None:
        return b""
    near = q.ground.neighbours
    arrays: dict[str, Any] = {
        "rule_level": q.rule_level,
        "anchors": q.anchors,
        "near_a": near.a,
        "near_b": near.b,
        "near_gates": np.array([-1 if g is None else g for g in near.gates], dtype=np.int64),
        "levels": np.array([o.candidate.level for o in study.options], dtype=np.int8),
    }
    arrays |= {f"ground_{name}": getattr(q.ground, name) for name in _GROUND}
    arrays |= {f"case_{f.name}": getattr(q.situation, f.name) for f in fields(Situation) if f.name != "day"}
    arrays |= {f"need_{name}": getattr(q.needs, name) for name in _NEEDS}
    arrays |= {f"course_{name}": getattr(q.spread.course, name) for name in _COURSE}
    said = {
        "version": VERSION,
        "ids": list(q.ground.ids),
        "day": q.situation.day,
        "spread": {f.name: getattr(q.spread, f.name) for f in fields(Spread) if f.name != "course"},
        "course": {"first": q.spread.course.first, "notes": _said(q.spread.course.notes)},
        "effect": asdict(q.effect),
        "limits": asdict(q.limits),
        "capacity": asdict(q.capacity),
        "is_known": q.needs.is_known,
        "seed": q.seed,
        "options": [
            {
                "name": o.candidate.name,
                "words": [o.candidate.words.zh, o.candidate.words.en],
                "gap": o.candidate.gap,
                "seconds": 0.0,  # of one machine on one day: the same study packs to the same bytes
                "notes": _said(o.candidate.notes),
                "figures": asdict(o.figures),
                "low": o.low,
                "high": o.high,
            }
            for o in study.options
        ],
        "curve": [asdict(p) for p in study.curve],
        "notes": _said(study.notes),
    }
    text = json.dumps(said, ensure_ascii=False).encode()
    out = io.BytesIO()
    np.savez_compressed(out, said=np.frombuffer(text, dtype=np.uint8), **arrays)
    return out.getvalue()


def unpack(data: bytes) -> Study:
    """The study that was packed.

    Raises
    ------
    StorageError   the bytes are not a packed study of this version
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as held:
            arrays = dict(held)
        said = json.loads(arrays.pop("said").tobytes())
        if said["version"] != VERSION:
            raise KeyError("version")
        return _study(said, arrays)
    except (OSError, EOFError, BadZipFile, ValueError, KeyError, TypeError) as error:
        raise StorageError(
            Words(
                "区域方案：存储的数据无法读取（版本不同或已损坏）；请重新计算疫情",
                "zone study: what is stored cannot be read (another version, or damaged); run the outbreak's "
                "analysis again",
            )
        ) from error


def _study(said: Mapping[str, Any], a: Mapping[str, Any]) -> Study:
    gates = [None if g < 0 else int(g) for g in a["near_gates"]]
    ground = Ground(
        ids=tuple(said["ids"]),
        neighbours=Neighbours(len(said["ids"]), a["near_a"], a["near_b"], gates),
        **{name: a[f"ground_{name}"] for name in _GROUND},
    )
    cases = {f.name: a[f"case_{f.name}"] for f in fields(Situation) if f.name != "day"}
    course = Course(
        first=said["course"]["first"],
        notes=_words(said["course"]["notes"]),
        **{name: a[f"course_{name}"] for name in _COURSE},
    )
    spread = {**said["spread"], "recall": tuple(said["spread"]["recall"])}
    needs: dict[str, Any] = {name: a[f"need_{name}"] for name in _NEEDS}
    question = Question(
        ground=ground,
        situation=Situation(day=said["day"], **cases),
        spread=Spread(course=course, **spread),
        effect=Effect(**said["effect"]),
        limits=Limits(**said["limits"]),
        capacity=Capacity(**said["capacity"]),
        rule_level=a["rule_level"],
        anchors=a["anchors"],
        needs=Needs(is_known=said["is_known"], **needs),
        seed=said["seed"],
    )
    options = [
        Option(
            Candidate(o["name"], level, Words(*o["words"]), o["gap"], o["seconds"], _words(o["notes"])),
            _figures(o["figures"]),
            o["low"],
            o["high"],
        )
        for o, level in zip(said["options"], a["levels"], strict=True)
    ]
    return Study(question, tuple(options), tuple(Point(**p) for p in said["curve"]), _words(said["notes"]))


def _figures(held: Mapping[str, Any]) -> Figures:
    found: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in held.items()}
    return Figures(**found)


def _said(notes: tuple[Words, ...]) -> list[list[str]]:
    return [[n.zh, n.en] for n in notes]


def _words(pairs: list[list[str]]) -> tuple[Words, ...]:
    return tuple(Words(*pair) for pair in pairs)
