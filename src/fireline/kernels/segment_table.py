"""The arrays of several indexes as one table of addresses, so that a search takes any number of segments.

Kernels: read by contact_search, secondary_search and network. A list of the compiler would count references
at every look into a segment and must be compiled anew in each process; a table of numbers costs neither.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numba import carray, njit, types
from numba.extending import intrinsic, overload
from numpy.typing import NDArray

from fireline.kernels.visit_index import IndexArrays

I64 = NDArray[np.int64]


class Segments(NamedTuple):
    """What the searches read: where the arrays lie, and from when until when each segment reaches.

    Attributes
    ----------
    table : int64 array, shape (n_segments, 2 x arrays)   address and length of every array of IndexArrays
    base_s, first_s, last_s : int64 arrays, shape (n_segments,)   epoch of the times, smallest enter, largest
        leave
    kept : tuple of IndexArrays   keeps the arrays alive for as long as the table names them
    """

    table: I64
    base_s: I64
    first_s: I64
    last_s: I64
    kept: tuple[IndexArrays, ...]

    @property
    def read(self) -> tuple[I64, I64, I64, I64]:
        """What the compiled searches take."""
        return self[:4]


def table_of(segments: Sequence[IndexArrays]) -> I64:
    """Addresses and lengths of the arrays of segments; the caller keeps the arrays.

    Parameters
    ----------
    segments : sequence of IndexArrays   contiguous arrays of the types IndexArrays states

    Returns
    -------
    int64 array, shape (n_segments, 2 x arrays)

    Raises
    ------
    TypeError   an array has another type, or is not contiguous
    """
    table = np.empty((len(segments), 2 * len(IndexArrays._fields)), np.int64)
    for s, arrays in enumerate(segments):
        columns: list[tuple[str, NDArray[Any]]] = list(arrays._asdict().items())
        for k, (name, array) in enumerate(columns):
            expected = _TYPES.get(name, np.uint32)
            if array.dtype != expected or not array.flags.c_contiguous or array.ndim != 1:
                raise TypeError(
                    f"{name}: expected a contiguous array of {np.dtype(expected)}, got {array.dtype}"
                )
            table[s, 2 * k], table[s, 2 * k + 1] = array.ctypes.data, array.size
    return table


_TYPES: dict[str, Any] = {"stay_low": np.uint16, "stay_high": np.uint8}
(
    PERSON, ENTER, STAY_LOW, STAY_HIGH, BLOCK_LEAVE, WIDE_LEAVE, PLACE_START, PLACE_ROW_OF, PLACE_IDS,
    POSITION, PERSON_START, PERSON_IDS,
) = range(0, 2 * len(IndexArrays._fields), 2)  # fmt: skip


def _viewer(ctype: Any, element: Any) -> Any:
    """A function (address, length) -> array that works in compiled code and, for tests, in plain Python."""

    @intrinsic
    def pointer(typing_context, address):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, ARG001
        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            kind = context.get_value_type(signature.return_type)
            return builder.inttoptr(arguments[0], kind)

        return types.CPointer(element)(types.int64), generate

    def view(address: int, n: int) -> NDArray[Any]:
        return np.ctypeslib.as_array((ctype * int(n)).from_address(int(address)))

    @overload(view)
    def compiled(address, n):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, ARG001
        return lambda address, n: carray(pointer(address), (n,))  # type: ignore[call-arg]

    return view


_u32_at = _viewer(ctypes.c_uint32, types.uint32)
_u16_at = _viewer(ctypes.c_uint16, types.uint16)
_u8_at = _viewer(ctypes.c_uint8, types.uint8)


@njit(cache=True, nogil=True)
def _u32(table, s, field):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    return _u32_at(table[s, field], table[s, field + 1])


@njit(cache=True, nogil=True)
def _u16(table, s, field):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    return _u16_at(table[s, field], table[s, field + 1])


@njit(cache=True, nogil=True)
def _u8(table, s, field):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    return _u8_at(table[s, field], table[s, field + 1])
