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

ODD = -1
MAX_DEPTH = 60
QUOTE, COMMA, COLON, MINUS, DOT, ZERO, NINE = 34, 44, 58, 45, 46, 48, 57
OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY, BACKSLASH = 123, 125, 91, 93, 92
POWERS_OF_TEN = 10.0 ** np.arange(23)
EXACT_INTEGERS = 2**53
MAX_INTEGER = 10**14
PADDING = bytes(8)
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


class Text(NamedTuple):
    """The text of some records, to be read a byte or eight bytes at a time.

    ``words[i]`` is the eight bytes from ``i`` on, little end first: a view of the same memory
    whose elements overlap. The text is padded, so that there are always eight.
    """

    byte: Bytes
    words: Ints

    @classmethod
    def of(cls, padded: bytes) -> Text:
        """Lay out a text, which must end in `PADDING` bytes of no meaning, for the scanner."""
        words = np.ndarray((len(padded) - 7,), dtype="<i8", buffer=padded, strides=(1,))
        return cls(np.frombuffer(padded, dtype=np.int8), words)


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
        c = buf.byte[pos]
        if c != 32 and c != 10 and c != 13 and c != 9:
            return pos
        pos += 1
    return pos


@numba.njit(cache=True)
def skip_string(buf: Text, pos: int, end: int) -> int:
    """From an opening quote to behind the closing one; odd for escapes and non-ASCII."""
    # Unsigned positions spare the check for a negative index on every byte: a third faster.
    at, stop = np.uint64(pos + 1), np.uint64(end)
    while at < stop:
        c = buf.byte[at]
        if c == QUOTE:
            return np.int64(at) + 1  # type: ignore[return-value]
        if c < 32 or c == BACKSLASH:
            return ODD
        at += np.uint64(1)
    return ODD


@numba.njit(cache=True)
def skip_digits(buf: Text, pos: int, end: int) -> int:
    """Behind a run of digits; odd where there is none."""
    at, stop = np.uint64(pos), np.uint64(end)
    while at < stop and ZERO <= buf.byte[at] <= NINE:
        at += np.uint64(1)
    return np.int64(at) if np.int64(at) > pos else ODD  # type: ignore[return-value]


@numba.njit(cache=True)
def skip_number(buf: Text, pos: int, end: int) -> int:
    """Behind a number in JSON's grammar, or odd."""
    if buf.byte[pos] == MINUS:
        pos += 1
    start = pos
    pos = skip_digits(buf, pos, end)
    if pos < 0 or (pos > start + 1 and buf.byte[start] == ZERO):
        return ODD
    if pos < end and buf.byte[pos] == DOT:
        pos = skip_digits(buf, pos + 1, end)
        if pos < 0:
            return ODD
    if pos < end and (buf.byte[pos] == 101 or buf.byte[pos] == 69):  # e, E
        pos += 1
        if pos < end and (buf.byte[pos] == MINUS or buf.byte[pos] == 43):
            pos += 1
        pos = skip_digits(buf, pos, end)
    return pos


@numba.njit(cache=True)
def skip_word(buf: Text, pos: int, end: int) -> int:
    """Behind ``true``, ``false`` or ``null``, or odd."""
    left = end - pos
    c = buf.byte[pos]
    if c == 116 and left >= 4 and buf.byte[pos + 1] == 114 and buf.byte[pos + 2] == 117:
        return pos + 4 if buf.byte[pos + 3] == 101 else ODD
    if c == 110 and left >= 4 and buf.byte[pos + 1] == 117 and buf.byte[pos + 2] == 108:
        return pos + 4 if buf.byte[pos + 3] == 108 else ODD
    if c == 102 and left >= 5 and buf.byte[pos + 1] == 97 and buf.byte[pos + 2] == 108:
        return pos + 5 if buf.byte[pos + 3] == 115 and buf.byte[pos + 4] == 101 else ODD
    return ODD


@numba.njit(cache=True)
def read_text(buf: Text, pos: int, end: int) -> tuple[int, int, int]:
    """At a string: ``(behind it, first seven bytes packed, length)``; odd as first value."""
    if pos >= end or buf.byte[pos] != QUOTE:
        return ODD, 0, 0
    behind = skip_string(buf, pos, end)
    length = behind - pos - 2
    packed = buf.words[np.uint64(pos + 1)] & FIRST_BYTES[min(length, 7)] if behind > 0 else 0
    return behind, packed, length


