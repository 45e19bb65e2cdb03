"""Byte scanner for RIPE Atlas results: from the text of a record to numbers, without objects.

The scanner reads what probes have written for years (ASCII, no escapes, known types) in one
pass. Whatever it does not expect it calls `ODD` and leaves to `rttgeo.atlas.scanner.records`, which
decides with a real JSON parser: the scanner alone never rejects a record as broken.

Every function takes the text as signed bytes (``int8``): a byte of a multi-byte character is
then negative, and so ends the scan as odd. Positions are offsets into that array.
"""

from __future__ import annotations

import numba

from rttgeo.atlas.scanner.tokens import (
    CLOSE_ARRAY,
    CLOSE_OBJECT,
    COLON,
    COMMA,
    DOT,
    FIRST_BYTES,
    MINUS,
    NINE,
    ODD,
    OPEN_ARRAY,
    OPEN_OBJECT,
    QUOTE,
    ZERO,
)
from rttgeo.atlas.scanner.words import (
    NONE,
    Text,
    byte_at,
    first_marked,
    non_digits,
    signed_at,
    text_ends,
    word_at,
)

MAX_DEPTH = 60
PADDING = bytes(8)


@numba.njit(cache=True)
def skip_space(buf: Text, pos: int, end: int) -> int:
    """Step over JSON's white space.

    Parameters
    ----------
    buf
        Text of the block.
    pos
        Where to begin.
    end
        Where the record ends.

    Returns
    -------
    int
        Position of the next other byte, or ``end``.
    """
    while pos < end:
        c = byte_at(buf, pos)
        if c != 32 and c != 10 and c != 13 and c != 9:
            return pos
        pos += 1
    return pos


@numba.njit(cache=True)
def skip_string(buf: Text, pos: int, end: int) -> int:
    """Step over a text, from its opening quote to behind the closing one.

    Parameters
    ----------
    buf
        Text of the block.
    pos
        Where the opening quote stands.
    end
        Where the record ends.

    Returns
    -------
    int
        Position behind it; odd for escapes and non-ASCII.
    """
    pos += 1
    while pos < end:
        marks = text_ends(word_at(buf, pos))
        if marks != NONE:
            pos += first_marked(marks)
            return pos + 1 if pos < end and byte_at(buf, pos) == QUOTE else ODD
        pos += 8
    return ODD


@numba.njit(cache=True)
def skip_digits(buf: Text, pos: int, end: int) -> int:
    """Behind a run of digits; odd where there is none.

    Parameters
    ----------
    buf
        Text of the block.
    pos
        Where the digits begin.
    end
        Where the record ends.

    Returns
    -------
    int
        Position behind them, or odd.
    """
    start = pos
    while pos < end:
        marks = non_digits(word_at(buf, pos))
        if marks != NONE:
            pos += first_marked(marks)
            break
        pos += 8
    pos = min(pos, end)
    return pos if pos > start else ODD


@numba.njit(cache=True)
def skip_number(buf: Text, pos: int, end: int) -> int:
    """Behind a number in JSON's grammar, or odd.

    Parameters
    ----------
    buf
        Text of the block.
    pos
        Where the number begins.
    end
        Where the record ends.

    Returns
    -------
    int
        Position behind it, or odd.
    """
    if byte_at(buf, pos) == MINUS:
        pos += 1
    start = pos
    pos = skip_digits(buf, pos, end)
    if pos < 0 or (pos > start + 1 and byte_at(buf, start) == ZERO):
        return ODD
    if pos < end and byte_at(buf, pos) == DOT:
        pos = skip_digits(buf, pos + 1, end)
        if pos < 0:
            return ODD
    if pos < end and (byte_at(buf, pos) == 101 or byte_at(buf, pos) == 69):  # e, E
        pos += 1
        if pos < end and (byte_at(buf, pos) == MINUS or byte_at(buf, pos) == 43):
            pos += 1
        pos = skip_digits(buf, pos, end)
    return pos


@numba.njit(cache=True)
def skip_word(buf: Text, pos: int, end: int) -> int:
    """Step over ``true``, ``false`` or ``null``.

    Parameters
    ----------
    buf
        Text of the block.
    pos
        Where it begins.
    end
        Where the record ends.

    Returns
    -------
    int
        Position behind it, or odd.
    """
    left = end - pos
    c = byte_at(buf, pos)
    if c == 116 and left >= 4 and byte_at(buf, pos + 1) == 114 and byte_at(buf, pos + 2) == 117:
        return pos + 4 if byte_at(buf, pos + 3) == 101 else ODD
    if c == 110 and left >= 4 and byte_at(buf, pos + 1) == 117 and byte_at(buf, pos + 2) == 108:
        return pos + 4 if byte_at(buf, pos + 3) == 108 else ODD
    if c == 102 and left >= 5 and byte_at(buf, pos + 1) == 97 and byte_at(buf, pos + 2) == 108:
        return pos + 5 if byte_at(buf, pos + 3) == 115 and byte_at(buf, pos + 4) == 101 else ODD
    return ODD


