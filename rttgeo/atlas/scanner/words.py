"""Eight bytes of text at a time, as one unsigned number: little end first.

A byte that is looked for is found by arithmetic on all eight, without a branch that a processor
could guess wrong (Mycroft 1987; Langdale and Lemire, "Parsing gigabytes of JSON per second",
VLDB Journal 28, 2019): texts and numbers in results are of all lengths, so that a loop over
their bytes is guessed wrong at the end of each.
"""

from __future__ import annotations

import ctypes
from typing import Any, NamedTuple

import numba
import numpy as np
from llvmlite import ir
from numba.extending import intrinsic


class Text(NamedTuple):
    """The text of some records: where it stands in memory, and its size without the padding.

    Numbers, not arrays: an array that is handed on is counted as a reference at each call, which
    took two thirds of all the time. The code that makes one keeps the bytes alive, and every
    position is checked against the end of its record before it is read.
    """

    address: int
    size: int

    @classmethod
    def of(cls, padded: bytes) -> Text:
        """Lay out a text, which must end in eight bytes of no meaning, for the scanner.

        Parameters
        ----------
        padded
            The text and eight bytes more; kept alive by the caller.

        Returns
        -------
        Text
            Its address, and its size without the eight bytes.
        """
        return cls(np.frombuffer(padded, dtype=np.int8).ctypes.data, len(padded) - 8)


