"""Fifty made-up persons, and the search for them in whatever came out, in every disguise.

A canary's name, number, phone and address stand nowhere else, so that one hit is one leak. The search looks
for the first eight bytes of every disguise at every place at once, then compares the whole.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import numpy as np
import polars as pl

SURNAMES = "犇 ben,骉 biao,猋 biao,麤 cu,羴 shan,鱻 xian,毳 cui,贔 bi,厵 yuan,飝 fei"
GIVEN = "璟 jing,昶 chang,翀 chong,赟 yun,祎 yi,旻 min,垚 yao,皛 xiao,劼 jie,喆 zhe"


@dataclass(frozen=True)
class Canary:
    """One made-up person: ``number`` has the form of an identity number, which no register gave out."""

    name: str
    pinyin: str
    number: str
    phone: str
    address: str


def canaries(n: int = 50, *, seed: int = 7) -> list[Canary]:
    """The same persons for the same seed; no two share any value."""
    rng = np.random.default_rng(seed)
    surnames, given = ([tuple(word.split()) for word in text.split(",")] for text in (SURNAMES, GIVEN))
    picks = rng.permutation(len(surnames) * len(given) * len(given))[:n]
    numbers = rng.permutation(9_000)[:n] + 1_000
    found = []
    for pick, tail in zip(picks.tolist(), numbers.tolist(), strict=True):
        a, b, c = surnames[pick % 10], given[pick // 10 % 10], given[pick // 100]
        found.append(
            Canary(
                a[0] + b[0] + c[0],
                f"{a[1]} {b[1]}{c[1]}".title(),
                f"98765419880{tail % 9 + 1}1{tail}X",
                f"1979753{tail}",
                f"犇璟巷{tail}弄{tail % 97}号{tail % 13}室",
            )
        )
    return found


def disguises(value: str) -> Iterator[tuple[str, bytes]]:
    """A value as it may stand in a file: clear, base64 at three offsets, hex, URL, JSON and HTML escapes, hashed."""
    raw = value.encode()
    yield "clear", raw
    yield "reversed", value[::-1].encode()
    yield "utf-16", value.encode("utf-16-le")
    yield "gb18030", value.encode("gb18030")
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + raw)
        inner = whole[4 if offset else 0 :].rstrip(b"=")[: -1 if len(whole) % 4 else None]
        yield "base64", inner[:-1]  # its last letter hangs on what follows
        yield "base64 url", inner[:-1].replace(b"+", b"-").replace(b"/", b"_")
    for plain in (raw.hex(), hashlib.sha256(raw).hexdigest(), hashlib.md5(raw).hexdigest()):
        yield "hex or hash", plain.encode()
        yield "hex or hash", plain.upper().encode()
    yield "hash", base64.b64encode(hashlib.sha256(raw).digest())
    yield "url", quote(value).encode()
    yield "url", quote(value).lower().encode()
    yield "json", json.dumps(value)[1:-1].encode()
    yield "html", "".join(f"&#{ord(c)};" for c in value).encode()


class Search:
    """Looks for canaries in bytes."""

    def __init__(self, people: Iterable[Canary]) -> None:
        self.needles: dict[bytes, str] = {}
        for who, person in enumerate(people):
            for what in ("name", "pinyin", "number", "phone", "address"):
                for disguise, needle in disguises(getattr(person, what)):
                    if len(needle) >= 8:
                        self.needles.setdefault(needle, f"{what} of canary {who}, {disguise}")
        heads = np.frombuffer(b"".join(n[:8] for n in self.needles), dtype="<u8")
        self.heads = np.unique(heads)
        self.is_first = np.zeros(1 << 16, dtype=bool)  # most places are ruled out by their first two bytes
        self.is_first[(self.heads & 0xFFFF).astype(np.int64)] = True
        self.by_head: dict[bytes, list[bytes]] = {}
        for needle in self.needles:
            self.by_head.setdefault(needle[:8], []).append(needle)

    def find(self, blob: bytes) -> set[str]:
        """What of whom stands in these bytes."""
        hits: set[str] = set()
        for offset in range(8):
            n = (len(blob) - offset) // 8
            if n <= 0:
                break
            words = np.frombuffer(blob, dtype="<u8", count=n, offset=offset)
            likely = np.flatnonzero(self.is_first[(words & 0xFFFF).astype(np.uint16)])
            for at in likely[np.isin(words[likely], self.heads)].tolist():
                start = offset + 8 * at
                for needle in self.by_head[blob[start : start + 8]]:
                    if blob.startswith(needle, start):
                        hits.add(self.needles[needle])
        return hits

    def in_folder(self, folder: Path) -> dict[str, set[str]]:
        """File -> what stands in it; archives and Parquet are opened."""
        found = {}
        for file in sorted(f for f in folder.rglob("*") if f.is_file()):
            hits = set().union(*(self.find(part) for part in opened(file.read_bytes())))
            if hits:
                found[file.relative_to(folder).as_posix()] = hits
        return found


def opened(data: bytes) -> list[bytes]:
    """The bytes, and what is packed in them."""
    if data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [data, *(archive.read(name) for name in archive.namelist())]
    if data.startswith(b"PAR1"):
        texts = pl.read_parquet(io.BytesIO(data)).select(pl.col(pl.String)).get_columns()
        return [data, *("\n".join(t.drop_nulls().unique().to_list()).encode() for t in texts)]
    return [data]


def planted(tables: dict[str, pl.DataFrame], people: list[Canary]) -> dict[str, pl.DataFrame]:
    """Tables of an exercise in which the first people of ``identities`` are canaries, keyed by their numbers."""
    keys = tables["identities"]["person_key"].to_list()[: len(people)]
    swap = dict(zip(keys, (p.number for p in people), strict=True))
    found = {}
    for name, table in tables.items():
        texts = [c for c, t in table.schema.items() if t == pl.String]
        mine = [c for c in texts if table[c].is_in(keys).any()]
        found[name] = table.with_columns(pl.col(c).replace(swap) for c in mine)
    facts = pl.DataFrame(
        {"person_key": list(swap.values())}
        | {
            c: [getattr(p, f) for p in people]
            for c, f in (("name", "name"), ("id_no", "number"), ("phone", "phone"), ("address", "address"))
        }
    )
    found["identities"] = found["identities"].update(facts, on="person_key")
    return found
