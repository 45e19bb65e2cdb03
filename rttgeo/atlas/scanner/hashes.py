"""One hash of an address (FNV-1a, to 63 bits), for the scanner's text and for Python's."""

from __future__ import annotations

import numba

from rttgeo.atlas.scanner.words import Text, byte_at

FNV_PRIME, FNV_START, FNV_MASK = 1099511628211, 1469598103934665603, 0x7FFFFFFFFFFFFFFF


@numba.njit(cache=True)
def hash_bytes(buf: Text, start: int, stop: int) -> int:
    """Hash of a stretch of the scanner's text."""
    value = FNV_START
    for i in range(start, stop):
        value = ((value ^ int(byte_at(buf, i))) * FNV_PRIME) & FNV_MASK
    return value


def hash_text(text: str) -> int:
    """Do the same for a text of Python's."""
    value = FNV_START
    for byte in text.encode("utf-8", "surrogatepass"):
        value = ((value ^ byte) * FNV_PRIME) & FNV_MASK
    return value