@numba.njit(cache=True)
def read_text(buf: Text, pos: int, end: int) -> tuple[int, int, int]:
    """Read the beginning of a text.

    Parameters
    ----------
    buf
        Text of the block.
    pos
        Where its opening quote stands.
    end
        Where the record ends.

    Returns
    -------
    tuple
        Position behind it, or odd; its first seven bytes, packed; its length in bytes.
    """
    if pos >= end or byte_at(buf, pos) != QUOTE:
        return ODD, 0, 0
    behind = skip_string(buf, pos, end)
    length = behind - pos - 2
    packed = signed_at(buf, pos + 1) & FIRST_BYTES[min(length, 7)] if behind > 0 else 0
    return behind, packed, length


@numba.njit(cache=True)
def read_key(buf: Text, pos: int, end: int) -> tuple[int, int, int]:
    """Read a key, and step over the colon and white space behind it.

    Parameters
    ----------
    buf
        Text of the block.
    pos
        Where its opening quote stands.
    end
        Where the record ends.

    Returns
    -------
    tuple
        Position of the value, or odd; first seven bytes of the key, packed; its length in bytes.
    """
    pos, packed, length = read_text(buf, pos, end)
    if pos < 0:
        return ODD, 0, 0
    pos = skip_space(buf, pos, end)
    if pos >= end or byte_at(buf, pos) != COLON:
        return ODD, 0, 0
    return skip_space(buf, pos + 1, end), packed, length


@numba.njit(cache=True, inline="always")
def skip_member(buf: Text, pos: int, end: int) -> int:
    """Step over a value that is nearly always a text or a number.

    Parameters
    ----------
    buf
        Text of the block.
    pos
        Where it begins.
    end
        Where the record ends.

    Returns
    -------
    int
        Position behind it, or odd.
    """
    c = byte_at(buf, pos)
    if c == QUOTE:
        return skip_string(buf, pos, end)
    if ZERO <= c <= NINE:
        return skip_number(buf, pos, end)
    return skip_value(buf, pos, end)[0]


@numba.njit(cache=True)
def same_text(buf: Text, pos: int, end: int, before: int, length: int) -> bool:
    """Whether at ``pos`` stands what stood at ``before``, eight bytes at a time.

    Parameters
    ----------
    buf
        Text of the block.
    pos
        Where it begins.
    end
        Where the record ends.
    before
        Where the other text begins.
    length
        How many bytes are compared.

    Returns
    -------
    bool
        True where all are equal.
    """
    if pos + length > end:
        return False
    i, j, left = pos, before, length
    while left >= 8:
        if word_at(buf, i) != word_at(buf, j):
            return False
        i, j, left = i + 8, j + 8, left - 8
    return (signed_at(buf, i) ^ signed_at(buf, j)) & FIRST_BYTES[left] == 0


@numba.njit(cache=True)
def skip_value(buf: Text, pos: int, end: int) -> tuple[int, int]:
    """Step over any JSON value, its grammar checked, and find where its last element starts.

    Parameters
    ----------
    buf
        Text of the block.
    pos
        Where it begins.
    end
        Where the record ends.

    Returns
    -------
    tuple
        ``(behind, last)``: ``last`` is the start of the last element when the value is an
        array with elements, else -1. ``(-1, -1)`` is odd.
    """
    depth, kinds, last = 0, 0, -1  # kinds: one bit per level, 1 for an object
    while True:
        if pos >= end:
            return ODD, ODD
        if depth == 1 and kinds == 0:
            last = pos
        c = byte_at(buf, pos)
        if c == OPEN_OBJECT or c == OPEN_ARRAY:
            depth += 1
            if depth > MAX_DEPTH:
                return ODD, ODD
            kinds = (kinds << 1) | (1 if c == OPEN_OBJECT else 0)
            pos = skip_space(buf, pos + 1, end)
            if pos >= end:
                return ODD, ODD
            if byte_at(buf, pos) != (CLOSE_OBJECT if c == OPEN_OBJECT else CLOSE_ARRAY):
                if c == OPEN_OBJECT:
                    pos = read_key(buf, pos, end)[0]
                    if pos < 0:
                        return ODD, ODD
                continue
        elif c == QUOTE:
            pos = skip_string(buf, pos, end)
        elif c == MINUS or ZERO <= c <= NINE:
            pos = skip_number(buf, pos, end)
        else:
            pos = skip_word(buf, pos, end)
        if pos < 0:
            return ODD, ODD
        while depth > 0:
            pos = skip_space(buf, pos, end)
            if pos >= end:
                return ODD, ODD
            in_object = kinds & 1
            if byte_at(buf, pos) == COMMA:
                pos = skip_space(buf, pos + 1, end)
                if in_object:
                    pos = read_key(buf, pos, end)[0]
                    if pos < 0:
                        return ODD, ODD
                break
            if byte_at(buf, pos) != (CLOSE_OBJECT if in_object else CLOSE_ARRAY):
                return ODD, ODD
            pos += 1
            depth -= 1
            kinds >>= 1
        if depth == 0:
            return pos, last


@numba.njit(cache=True)
def same_bytes(buf: Text, a: int, a_stop: int, b: int, b_stop: int) -> bool:
    """Whether two stretches of the text are equal.

    Parameters
    ----------
    buf
        Text of the block.
    a, a_stop
        First byte of the one, and the byte behind it.
    b, b_stop
        First byte of the other, and the byte behind it.

    Returns
    -------
    bool
        True for the same bytes in the same number.
    """
    if a_stop - a != b_stop - b:
        return False
    for i in range(a_stop - a):  # noqa: SIM110 (numba: a loop, not a generator)
        if byte_at(buf, a + i) != byte_at(buf, b + i):
            return False
    return True
