"""Packets of RIPE Atlas results, from the text of a result to round-trip times.

The part of the byte scanner (see `rttgeo.atlas.scanner.scan`) that knows what a packet is.
"""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from rttgeo.atlas.scanner import codes
from rttgeo.atlas.scanner.columns import Ints
from rttgeo.atlas.scanner.numbers import read_integer, read_number
from rttgeo.atlas.scanner.scan import read_key, read_text, same_bytes, skip_space, skip_value
from rttgeo.atlas.scanner.tokens import (
    CLOSE_ARRAY,
    CLOSE_OBJECT,
    COMMA,
    FIRST_BYTES,
    K_DUP,
    K_ERR,
    K_ERROR,
    K_FROM,
    K_HOP,
    K_LATE,
    K_RESULT,
    K_RTT,
    K_X,
    ODD,
    OPEN_ARRAY,
    OPEN_OBJECT,
    QUOTE,
    V_PLAIN,
)
from rttgeo.atlas.scanner.words import Text, byte_at, signed_at


@numba.njit(cache=True)
def read_packet(
    buf: Text, pos: int, end: int, dst: int, dst_stop: int, trace: bool
) -> tuple[int, int, float]:
    """Read one packet of a result.

    As sagan decides: in a ping an RTT counts unless it is a duplicate, in a traceroute unless it is
    late, an error or from elsewhere.

    Parameters
    ----------
    buf
        Text of the block.
    pos
        Where the packet begins.
    end
        Where the record ends.
    dst, dst_stop
        Where the target's address begins, and the byte behind it.
    trace
        Whether the record is a traceroute.

    Returns
    -------
    tuple
        Position behind it, or odd; `codes.P_SAMPLE` or the reason why it is none; RTT in ms.
    """
    rtt, has_rtt, timeout, error, refused = 0.0, False, False, False, False
    duplicate, late, ours, seen = False, False, 0, 0
    if pos >= end or byte_at(buf, pos) != OPEN_OBJECT:
        return ODD, 0, 0.0
    pos = skip_space(buf, pos + 1, end)
    if pos < end and byte_at(buf, pos) == CLOSE_OBJECT:
        return pos + 1, codes.P_NO_RTT, 0.0
    while True:
        pos, key, length = read_key(buf, pos, end)
        if pos < 0 or pos >= end:
            return ODD, 0, 0.0
        bit = 0
        if length == 3 and key == K_RTT:
            bit = 1
            pos, rtt = read_number(buf, pos, end)
            has_rtt = True
        elif length == 4 and key == K_FROM:
            bit = 2
            start = pos + 1
            pos, _, size = read_text(buf, pos, end)
            ours = 1 if same_bytes(buf, start, start + size, dst, dst_stop) else 0
        else:
            if length == 1 and key == K_X:
                timeout = True
            elif length == 3 and key == K_DUP:
                duplicate = True
            elif length == 4 and key == K_LATE:
                late = True
            elif length == 5 and key == K_ERROR:
                error = True
            elif length == 3 and key == K_ERR:
                refused = True
                # An empty one is none: rare enough to be left to the slow reader.
                if byte_at(buf, pos) != QUOTE or (pos + 1 < end and byte_at(buf, pos + 1) == QUOTE):
                    return ODD, 0, 0.0
            pos = skip_value(buf, pos, end)[0]
        if pos < 0 or seen & bit:
            return ODD, 0, 0.0
        seen |= bit
        pos = skip_space(buf, pos, end)
        if pos >= end:
            return ODD, 0, 0.0
        if byte_at(buf, pos) == CLOSE_OBJECT:
            break
        if byte_at(buf, pos) != COMMA:
            return ODD, 0, 0.0
        pos = skip_space(buf, pos + 1, end)
    what = classify(has_rtt, rtt, timeout, error, refused, duplicate, late, ours, trace)
    return pos + 1, what, rtt


@numba.njit(cache=True)
def classify(
    has_rtt: bool,
    rtt: float,
    timeout: bool,
    error: bool,
    refused: bool,
    duplicate: bool,
    late: bool,
    ours: int,
    trace: bool,
) -> int:
    """Say what a packet counts as; the one place where that is decided.

    Parameters
    ----------
    has_rtt
        Whether it has an RTT.
    rtt
        The RTT, ms.
    timeout
        Whether no reply came.
    error
        Whether the probe could not send.
    refused
        Whether the reply is an ICMP error.
    duplicate
        Whether it had come before.
    late
        Whether it came after its time was over.
    ours
        1 where it comes from the target, else 0.
    trace
        Whether the record is a traceroute.

    Returns
    -------
    int
        `codes.P_SAMPLE`, or the reason why it is none.
    """
    if trace and late:
        return codes.P_LATE
    if not has_rtt:
        return (
            codes.P_TIMEOUT if timeout else (codes.P_ERROR if error or refused else codes.P_NO_RTT)
        )
    if not trace and duplicate:
        return codes.P_DUPLICATE
    if trace and refused:
        return codes.P_ERROR_REPLY
    if trace and not ours:
        return codes.P_NOT_TARGET
    if not codes.MIN_RTT_MS <= rtt <= codes.MAX_RTT_MS:
        return codes.P_IMPLAUSIBLE
    return codes.P_SAMPLE


