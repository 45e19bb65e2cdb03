"""One hash of an address (FNV-1a, to 63 bits), for the scanner's text and for Python's."""

from __future__ import annotations

import numba

from rttgeo.atlas.scanner.words import Text, byte_at

FNV_PRIME, FNV_START, FNV_MASK = 1099511628211, 1469598103934665603, 0x7FFFFFFFFFFFFFFF


@numba.njit(cache=True)
def hash_bytes(buf: Text, start: int, stop: int) -> int:
    """Hash of a stretch of the scanner's text.

    Parameters
    ----------
    buf
        Text of the block.
    start, stop
        First byte, and the byte behind the last.

    Returns
    -------
    int
        FNV-1a (Fowler, Noll, Vo), its highest bit left out.
    """
    value = FNV_START
    for i in range(start, stop):
        value = ((value ^ int(byte_at(buf, i))) * FNV_PRIME) & FNV_MASK
    return value


def hash_text(text: str) -> int:
    """Hash a text of Python's as `hash_bytes` does.

    Parameters
    ----------
    text
        The text; it is taken in UTF-8.

    Returns
    -------
    int
        The same number as for the same bytes in the scanner's text.
    """
    value = FNV_START
    for byte in text.encode("utf-8", "surrogatepass"):
        value = ((value ^ byte) * FNV_PRIME) & FNV_MASK
    return value
