"""How well activity texts are read: agreement of the two labelling passes, precision and recall on both halves.

The 1,752 texts are not part of this project; the labels are (tests/acceptance/labels: hash, offsets, values).
``python -m benchmarks.narrative`` prints the table, and the share that is missed with its goal.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from fireline.investigations.narrative.read import find_mentions

ROOT = Path(__file__).resolve().parents[1]
TEXTS = ROOT.parent / "shared" / "data" / "china_trajectory_texts" / "texts.csv"
LABELS = ROOT / "tests" / "acceptance" / "labels"
HALVES = ("development", "held_out")
KINDS = ("date", "time", "place", "vehicle")
GOAL_MISSED = {"date": 3.0, "time": 1.0, "place": 5.0, "vehicle": 2.0}
"""Percent of the consensus labels of the held-out half that may be missed or found in error."""

Span = tuple[int, int, str | None]


@dataclass(frozen=True)
class Score:
    """Counts of one kind: found rightly, found in error, missed."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong)

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed)


def texts() -> dict[str, str]:
    """Distinct texts with plain line ends, by the SHA-256 of their UTF-8 bytes."""
    with TEXTS.open(encoding="utf-8-sig") as file:
        rows = [row["text"] or "" for row in csv.DictReader(file)]
    return {hashlib.sha256(t.encode()).hexdigest(): t for t in rows if t.strip()}


def labels(half: str) -> list[dict]:
    """Labels of one half: ``both``, ``first_only`` and ``second_only`` of each text."""
    return json.loads((LABELS / f"{half}.json").read_text("utf-8"))["texts"]


def agreement(rows: list[dict], known: dict[str, str]) -> dict[str, tuple[float, float]]:
    """F1 of equal spans between the passes, and Cohen's kappa over characters, by kind."""
    found = {}
    for kind in KINDS:
        both, first, second = (
            sum(1 for r in rows for x in r[side] if x[0] == kind)
            for side in ("both", "first_only", "second_only")
        )
        found[kind] = (2 * both / (2 * both + first + second), _kappa(rows, known, kind))
    return found


def _kappa(rows: list[dict], known: dict[str, str], kind: str) -> float:
    n = agree = by_first = by_second = 0
    for row in rows:
        text = known[row["sha256"]]
        marked = [
            {i for side in ("both", own) for x in row[side] if x[0] == kind for i in range(x[1], x[2])}
            for own in ("first_only", "second_only")
        ]
        n += len(text)
        by_first += len(marked[0])
        by_second += len(marked[1])
        agree += len(text) - len(marked[0] ^ marked[1])
    p, q = by_first / n, by_second / n
    chance = p * q + (1 - p) * (1 - q)
    return (agree / n - chance) / (1 - chance)


def score(
    rows: list[dict],
    known: dict[str, str],
    *,
    sides: tuple[str, ...] = ("both",),
    read: Callable[[str], Iterable] = lambda text: find_mentions(text)[0],
) -> dict[str, Score]:
    """Counts by kind against the labels of ``sides``; spans of the other sides count neither for nor against.

    A date, time or vehicle is right when spans overlap and, where the label holds one, the value is equal; a
    place when the overlap is at least half of the union.
    """
    total = {kind: [0, 0, 0] for kind in KINDS}
    for row in rows:
        mentions = list(read(known[row["sha256"]]))
        for kind in KINDS:
            wanted = _spans(row, sides, kind)
            open_ = _spans(row, tuple({"both", "first_only", "second_only"} - set(sides)), kind)
            if len(sides) > 1:
                open_ = []
            given = [(m.start, m.end, m.value) for m in mentions if m.kind == kind]
            for i, n in enumerate(_match(given, wanted, open_, kind)):
                total[kind][i] += n
    return {kind: Score(*counts) for kind, counts in total.items()}


def _spans(row: dict, sides: tuple[str, ...], kind: str) -> list[Span]:
    return [(x[1], x[2], x[3] if len(x) > 3 else None) for side in sides for x in row[side] if x[0] == kind]


def _match(given: list[Span], wanted: list[Span], disputed: list[Span], kind: str) -> tuple[int, int, int]:
    left = list(wanted)
    right = wrong = 0
    for span in given:
        hit = next((w for w in left if _same(span, w, kind)), None)
        if hit is not None:
            left.remove(hit)
            right += 1
        elif not any(min(span[1], d[1]) > max(span[0], d[0]) for d in disputed):
            wrong += 1
    return right, wrong, len(left)


def _same(span: Span, label: Span, kind: str) -> bool:
    shared = min(span[1], label[1]) - max(span[0], label[0])
    if shared <= 0:
        return False
    if kind == "place":
        return 2 * shared >= max(span[1], label[1]) - min(span[0], label[0])
    return label[2] is None or span[2] == label[2]


def main() -> None:
    """Print agreement, precision and recall of both halves."""
    if not TEXTS.is_file():
        print("narrative: the texts are not part of this project; nothing was measured")
        return
    known = texts()
    for half in HALVES:
        rows = labels(half)
        print(f"{half}: {len(rows)} texts, sums of labels in both passes, precision/recall against them,")
        print("  and against everything that the first or the second pass alone holds")
        agreed = agreement(rows, known)
        scores = [
            score(rows, known, sides=s) for s in (("both",), ("both", "first_only"), ("both", "second_only"))
        ]
        for kind in KINDS:
            f1, kappa = agreed[kind]
            figures = "  ".join(f"{s[kind].precision:.3f}/{s[kind].recall:.3f}" for s in scores)
            n = scores[0][kind].right + scores[0][kind].missed
            print(
                f"  {kind:8} n={n:4}  passes F1 {f1:.3f} kappa {kappa:.3f}   consensus, first, second: {figures}"
            )
    for kind, one in score(labels("held_out"), known).items():
        worst = 100 * (1 - min(one.precision, one.recall))
        print(f"narrative: {kind} missed or in error, held-out\t{worst:.2f}\t%\t{GOAL_MISSED[kind]}")


if __name__ == "__main__":
    main()
