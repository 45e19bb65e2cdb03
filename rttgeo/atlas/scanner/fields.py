"""Fields of the top level of a RIPE Atlas record: which a key is, and its value.

A part of the byte scanner; see `rttgeo.atlas.scanner.scan` for what it promises. For why some
functions are marked ``inline`` see `rttgeo.atlas.scanner.members`.
"""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from rttgeo.atlas.scanner.numbers import read_integer
from rttgeo.atlas.scanner.packets import read_plain_packets
from rttgeo.atlas.scanner.scan import read_text, skip_member, skip_string, skip_value
from rttgeo.atlas.scanner.tokens import (
    K_ADDR,
    K_AF,
    K_DNSERR,
    K_DST,
    K_ERR,
    K_FW,
    K_MIN,
    K_MODE,
    K_MSM,
    K_PF,
    K_PRB,
    K_PROTO,
    K_RESULT,
    K_TIME,
    K_TYPE,
    OPEN_ARRAY,
    QUOTE,
    V_ICMP,
    V_PING,
    V_TCP,
    V_TRACE,
    V_UDP,
)
from rttgeo.atlas.scanner.words import Slots, Text, byte_at, get, put

# Places of what the top level of a record says, in the small work array of one record.
F_FW, F_PROBE, F_MSM, F_TIME, F_AF, F_PROTO, F_KIND = 0, 1, 2, 3, 4, 5, 6
F_DST, F_DST_STOP, F_RESULT, F_LAST, F_ADDR, F_ADDR_STOP, F_MIN = 7, 8, 9, 10, 11, 12, 13
F_PLAIN, N_FIELDS = 14, 15
UNUSED, UNEXPECTED = -1, -2
LAST_OF_DST_ADDR, LETTER_M, LETTER_P = 114, 109, 112  # r, m, p
LETTER_U, LETTER_T, LETTER_E = 117, 116, 101
PING, TRACEROUTE = 1, 2


@numba.njit(cache=True)
def slot_of(key: int, length: int) -> int:
    """Which field a key of the top level is: one of ``F_…``, `UNUSED` or `UNEXPECTED`.

    Parameters
    ----------
    key
        First seven bytes of the key, packed (`rttgeo.atlas.scanner.tokens`).
    length
        Length of the key, bytes.

    Returns
    -------
    int
        One of ``F_…``, `UNUSED` for a key of no interest, `UNEXPECTED` for one that makes a record
        odd.
    """
    if length == 2:
        if key == K_FW:
            return F_FW
        if key == K_AF:
            return F_AF
        return UNEXPECTED if key == K_PF else UNUSED
    if length == 3:
        return F_MIN if key == K_MIN else (UNEXPECTED if key == K_ERR else UNUSED)
    if length == 4:
        if key == K_TYPE:
            return F_KIND
        return F_ADDR if key == K_ADDR else (UNEXPECTED if key == K_MODE else UNUSED)
    if length == 5:
        return F_PROTO if key == K_PROTO else UNUSED
    if length == 6:
        if key == K_RESULT:
            return F_RESULT
        if key == K_PRB:
            return F_PROBE
        return F_MSM if key == K_MSM else (UNEXPECTED if key == K_DNSERR else UNUSED)
    return UNUSED


@numba.njit(cache=True)
def slot_of_long(buf: Text, pos: int, key: int, length: int) -> int:
    """Name the field of a key that does not fit into one integer.

    Parameters
    ----------
    buf
        Text of the block.
    pos
        Where the key's opening quote stands.
    key
        First seven bytes of the key, packed (`rttgeo.atlas.scanner.tokens`).
    length
        Length of the key, bytes.

    Returns
    -------
    int
        `F_DST`, `F_TIME` or `UNUSED`.
    """
    last = byte_at(buf, pos + length)
    if length == 8 and key == K_DST and last == LAST_OF_DST_ADDR:
        return F_DST
    second_last = byte_at(buf, pos + length - 1)
    if length == 9 and key == K_TIME and second_last == LETTER_M and last == LETTER_P:
        return F_TIME
    return UNUSED


