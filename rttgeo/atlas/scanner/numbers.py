"""Numbers in the text of RIPE Atlas results, read to the last digit.

A part of the byte scanner; see `rttgeo.atlas.scanner.scan` for what it promises.
"""

from __future__ import annotations

import numba
import numpy as np

from rttgeo.atlas.scanner.tokens import DOT, MINUS, NINE, ODD, ZERO
from rttgeo.atlas.scanner.words import (
    NONE,
    Text,
    byte_at,
    first_marked,
    non_digits,
    value_of,
    word_at,
)

POWERS_OF_TEN = 10.0 ** np.arange(23)
TENFOLD = 10 ** np.arange(17)
EXACT_INTEGERS = 2**53
MAX_INTEGER = 10**14


@numba.njit(cache=True)
def read_digits(buf: Text, pos: int, end: int) -> tuple[int, int]:
    """Read a run of at most sixteen digits.

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
    tuple
        Position behind them (``pos`` itself where none is), and their value.
    """
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
def is_number_part(c: int) -> bool:
    """Whether a byte can stand in the middle of a number.

    Parameters
    ----------
    c
        The byte.

    Returns
    -------
    bool
        True for a digit, a dot, and the e of an exponent.
    """
    return (ZERO <= c <= NINE) or c == DOT or c == 101 or c == 69


@numba.njit(cache=True)
def read_number(buf: Text, pos: int, end: int) -> tuple[int, float]:
    """Read a number exactly as ``float(text)`` would; odd where that cannot be promised.

    A decimal of at most 2^53 over a power of ten up to 10^22 is one correctly rounded
    division (Clinger 1990); longer ones and exponents are left to the slow reader.

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
    tuple
        Position behind it, or odd, and the value.
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
    """Read a whole number that is not negative.

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
    tuple
        Position behind it, or odd for anything else, and the value.
    """
    behind, value = read_digits(buf, pos, end)
    digits = behind - pos
    if digits == 0 or value > MAX_INTEGER or (digits > 1 and byte_at(buf, pos) == ZERO):
        return ODD, 0
    if behind < end and is_number_part(byte_at(buf, behind)):
        return ODD, 0
    return behind, value
