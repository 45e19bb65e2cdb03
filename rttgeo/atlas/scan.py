"""Byte scanner for RIPE Atlas results: from the text of a record to numbers, without objects.

The scanner reads what probes have written for years (ASCII, no escapes, known types) in one
pass. Whatever it does not expect it calls `ODD` and leaves to `rttgeo.atlas.records`, which
decides with a real JSON parser: the scanner alone never rejects a record as broken.

Every function takes the text as signed bytes (``int8``): a byte of a multi-byte character is
then negative, and so ends the scan as odd. Positions are offsets into that array.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from rttgeo.atlas.words import (
    NONE,
    Text,
    byte_at,
    first_marked,
    non_digits,
    signed_at,
    text_ends,
    value_of,
    word_at,
)

ODD = -1
MAX_DEPTH = 60
QUOTE, COMMA, COLON, MINUS, DOT, ZERO, NINE = 34, 44, 58, 45, 46, 48, 57
OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY, BACKSLASH = 123, 125, 91, 93, 92
POWERS_OF_TEN = 10.0 ** np.arange(23)
EXACT_INTEGERS = 2**53
MAX_INTEGER = 10**14
PADDING = bytes(8)
TENFOLD = 10 ** np.arange(17)
FIRST_BYTES = np.array([(1 << (8 * n)) - 1 for n in range(8)])

Bytes = npt.NDArray[np.int8]
Ints = npt.NDArray[np.int64]


def _packed(key: str) -> int:
    """First seven bytes of a key as one integer: keys are then compared in one step."""
    return int.from_bytes(key.encode()[:7], "little")


K_TYPE, K_FW, K_AF, K_PROTO = _packed("type"), _packed("fw"), _packed("af"), _packed("proto")
K_PRB, K_MSM, K_TIME = _packed("prb_id"), _packed("msm_id"), _packed("timestamp")
K_DST, K_ADDR, K_RESULT, K_MIN = (
    _packed("dst_addr"),
    _packed("addr"),
    _packed("result"),
    _packed("min"),
)
K_PF, K_MODE, K_ERR, K_DNSERR = _packed("pf"), _packed("mode"), _packed("err"), _packed("dnserr")
K_RTT, K_X, K_DUP, K_ERROR = _packed("rtt"), _packed("x"), _packed("dup"), _packed("error")
K_LATE, K_FROM, K_HOP = _packed("late"), _packed("from"), _packed("hop")
V_PING, V_TRACE, V_PLAIN = _packed("ping"), _packed("traceroute"), _packed('{"rtt":')
V_ICMP, V_UDP, V_TCP = _packed("ICMP"), _packed("UDP"), _packed("TCP")
FNV_PRIME, FNV_START, FNV_MASK = 1099511628211, 1469598103934665603, 0x7FFFFFFFFFFFFFFF


class RecordColumns(NamedTuple):
    """What is known of each record, filled by the scanner and by the slow reader alike."""

    status: npt.NDArray[np.uint8]
    time: Ints
    probe: Ints
    measurement: Ints
    family: npt.NDArray[np.uint8]
    protocol: npt.NDArray[np.uint8]
    hops: npt.NDArray[np.uint8]
    summary: npt.NDArray[np.uint8]
    dst_hash: Ints
    dst_start: Ints
    dst_stop: Ints

    @classmethod
    def empty(cls, n: int) -> RecordColumns:
        """Columns for ``n`` records, all zero."""
        wide, narrow = np.int64, np.uint8
        kinds = (narrow, wide, wide, wide, narrow, narrow, narrow, narrow, wide, wide, wide)
        columns: list[Any] = [np.zeros(n, dtype=kind) for kind in kinds]
        return cls(*columns)


@numba.njit(cache=True)
def skip_space(buf: Text, pos: int, end: int) -> int:
    """Position of the next byte that is not JSON white space, or ``end``."""
    while pos < end:
        c = byte_at(buf, pos)
        if c != 32 and c != 10 and c != 13 and c != 9:
            return pos
        pos += 1
    return pos


@numba.njit(cache=True)
def skip_string(buf: Text, pos: int, end: int) -> int:
    """From an opening quote to behind the closing one; odd for escapes and non-ASCII."""
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
    """Behind a run of digits; odd where there is none."""
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
def read_digits(buf: Text, pos: int, end: int) -> tuple[int, int]:
    """Behind a run of at most sixteen digits, and their value; ``pos`` itself where none is."""
    value = 0
    for _ in range(2):
        if pos >= end:
            break
        word = word_at(buf, pos)
        marks = non_digits(word)
        digits = min(first_marked(marks) if marks != NONE else 8, end - pos)
        if digits > 0:
            value = value * TENFOLD[digits] + value_of(word, digits)
            pos += digits
        if digits != 8:
            break
    return pos, value


@numba.njit(cache=True)
def skip_number(buf: Text, pos: int, end: int) -> int:
    """Behind a number in JSON's grammar, or odd."""
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
    """Behind ``true``, ``false`` or ``null``, or odd."""
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
    """At a string: ``(behind it, first seven bytes packed, length)``; odd as first value."""
    if pos >= end or byte_at(buf, pos) != QUOTE:
        return ODD, 0, 0
    behind = skip_string(buf, pos, end)
    length = behind - pos - 2
    packed = signed_at(buf, pos + 1) & FIRST_BYTES[min(length, 7)] if behind > 0 else 0
    return behind, packed, length