@numba.njit(cache=True, inline="always")
def read_field(
    buf: Text, pos: int, end: int, slot: int, field: Slots, rtt: npt.NDArray[np.float64], n: int
) -> int:
    """Read the value of one field of the top level.

    Parameters
    ----------
    buf
        Text of the block.
    pos
        Where the value begins.
    end
        Where the record ends.
    slot
        Which field: one of ``F_…``, `UNUSED` or `UNEXPECTED`.
    field
        What the top level says, by ``F_…``; filled.
    rtt
        Filled from ``n`` on: round-trip times, ms.
    n
        How many samples there are already.

    Returns
    -------
    int
        Position behind the value, or odd (negative): also for a field that comes twice.
    """
    if slot == UNUSED:
        return skip_member(buf, pos, end)
    if slot == UNEXPECTED or get(field, slot) >= 0:
        return -1
    if slot <= F_AF:
        behind, value = read_integer(buf, pos, end)
        put(field, slot, value)
        return behind
    if slot == F_KIND:
        return read_kind(buf, pos, end, field)
    if slot == F_PROTO:
        return read_protocol(buf, pos, end, field)
    if slot == F_DST or slot == F_ADDR:
        behind = skip_string(buf, pos, end) if byte_at(buf, pos) == QUOTE else -1
        put(field, slot, pos + 1)
        put(field, slot + 1, behind - 1)
        return behind
    put(field, slot, pos)
    if slot == F_RESULT:
        return read_result(buf, pos, end, field, rtt, n)
    return skip_value(buf, pos, end)[0]


@numba.njit(cache=True, inline="always")
def read_result(
    buf: Text, pos: int, end: int, field: Slots, rtt: npt.NDArray[np.float64], n: int
) -> int:
    """Step over a result; its samples are read on the way if it is a plain one.

    Parameters
    ----------
    buf
        Text of the block.
    pos
        Where the value begins.
    end
        Where the record ends.
    field
        What the top level says, by ``F_…``; filled.
    rtt
        Filled from ``n`` on: round-trip times, ms.
    n
        How many samples there are already.

    Returns
    -------
    int
        Position behind the result, or odd (negative).
    """
    if byte_at(buf, pos) == OPEN_ARRAY:
        behind, packets = read_plain_packets(buf, pos, end, rtt, n)
        if behind > 0:
            put(field, F_PLAIN, packets)
            return behind
    behind, last = skip_value(buf, pos, end)
    put(field, F_LAST, last)
    return behind


@numba.njit(cache=True)
def ends_in_ute(buf: Text, behind: int) -> bool:
    """Whether a text ends as ``traceroute`` does behind its seventh letter.

    Parameters
    ----------
    buf
        Text of the block.
    behind
        Position behind the closing quote.

    Returns
    -------
    bool
        True for the letters u, t, e before the quote.
    """
    return (
        byte_at(buf, behind - 4) == LETTER_U
        and byte_at(buf, behind - 3) == LETTER_T
        and byte_at(buf, behind - 2) == LETTER_E
    )


@numba.njit(cache=True, inline="always")
def read_kind(buf: Text, pos: int, end: int, field: Slots) -> int:
    """Read the value of ``type``; only ping and traceroute are expected.

    Parameters
    ----------
    buf
        Text of the block.
    pos
        Where the value begins.
    end
        Where the record ends.
    field
        What the top level says, by ``F_…``; filled.

    Returns
    -------
    int
        Position behind the value, or odd (negative).
    """
    behind, word, length = read_text(buf, pos, end)
    kind = -1
    if length == 4 and word == V_PING:
        kind = PING
    elif length == 10 and word == V_TRACE and ends_in_ute(buf, behind):
        kind = TRACEROUTE
    if kind < 0 or get(field, F_KIND) >= 0:
        return -1
    put(field, F_KIND, kind)
    return behind


@numba.njit(cache=True, inline="always")
def read_protocol(buf: Text, pos: int, end: int, field: Slots) -> int:
    """Read the value of ``proto``: ICMP, UDP or TCP.

    Parameters
    ----------
    buf
        Text of the block.
    pos
        Where the value begins.
    end
        Where the record ends.
    field
        What the top level says, by ``F_…``; filled.

    Returns
    -------
    int
        Position behind the value, or odd (negative).
    """
    behind, word, length = read_text(buf, pos, end)
    number = -1
    if length == 4 and word == V_ICMP:
        number = 1
    elif length == 3:
        number = 2 if word == V_UDP else (3 if word == V_TCP else -1)
    if number < 0 or get(field, F_PROTO) >= 0:
        return -1
    put(field, F_PROTO, number)
    return behind
