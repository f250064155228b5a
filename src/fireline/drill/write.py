"""Generate the exercise and write it as a feed folder of canonical files.

Drill: what ``fireline drill generate`` and ``fireline start`` without data call.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from fireline.drill.county import CODE, build
from fireline.drill.observe import AT, FIRST_DAY, observe
from fireline.drill.outbreak import simulate
from fireline.drill.quarantine import quarantine_samples
from fireline.drill.surround import surround
from fireline.errors import InputError, StorageError

DEFAULT_SEED = 8
DEFAULT_PEOPLE = 100_000
_PARQUET = ("visits",)
_OFFSET = "+08:00"
_HEAD = """\
# The bundled exercise of Fireline: an invented county, invented people, an invented disease.
# Seed {seed}, {people} people. Nothing in this folder stands for a real place or person.
title = {{ zh = "演练：云泽县疫情（虚构）", en = "Exercise: outbreak in Yunze County (invented)" }}
area = "{area}"
time_zone = "Asia/Shanghai"

[[note]]
zh = "演练数据：地名、人物、疾病均为虚构。"
en = "Exercise data: places, people and disease are invented."
"""


def generate(*, n_people: int = DEFAULT_PEOPLE, rng: np.random.Generator) -> dict[str, pl.DataFrame]:
    """Canonical tables of the exercise by name.

    Parameters
    ----------
    n_people : int, size of the county
    rng : numpy Generator, the only source of chance: the same state gives the same tables
    """
    county = build(n_people=n_people, rng=rng)
    outbreak = simulate(county, first_weekday=FIRST_DAY.weekday(), rng=rng)
    observed = observe(county, outbreak, rng=rng)
    around = surround(county, outbreak, observed, rng=rng)
    samples = around.pop("tests")
    tables = {**observed.tables, **around}
    watched = quarantine_samples(tables, rng=rng)
    tables["tests"] = pl.concat([tables["tests"], samples, watched])
    return dict(sorted(tables.items()))


def write_folder(tables: dict[str, pl.DataFrame], folder: Path, *, seed: int, n_people: int) -> list[Path]:
    """Write the tables as CSV (visits as Parquet) with a feeds.toml.

    Parameters
    ----------
    folder : Path, made where missing; files of a former exercise are replaced
    seed, n_people : int, written into feeds.toml so that the folder can be made again

    Raises
    ------
    InputError   the folder holds files that no exercise wrote
    StorageError   the folder cannot be written
    """
    names = {_file_name(name) for name in tables} | {"feeds.toml"}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        foreign = sorted(f.name for f in folder.iterdir() if f.name not in names)
        if foreign or (any(folder.iterdir()) and not _is_exercise(folder)):
            raise InputError(
                f"folder {folder}: {len(foreign)} files in it are no exercise; name an empty folder"
            )
        note = _HEAD.format(seed=seed, people=n_people, area=CODE) + "".join(map(_file_part, tables.items()))
        (folder / "feeds.toml").write_text(note, encoding="utf-8")
        for name, table in tables.items():
            target = folder / _file_name(name)
            if name in _PARQUET:
                table.write_parquet(target, compression="zstd", statistics=True)
            else:
                _as_text(table).write_csv(target)
    except OSError as error:
        raise StorageError(
            f"folder {folder}: cannot be written ({error.strerror or type(error).__name__}); name another"
        ) from error
    return [folder / name for name in sorted(names)]


def _file_name(table: str) -> str:
    return f"{table}.parquet" if table in _PARQUET else f"{table}.csv"


def _file_part(named: tuple[str, pl.DataFrame]) -> str:
    """The part of feeds.toml for one table: every column under its own name."""
    name, table = named
    columns = ", ".join(f'{c} = "{c}"' for c in table.columns)
    head = f'\n[[file]]\nname = "{_file_name(name)}"\n'
    return f'{head}\n[[file.table]]\ntable = "{name}"\ncolumns = {{ {columns} }}\n'


def _is_exercise(folder: Path) -> bool:
    note = folder / "feeds.toml"
    return note.is_file() and "bundled exercise of Fireline" in note.read_text(encoding="utf-8")


def _as_text(table: pl.DataFrame) -> pl.DataFrame:
    """Instants as local ISO 8601 text with offset, to the minute."""
    local = [
        pl.col(name).dt.convert_time_zone("Asia/Shanghai").dt.strftime("%Y-%m-%dT%H:%M") + _OFFSET
        for name, dtype in table.schema.items()
        if isinstance(dtype, pl.Datetime)
    ]
    return table.with_columns(local)


__all__ = ["AT", "CODE", "DEFAULT_PEOPLE", "DEFAULT_SEED", "generate", "write_folder"]