@numba.njit(cache=True)
def read_key(buf: Text, pos: int, end: int) -> tuple[int, int, int]:
    """At a key: ``(behind the colon and space, packed key, length)``; odd as first value."""
    pos, packed, length = read_text(buf, pos, end)
    if pos < 0:
        return ODD, 0, 0
    pos = skip_space(buf, pos, end)
    if pos >= end or byte_at(buf, pos) != COLON:
        return ODD, 0, 0
    return skip_space(buf, pos + 1, end), packed, length


@numba.njit(cache=True)
def is_number_part(c: int) -> bool:
    """Whether a byte can stand in the middle of a number."""
    return (ZERO <= c <= NINE) or c == DOT or c == 101 or c == 69


@numba.njit(cache=True)
def read_number(buf: Text, pos: int, end: int) -> tuple[int, float]:
    """Read a number exactly as ``float(text)`` would; odd where that cannot be promised.

    A decimal of at most 2^53 over a power of ten up to 10^22 is one correctly rounded
    division (Clinger 1990); longer ones and exponents are left to the slow reader.
    """
    if pos >= end:
        return ODD, 0.0
    sign = 1.0
    if byte_at(buf, pos) == MINUS:
        sign, pos = -1.0, pos + 1
    behind, mantissa = read_digits(buf, pos, end)
    whole, decimals = behind - pos, 0
    if whole == 0 or whole > 15 or (whole > 1 and byte_at(buf, pos) == ZERO):
        return ODD, 0.0
    if behind < end and byte_at(buf, behind) == DOT:
        start = behind + 1
        behind, fraction = read_digits(buf, start, end)
        decimals = behind - start
        if decimals == 0 or whole + decimals > 16:
            return ODD, 0.0
        mantissa = mantissa * TENFOLD[decimals] + fraction
    if mantissa > EXACT_INTEGERS or (behind < end and is_number_part(byte_at(buf, behind))):
        return ODD, 0.0
    return behind, sign * (mantissa / POWERS_OF_TEN[decimals])


@numba.njit(cache=True)
def read_integer(buf: Text, pos: int, end: int) -> tuple[int, int]:
    """Read a whole non-negative number; odd for anything else."""
    behind, value = read_digits(buf, pos, end)
    digits = behind - pos
    if digits == 0 or value > MAX_INTEGER or (digits > 1 and byte_at(buf, pos) == ZERO):
        return ODD, 0
    if behind < end and is_number_part(byte_at(buf, behind)):
        return ODD, 0
    return behind, value


@numba.njit(cache=True, inline="always")
def skip_member(buf: Text, pos: int, end: int) -> int:
    """Behind a value that is nearly always a text or a number."""
    c = byte_at(buf, pos)
    if c == QUOTE:
        return skip_string(buf, pos, end)
    if ZERO <= c <= NINE:
        return skip_number(buf, pos, end)
    return skip_value(buf, pos, end)[0]


@numba.njit(cache=True)
def same_text(buf: Text, pos: int, end: int, before: int, length: int) -> bool:
    """Whether at ``pos`` stands what stood at ``before``, eight bytes at a time."""
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
    """Behind any JSON value, its grammar checked; and where its last element starts.

    Returns
    -------
    tuple
        ``(behind, last)``: ``last`` is the start of the last element when the value is an
        array with elements, else -1. ``(-1, -1)`` is odd.
    """
    depth, kinds, last = 0, 0, -1  # kinds: one bit a level, 1 for an object
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
    """Whether two stretches of the text are equal."""
    if a_stop - a != b_stop - b:
        return False
    for i in range(a_stop - a):  # noqa: SIM110 (numba: a loop, not a generator)
        if byte_at(buf, a + i) != byte_at(buf, b + i):
            return False
    return True


@numba.njit(cache=True)
def hash_bytes(buf: Text, start: int, stop: int) -> int:
    """FNV-1a of a stretch of text, to 63 bits."""
    value = FNV_START
    for i in range(start, stop):
        value = ((value ^ int(byte_at(buf, i))) * FNV_PRIME) & FNV_MASK
    return value