@intrinsic
def _storing(_context: Any, _address: Any, _offset: Any, _value: Any) -> Any:
    """Put a number where an address points to."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        place = builder.add(arguments[0], arguments[1])
        builder.store(arguments[2], builder.inttoptr(place, ir.IntType(64).as_pointer()))
        return context.get_dummy_value()

    return numba.void(numba.int64, numba.int64, numba.int64), generate


def _loader(bits: int, kind: Any) -> Any:
    """Make an intrinsic that loads a number of so many bits from an address."""

    @intrinsic
    def load(_context: Any, _address: Any, _offset: Any) -> Any:
        def generate(_: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            place = builder.add(*arguments)
            value = builder.load(builder.inttoptr(place, ir.IntType(bits).as_pointer()), align=1)
            return value if bits == 64 else builder.sext(value, ir.IntType(64))

        return kind(numba.int64, numba.int64), generate

    return load


class Slots(NamedTuple):
    """Whole numbers in memory, by their place: an array without its count of references."""

    address: int

    @classmethod
    def of(cls, array: np.ndarray[Any, np.dtype[np.int64]]) -> Slots:
        """Use the memory of an array, which must be kept alive.

        Parameters
        ----------
        array
            Contiguous, of 64-bit whole numbers.

        Returns
        -------
        Slots
            Its address.
        """
        return cls(array.ctypes.data)


if getattr(numba.config, "DISABLE_JIT", 0):

    def _load_byte(address: int, offset: int) -> int:
        return ctypes.c_int8.from_address(address + int(offset)).value

    def _load_word(address: int, offset: int) -> np.uint64:
        return np.uint64(ctypes.c_uint64.from_address(address + int(offset)).value)

    def _put(address: int, offset: int, value: int) -> None:
        ctypes.c_int64.from_address(address + int(offset)).value = int(value)

else:
    _load_byte, _load_word = _loader(8, numba.int64), _loader(64, numba.uint64)
    _put = _storing  # type: ignore[assignment]


@numba.njit(cache=True)
def get(slots: Slots, place: int) -> int:
    """Return the number at a place.

    Parameters
    ----------
    slots
        The numbers.
    place
        Index, from 0.

    Returns
    -------
    int
        The number.
    """
    return np.int64(_load_word(slots.address, 8 * place))  # type: ignore[return-value]


@numba.njit(cache=True)
def put(slots: Slots, place: int, value: int) -> None:
    """Set the number at a place.

    Parameters
    ----------
    slots
        The numbers.
    place
        Index, from 0.
    value
        The number.
    """
    _put(slots.address, 8 * place, value)


@numba.njit(cache=True)
def byte_at(buf: Text, pos: int) -> int:
    """One byte, with its sign: those of a character beyond ASCII are negative.

    Parameters
    ----------
    buf
        The text.
    pos
        Offset into the text.

    Returns
    -------
    int
        From -128 to 127.
    """
    return _load_byte(buf.address, pos)


@numba.njit(cache=True)
def word_at(buf: Text, pos: int) -> np.uint64:
    """Read eight bytes from a position on.

    Parameters
    ----------
    buf
        The text.
    pos
        Offset into the text.

    Returns
    -------
    numpy.uint64
        The bytes, little end first.
    """
    return _load_word(buf.address, pos)


@numba.njit(cache=True)
def signed_at(buf: Text, pos: int) -> int:
    """Read eight bytes as a signed number, as masks and packed keys are.

    Parameters
    ----------
    buf
        The text.
    pos
        Offset into the text.

    Returns
    -------
    int
        The bytes, little end first.
    """
    return np.int64(_load_word(buf.address, pos))  # type: ignore[return-value]


ONES, HIGHS = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
_SPACES = np.uint64(0x2020202020202020)
_NEWLINES = np.uint64(10) * ONES
_QUOTES, _BACKSLASHES = np.uint64(34) * ONES, np.uint64(92) * ONES
_ZEROS, _LOW_BITS, _TO_HIGH = np.uint64(48) * ONES, ~HIGHS, np.uint64(0x76) * ONES
_PLACES = np.uint64(0x0001020304050607)
_7, _8, _16, _32, _56 = (np.uint64(n) for n in (7, 8, 16, 32, 56))
_NIBBLES, _PAIRS, _FOURS = (
    np.uint64(n) for n in (0x0F0F0F0F0F0F0F0F, 0x00FF00FF00FF00FF, 0x0000FFFF0000FFFF)
)
_TENS, _HUNDREDS, _MYRIADS = (np.uint64(n) for n in (2561, 6553601, 42949672960001))
NONE = np.uint64(0)


@numba.njit(cache=True)
def first_marked(marks: np.uint64) -> int:
    """Which of the eight bytes is the first with its highest bit set; there must be one.

    Parameters
    ----------
    marks
        What `text_ends` or `non_digits` gave.

    Returns
    -------
    int
        From 0 to 7, in the order of the text.
    """
    lowest = marks & (~marks + np.uint64(1))
    return np.int64(((lowest >> _7) * _PLACES) >> _56)  # type: ignore[return-value]


@numba.njit(cache=True)
def text_ends(word: np.uint64) -> np.uint64:
    """Mark (highest bit) what ends plain text: a quote, a backslash, a control, a non-ASCII byte.

    Only the first mark is to be trusted: a subtraction may borrow from the byte above it.

    Parameters
    ----------
    word
        Eight bytes, little end first.

    Returns
    -------
    numpy.uint64
        128 in the bytes that are marked.
    """
    quote, backslash = word ^ _QUOTES, word ^ _BACKSLASHES
    return (
        word | ((word - _SPACES) & ~word) | ((quote - ONES) & ~quote)
        | ((backslash - ONES) & ~backslash)
    ) & HIGHS  # fmt: skip


@numba.njit(cache=True)
def find_newlines(buf: Text, found: np.ndarray[Any, np.dtype[np.int64]]) -> int:
    """Find where each line ends.

    Parameters
    ----------
    buf
        The text.
    found
        Filled: offset of each newline.

    Returns
    -------
    int
        How many there are.
    """
    n = 0
    for pos in range(0, buf.size, 8):
        word = word_at(buf, pos) ^ _NEWLINES
        if (word - ONES) & ~word & HIGHS == NONE:
            continue
        for at in range(pos, min(pos + 8, buf.size)):
            if byte_at(buf, at) == 10:
                found[n] = at
                n += 1
    return n


@numba.njit(cache=True)
def non_digits(word: np.uint64) -> np.uint64:
    """Mark (by its highest bit) every byte that is not a decimal digit.

    Parameters
    ----------
    word
        Eight bytes, little end first.

    Returns
    -------
    numpy.uint64
        128 in the bytes that are marked.
    """
    value = word ^ _ZEROS
    return (((value & _LOW_BITS) + _TO_HIGH) | value) & HIGHS


@numba.njit(cache=True)
def value_of(word: np.uint64, digits: int) -> int:
    """Number that the first 1 to 8 bytes, all of them digits, stand for.

    Parameters
    ----------
    word
        Eight bytes, little end first.
    digits
        How many bytes count, 1 to 8.

    Returns
    -------
    int
        The number.

    Notes
    -----
    Neighbours are put together three times over: pairs, fours, then all eight (Langdale and Lemire
    2019, see the head of this module).
    """
    value = (word << np.uint64(64 - 8 * digits)) & _NIBBLES
    value = (value * _TENS) >> _8 & _PAIRS
    value = (value * _HUNDREDS) >> _16 & _FOURS
    return np.int64((value * _MYRIADS) >> _32)  # type: ignore[return-value]
