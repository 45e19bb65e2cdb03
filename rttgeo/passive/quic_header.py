"""What anyone on the path can read of QUIC: long headers, and the first byte of short ones.

Long headers by RFC 8999 (what holds in every version), RFC 9000 (version 1), RFC 9369 (version 2),
and the drafts that captures hold: up to draft 21 both lengths of connection ids were in one byte.
"""

from __future__ import annotations

from typing import Final, NamedTuple

NEGOTIATION, INITIAL, ZERO_RTT, HANDSHAKE, RETRY, OTHER = range(6)
V1, V2 = 0x00000001, 0x6B3343CF
FIRST_DRAFT: Final = 0xFF000011
"""Draft 17, the first whose first byte is that of version 1."""
BYTE_EACH: Final = 0xFF000016
"""Draft 22: a byte for the length of each connection id."""
MAX_ID: Final = 20
FIXED, LONG, SPIN = 0x40, 0x80, 0x20
MAX_COALESCED: Final = 8
"""Packets in one datagram: Initial, 0-RTT, Handshake and 1-RTT, and a few repeated."""
_TYPES: Final = (INITIAL, ZERO_RTT, HANDSHAKE, RETRY)
_TYPES_V2: Final = (RETRY, INITIAL, ZERO_RTT, HANDSHAKE)


class Long(NamedTuple):
    """A long header: type, version, connection ids of destination and source, where it ends."""

    kind: int
    version: int
    destination: bytes
    source: bytes
    end: int


def known(version: int) -> bool:
    """Check whether the first byte of a packet of that version is understood.

    Parameters
    ----------
    version
        Version field of a long header.

    Returns
    -------
    bool
        True for versions 1 and 2, the drafts that are built like them, and versions alike.
    """
    return version in (V1, V2) or FIRST_DRAFT <= version <= 0xFF0000FF or _alike(version)


def _alike(version: int) -> bool:
    """Versions of single implementations that follow the drafts: mvfst, quant, Q050 and T05x."""
    return version >> 8 == 0xFACEB0 or version >> 16 in (0x716E, 0x5130, 0x5430)


def version_name(version: int) -> str:
    """Give the usual name of a version.

    Parameters
    ----------
    version
        Version field of a long header.

    Returns
    -------
    str
        ``1``, ``2``, ``draft-29`` and so on; others as hexadecimal number.
    """
    if version in (V1, V2):
        return "1" if version == V1 else "2"
    if version >> 8 == 0xFF0000:
        return f"draft-{version & 255:02d}"
    return f"0x{version:08x}"


def long_header(data: bytes, start: int, limit: int) -> Long | None:
    """Read the long header that starts there.

    Parameters
    ----------
    data
        Bytes of a frame, as far as they were captured.
    start
        Offset of the header, bytes.
    limit
        Where the datagram ends, which may be beyond the bytes that were captured.

    Returns
    -------
    Long or None
        The header and where its packet ends; None where none can be.
    """
    if len(data) < start + 7:
        return None
    first = data[start]
    version = int.from_bytes(data[start + 1 : start + 5], "big")
    ids = _ids(data, start + 5, _one_byte(version))
    if ids is None:
        return None
    destination, source, at = ids
    if version == 0:
        return Long(NEGOTIATION, version, destination, source, limit)
    kind = (_TYPES_V2 if version == V2 else _TYPES)[(first >> 4) & 3]
    end = _end(data, at, kind, limit)
    if not known(version) and (not first & FIXED or end > limit):
        # Nothing but the ids is sure; that the lengths agree says that it is built like version 1.
        return Long(OTHER, version, destination, source, limit)
    return Long(kind, version, destination, source, end)


def _one_byte(version: int) -> bool:
    if version >> 16 in (0x5130, 0x5430):
        # Google's: Q046 still has both lengths in one byte, Q050 and T05x do not.
        return version <= 0x51303436
    return FIRST_DRAFT <= version < BYTE_EACH


def _ids(data: bytes, at: int, one_byte: bool) -> tuple[bytes, bytes, int] | None:
    """Both connection ids and their end; empty where the packet is cut, None where they cannot be."""
    cut = b"", b"", len(data)
    if one_byte:
        high, low = data[at] >> 4, data[at] & 15
        first, second = high + 3 if high else 0, low + 3 if low else 0
        end = at + 1 + first + second
        if len(data) < end:
            return cut
        return data[at + 1 : at + 1 + first], data[at + 1 + first : end], end
    first = data[at]
    if first > MAX_ID:
        return None
    if len(data) < at + 2 + first:
        return cut
    second = data[at + 1 + first]
    start = at + 2 + first
    if second > MAX_ID:
        return None
    if len(data) < start + second:
        return cut
    return data[at + 1 : at + 1 + first], data[start : start + second], start + second


def _end(data: bytes, at: int, kind: int, limit: int) -> int:
    """Where a packet with a length ends; the end of the datagram, where that cannot be read."""
    if kind == RETRY:
        return limit
    if kind == INITIAL:
        token, at = _whole(data, at)
        if token < 0:
            return limit
        at += token
    length, at = _whole(data, at)
    return at + length if length >= 0 else limit


def _whole(data: bytes, at: int) -> tuple[int, int]:
    """A whole number of variable length (RFC 9000, section 16) and where it ends; -1 if cut."""
    if at >= len(data):
        return -1, at
    size = 1 << (data[at] >> 6)
    if len(data) < at + size:
        return -1, at
    return int.from_bytes(data[at : at + size], "big") & ((1 << (8 * size - 2)) - 1), at + size


def walk(data: bytes, start: int, limit: int) -> tuple[list[Long], int]:
    """Read all long headers of a datagram, and find the short header that may follow them.

    Parameters
    ----------
    data
        Bytes of a frame, as far as they were captured.
    start, limit
        Where the datagram's payload starts, and where it ends on the wire.

    Returns
    -------
    tuple of (list of Long, int)
        The headers, and the offset of the short header in bytes (-1: none).
    """
    found: list[Long] = []
    captured = min(len(data), limit)
    while start < captured and data[start] & LONG and len(found) < MAX_COALESCED:
        header = long_header(data, start, limit)
        if header is None:
            return found, -1
        found.append(header)
        if header.end <= start:
            return found, -1
        start = header.end
    # After a packet there may be zeros as padding: a short header has its fixed bit set.
    short = start < captured and data[start] & (LONG | FIXED) == FIXED
    return found, start if short else -1
