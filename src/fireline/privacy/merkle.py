"""A Merkle tree that grows by one leaf at a time and keeps only its frontier.

Foundation: checkpoints of the audit chain sign its root.

References
----------
.. [1] RFC 9162, section 2.1: hashing of leaves and nodes, root of a list whose length is no power of two.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence


class Tree:
    """Root of a growing list of leaves; memory is the number of set bits of its size.

    Attributes
    ----------
    size : int, leaves so far
    """

    def __init__(self, size: int = 0, frontier: Sequence[bytes] = ()) -> None:
        if size.bit_count() != len(frontier):
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} peaks; got {len(frontier)}")
        self.size = size
        self._peaks = list(frontier)

    @property
    def frontier(self) -> tuple[bytes, ...]:
        """Roots of the complete subtrees, largest first."""
        return tuple(self._peaks)

    def add(self, leaf: bytes) -> None:
        """Append one leaf."""
        node = hashlib.sha256(b"\x00" + leaf).digest()
        size = self.size
        while size & 1:
            node = hashlib.sha256(b"\x01" + self._peaks.pop() + node).digest()
            size >>= 1
        self._peaks.append(node)
        self.size += 1

    def add_all(self, leaves: Iterable[bytes]) -> None:
        """Append many leaves in order."""
        for leaf in leaves:
            self.add(leaf)

    def root(self) -> bytes:
        """Root over all leaves; of no leaves the hash of nothing."""
        if not self._peaks:
            return hashlib.sha256(b"").digest()
        node = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            node = hashlib.sha256(b"\x01" + peak + node).digest()
        return node