@numba.njit(cache=True)
def read_plain_packets(
    buf: Text, pos: int, end: int, rtt_out: npt.NDArray[np.float64], n_out: int
) -> tuple[int, int]:
    """Read packets such as ``[{"rtt":1.5},{"rtt":1.25}]``, with nothing else in them.

    What nearly every ping looks like; odd for all others, which then go the longer way.

    Parameters
    ----------
    buf
        Text of the block.
    pos
        Where the array's bracket stands.
    end
        Where the record ends.
    rtt_out
        Filled from ``n_out`` on: round-trip times, ms.
    n_out
        How many samples there are already.

    Returns
    -------
    tuple
        Position behind the array, or odd, and the number of packets.
    """
    packets = 0
    pos += 1
    while pos < end and signed_at(buf, pos) & FIRST_BYTES[7] == V_PLAIN:
        pos, rtt = read_number(buf, pos + 7, end)
        if pos < 0 or pos + 1 >= end or byte_at(buf, pos) != CLOSE_OBJECT:
            return ODD, 0
        if not codes.MIN_RTT_MS <= rtt <= codes.MAX_RTT_MS:
            return ODD, 0
        rtt_out[n_out + packets] = rtt
        packets += 1
        if byte_at(buf, pos + 1) == CLOSE_ARRAY:
            return pos + 2, packets
        if byte_at(buf, pos + 1) != COMMA:
            return ODD, 0
        pos += 2
    return ODD, 0


@numba.njit(cache=True)
def read_packets(
    buf: Text,
    pos: int,
    end: int,
    dst: int,
    dst_stop: int,
    trace: bool,
    rtt_out: npt.NDArray[np.float64],
    n_out: int,
    counts: Ints,
) -> tuple[int, int]:
    """Read an array of packets, and count every one.

    Parameters
    ----------
    buf
        Text of the block.
    pos
        Where the array's bracket stands.
    end
        Where the record ends.
    dst, dst_stop
        Where the target's address begins, and the byte behind it.
    trace
        Whether the record is a traceroute.
    rtt_out
        Filled from ``n_out`` on: round-trip times, ms.
    n_out
        How many samples there are already.
    counts
        Added to: number of packets by `codes.PACKET_WORDS`.

    Returns
    -------
    tuple
        Samples now in ``rtt_out``, and what became of the record: `codes.R_USED`, the reason why it
        has no sample, or `codes.ODD_STATUS`.
    """
    if pos >= end or byte_at(buf, pos) != OPEN_ARRAY:
        return n_out, codes.ODD_STATUS
    first, reasons = n_out, 0
    pos = skip_space(buf, pos + 1, end)
    if pos < end and byte_at(buf, pos) == CLOSE_ARRAY:
        return n_out, codes.R_EMPTY
    while True:
        pos, what, rtt = read_packet(buf, pos, end, dst, dst_stop, trace)
        if pos < 0:
            return first, codes.ODD_STATUS
        counts[what] += 1
        if what == codes.P_SAMPLE:
            rtt_out[n_out] = rtt
            n_out += 1
        else:
            reasons |= 1 << what
        pos = skip_space(buf, pos, end)
        if pos >= end:
            return first, codes.ODD_STATUS
        if byte_at(buf, pos) == CLOSE_ARRAY:
            break
        if byte_at(buf, pos) != COMMA:
            return first, codes.ODD_STATUS
        pos = skip_space(buf, pos + 1, end)
    return n_out, (codes.R_USED if n_out > first else status_of(reasons))


@numba.njit(cache=True)
def status_of(reasons: int) -> int:
    """Say why a record gave no sample, from the set of what its packets were.

    Parameters
    ----------
    reasons
        One bit for each packet code that occurred.

    Returns
    -------
    int
        A code of `codes.RECORD_WORDS`.
    """
    for what in range(codes.P_TIMEOUT + 1, codes.N_PACKET_CODES):
        if reasons & (1 << what):
            return codes.R_OF_PACKET[what]
    return codes.R_NO_REPLY if reasons else codes.R_EMPTY


@numba.njit(cache=True)
def find_hop(buf: Text, pos: int, end: int) -> tuple[int, int]:
    """Find the packets of a traceroute's last hop.

    Parameters
    ----------
    buf
        Text of the block.
    pos
        Where the hop begins.
    end
        Where the record ends.

    Returns
    -------
    tuple
        Start of its packets, or odd, and the hop number.
    """
    packets, hop = ODD, 0
    if pos >= end or byte_at(buf, pos) != OPEN_OBJECT:
        return ODD, 0
    pos = skip_space(buf, pos + 1, end)
    while True:
        pos, key, length = read_key(buf, pos, end)
        if pos < 0:
            return ODD, 0
        if length == 3 and key == K_HOP:
            pos, hop = read_integer(buf, pos, end)
            if pos < 0 or hop > 255:
                return ODD, 0
        else:
            if length == 6 and key == K_RESULT:
                if packets >= 0:
                    return ODD, 0
                packets = pos
            elif length == 5 and key == K_ERROR:
                return ODD, 0
            pos = skip_value(buf, pos, end)[0]
        if pos < 0:
            return ODD, 0
        pos = skip_space(buf, pos, end)
        if pos >= end:
            return ODD, 0
        if byte_at(buf, pos) == CLOSE_OBJECT:
            return packets, hop
        if byte_at(buf, pos) != COMMA:
            return ODD, 0
        pos = skip_space(buf, pos + 1, end)
