"""Cutting a stream of text into blocks of whole records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from rttgeo.atlas.scanner.columns import Ints
from rttgeo.atlas.scanner.scan import PADDING
from rttgeo.atlas.scanner.tokens import (
    BACKSLASH,
    CLOSE_ARRAY,
    CLOSE_OBJECT,
    COMMA,
    OPEN_ARRAY,
    OPEN_OBJECT,
    QUOTE,
)
from rttgeo.atlas.scanner.words import Text, byte_at, find_newlines

MAX_RECORD_BYTES = 16 << 20


class Block(NamedTuple):
    """Text of some whole records, ending in padding, and where each is.

    Attributes
    ----------
    text
        The records, and eight bytes of padding.
    starts, stops
        First byte of each record, and the byte behind it.
    too_long
        How many records were dropped because they were too long.
    """

    text: bytes
    starts: npt.NDArray[np.int64]
    stops: npt.NDArray[np.int64]
    too_long: int = 0


def split_records(blocks: Iterable[bytes]) -> Iterator[Block]:
    """Cut a stream of text into blocks of whole records: lines, or elements of one array.

    Parameters
    ----------
    blocks
        The text in pieces, cut anywhere.

    Yields
    ------
    Block
        Whole records. One longer than `MAX_RECORD_BYTES` is dropped and counted (``too_long``).
    """
    rest, in_array, at_start = b"", False, True
    for block in blocks:
        if at_start and (rest + block).strip():
            at_start = False
            rest, block = b"", (rest + block).lstrip()
            in_array = block[:1] == b"["
            block = block[1:] if in_array else block
        text = b"".join((rest, block, PADDING))
        found, rest, closed = _cut(text, in_array)
        dropped = len(rest) > MAX_RECORD_BYTES
        yield found._replace(too_long=1) if dropped else found
        if dropped or closed:
            # Nothing is expected after the end of an array; after a record without end
            # the next line may be read again.
            rest = b"" if not in_array or closed else rest[:0]
            in_array, at_start = False, closed
    if rest.strip():
        yield Block(rest + PADDING, *_one(len(rest)))


def _one(length: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    return np.array([0], dtype=np.int64), np.array([length], dtype=np.int64)


def _cut(text: bytes, in_array: bool) -> tuple[Block, bytes, bool]:
    """Whole records of a text, what remains, and whether its array is closed."""
    if in_array:
        starts, stops = (np.empty(len(text) // 2 + 2, dtype=np.int64) for _ in range(2))
        n, behind, closed = split_array(Text.of(text), starts, stops)
        return Block(text, starts[:n].copy(), stops[:n].copy()), text[behind:-8], closed
    # Lines of no bytes at all are the most that there can be; pages never touched cost nothing.
    ends = np.empty(len(text), dtype=np.int64)
    ends = ends[: find_newlines(Text.of(text), ends)].copy()
    starts = np.concatenate([[0], ends + 1]).astype(np.int64)
    keep = (ends > starts[:-1]) & ~_is_blank(text, starts[:-1], ends)
    return Block(text, starts[:-1][keep], ends[keep].astype(np.int64)), text[starts[-1] : -8], False


def _is_blank(
    text: bytes, starts: npt.NDArray[np.int64], stops: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Which lines hold only white space: just short ones need a look."""
    blank = np.zeros(len(starts), dtype=bool)
    for i in np.flatnonzero(stops - starts < 8):
        blank[i] = not text[starts[i] : stops[i]].strip()
    return blank


@numba.njit(cache=True)
def split_array(buf: Text, starts: Ints, stops: Ints) -> tuple[int, int, bool]:
    """Find the elements of a JSON array, from behind its opening bracket.

    Parameters
    ----------
    buf
        The text.
    starts, stops
        Filled: first byte of each element, and the byte behind it. One element for every two bytes
        is the most that there can be.

    Returns
    -------
    tuple
        ``(elements found, first byte not belonging to them, whether the array is closed)``.
    """
    n, pos, end, depth, start, in_text = 0, 0, buf.size, 0, -1, False
    behind = 0
    while pos < end:
        c = byte_at(buf, pos)
        if in_text:
            if c == BACKSLASH:
                pos += 1
            elif c == QUOTE:
                in_text = False
        elif depth == 0 and (c == COMMA or c == CLOSE_ARRAY):
            if start >= 0:
                starts[n], stops[n] = start, pos
                n += 1
                start = -1
            behind = pos + 1
            if c == CLOSE_ARRAY:
                return n, behind, True
        else:
            if start < 0 and (c > 32 or c < 0):
                start = pos
            if c == QUOTE:
                in_text = True
            elif c == OPEN_OBJECT or c == OPEN_ARRAY:
                depth += 1
            elif (c == CLOSE_OBJECT or c == CLOSE_ARRAY) and depth > 0:
                depth -= 1
        pos += 1
    return n, behind, False