@numba.njit(cache=True)
def read_key(buf: Text, pos: int, end: int) -> tuple[int, int, int]:
    """At a key: ``(behind the colon and space, packed key, length)``; odd as first value."""
    pos, packed, length = read_text(buf, pos, end)
    if pos < 0:
        return ODD, 0, 0
    pos = skip_space(buf, pos, end)
    if pos >= end or buf.byte[pos] != COLON:
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
    if buf.byte[pos] == MINUS:
        sign, pos = -1.0, pos + 1
    at, stop = np.uint64(pos), np.uint64(end)
    mantissa = 0
    while at < stop and ZERO <= buf.byte[at] <= NINE:
        mantissa = mantissa * 10 + (int(buf.byte[at]) - ZERO)
        at += np.uint64(1)
    whole = np.int64(at) - pos
    if whole == 0 or whole > 15 or (whole > 1 and buf.byte[pos] == ZERO):
        return ODD, 0.0
    decimals = 0
    if at < stop and buf.byte[at] == DOT:
        at += np.uint64(1)
        while at < stop and ZERO <= buf.byte[at] <= NINE and decimals < 17:
            mantissa = mantissa * 10 + (int(buf.byte[at]) - ZERO)
            decimals += 1
            at += np.uint64(1)
        if decimals == 0 or whole + decimals > 17:
            return ODD, 0.0
    if mantissa > EXACT_INTEGERS or (at < stop and is_number_part(buf.byte[at])):
        return ODD, 0.0
    value = sign * (mantissa / POWERS_OF_TEN[decimals])
    return np.int64(at), value  # type: ignore[return-value]


@numba.njit(cache=True)
def read_integer(buf: Text, pos: int, end: int) -> tuple[int, int]:
    """Read a whole non-negative number; odd for anything else."""
    at, stop = np.uint64(pos), np.uint64(end)
    value = 0
    while at < stop and ZERO <= buf.byte[at] <= NINE and value <= MAX_INTEGER:
        value = value * 10 + (int(buf.byte[at]) - ZERO)
        at += np.uint64(1)
    digits = np.int64(at) - pos
    if digits == 0 or value > MAX_INTEGER or (digits > 1 and buf.byte[pos] == ZERO):
        return ODD, 0
    if at < stop and is_number_part(buf.byte[at]):
        return ODD, 0
    return np.int64(at), value  # type: ignore[return-value]


@numba.njit(cache=True, inline="always")
def skip_member(buf: Text, pos: int, end: int) -> int:
    """Behind a value that is nearly always a text or a number."""
    c = buf.byte[pos]
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
    i, j, left = np.uint64(pos), np.uint64(before), length
    while left >= 8:
        if buf.words[i] != buf.words[j]:
            return False
        i, j, left = i + np.uint64(8), j + np.uint64(8), left - 8
    return (buf.words[i] ^ buf.words[j]) & FIRST_BYTES[left] == 0


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
        c = buf.byte[pos]
        if c == OPEN_OBJECT or c == OPEN_ARRAY:
            depth += 1
            if depth > MAX_DEPTH:
                return ODD, ODD
            kinds = (kinds << 1) | (1 if c == OPEN_OBJECT else 0)
            pos = skip_space(buf, pos + 1, end)
            if pos >= end:
                return ODD, ODD
            if buf.byte[pos] != (CLOSE_OBJECT if c == OPEN_OBJECT else CLOSE_ARRAY):
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
            if buf.byte[pos] == COMMA:
                pos = skip_space(buf, pos + 1, end)
                if in_object:
                    pos = read_key(buf, pos, end)[0]
                    if pos < 0:
                        return ODD, ODD
                break
            if buf.byte[pos] != (CLOSE_OBJECT if in_object else CLOSE_ARRAY):
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
        if buf.byte[a + i] != buf.byte[b + i]:
            return False
    return True


@numba.njit(cache=True)
def hash_bytes(buf: Text, start: int, stop: int) -> int:
    """FNV-1a of a stretch of text, to 63 bits."""
    value = FNV_START
    for i in range(start, stop):
        value = ((value ^ int(buf.byte[i])) * FNV_PRIME) & FNV_MASK
    return value
