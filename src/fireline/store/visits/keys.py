"""Person keys and place ids as numbers: the arrays of the index hold numbers, people read keys.

Store: a number is given once and never again; numbers leave the store as little as keys do, they mean nothing
outside it.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fireline.errors import StorageError
from fireline.kernels.visit_index import LARGEST_ID
from fireline.pipeline.home import Home
from fireline.store.models import VisitFile
from fireline.store.visits import files
from fireline.words import Words

ENDING = "ipc"
_SHAPE = {"key": pl.String(), "number": pl.UInt32()}


@dataclass(frozen=True, slots=True, eq=False)
class Keys:
    """Keys by number.

    Attributes
    ----------
    table : DataFrame   key (String), number (UInt32); sorted by number
    """

    table: pl.DataFrame

    def find(self, keys: Iterable[str]) -> dict[str, int]:
        """Numbers of those keys that the store knows."""
        wanted = pl.Series("key", sorted(set(keys)), pl.String)
        found = self.table.filter(pl.col("key").is_in(wanted.implode()))
        return dict(found.iter_rows())

    def names(self, numbers: NDArray[Any]) -> list[str]:
        """Keys of numbers, in the order given.

        Raises
        ------
        ValueError   a number that the store has not given or has erased
        """
        if np.size(numbers) == 0:
            return []
        known = self.table["number"].to_numpy()
        at = np.searchsorted(known, numbers)
        is_known = at < known.size
        is_known[is_known] = known[at[is_known]] == np.asarray(numbers)[is_known]
        if not is_known.all():
            raise ValueError("numbers: one is not of this store; ask the snapshot that it came from")
        return self.table["key"].gather(at).to_list()

    def number(self, values: pl.Series, *, following: int, what: str) -> tuple[Keys, NDArray[np.uint32]]:
        """Numbers of a column of keys, row by row; new keys get the numbers from ``following`` on.

        Parameters
        ----------
        values : keys, any may stand many times
        following : the next number to give
        what : "persons" or "places", for the message

        Returns
        -------
        (Keys, numbers)   the keys with the new ones, the same object where nothing is new

        Raises
        ------
        StorageError   no numbers are left
        """
        numbers = self._joined(values)
        if not numbers.null_count():
            return self, numbers.to_numpy()
        fresh = values.filter(numbers.is_null()).unique().sort()
        end = following + fresh.len()
        if end - 1 > LARGEST_ID:
            n, left = fresh.len(), LARGEST_ID + 1 - following
            raise StorageError(
                Words(
                    f"{what}：需要 {n} 个新编号，只剩 {left} 个；请运行 fireline doctor --rebuild 重新编号",
                    f"{what}: {n} new numbers are needed, {left} are left; run fireline doctor --rebuild, "
                    "which numbers anew",
                )
            )
        given = np.arange(following, end, dtype=np.uint32)
        added = Keys(pl.DataFrame({"key": fresh, "number": given}, schema=_SHAPE))
        both = Keys(pl.concat([self.table, added.table]))
        return both, (added if self.table.is_empty() else both)._joined(values).to_numpy()

    def _joined(self, values: pl.Series) -> pl.Series:
        """Number of each key; null where it is not known."""
        asked = pl.DataFrame({"key": values})
        return asked.join(self.table, on="key", how="left", maintain_order="left")["number"]

    def only(self, kept: pl.Series) -> Keys:
        """The keys that stand in a column; the same object where all do."""
        rows = self.table.filter(pl.col("key").is_in(kept.implode()))
        return self if rows.height == self.table.height else Keys(rows)

    def pieces(self) -> list[bytes]:
        """Bytes of the file that holds them, and of no others.

        The newer layout of texts would write the whole buffer that they were cut from, erased keys with it.
        """
        plain = pl.CompatLevel.oldest()
        return [self.table.write_ipc(None, compression="uncompressed", compat_level=plain).getvalue()]


NOTHING = Keys(pl.DataFrame(schema=_SHAPE))


def load(home: Home, file: VisitFile | None) -> Keys:
    """Keys of a file of the manifest; none where there is no file yet.

    Raises
    ------
    IntegrityError   the file is missing, was changed, or cannot be read
    """
    if file is None:
        return NOTHING
    raw = files.read_checked(home, file)
    try:
        return Keys(pl.read_ipc(io.BytesIO(raw)).select(pl.col(c).cast(t) for c, t in _SHAPE.items()))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise files.unreadable(file) from error
