"""Whole blocks of RIPE Atlas records through the byte scanner of `rttgeo.atlas.scanner.scan`."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from rttgeo.atlas.scanner import codes
from rttgeo.atlas.scanner.columns import Ints, RecordColumns
from rttgeo.atlas.scanner.fields import (
    F_ADDR,
    F_ADDR_STOP,
    F_AF,
    F_DST,
    F_DST_STOP,
    F_FW,
    F_KIND,
    F_LAST,
    F_MIN,
    F_MSM,
    F_PLAIN,
    F_PROBE,
    F_PROTO,
    F_RESULT,
    F_TIME,
    N_FIELDS,
    TRACEROUTE,
)
from rttgeo.atlas.scanner.hashes import hash_bytes
from rttgeo.atlas.scanner.members import read_members
from rttgeo.atlas.scanner.numbers import read_number
from rttgeo.atlas.scanner.packets import find_hop, read_packets
from rttgeo.atlas.scanner.words import Slots, Text, get, put

FIRST_MODERN_FIRMWARE = 4460


@numba.njit(cache=True)
def is_plain(field: Slots) -> bool:
    """Whether a record has all that the fast way needs, of a modern firmware.

    Parameters
    ----------
    field
        What the top level says, by ``F_…``; an ``addr`` is taken over where ``dst_addr`` is
        lacking.

    Returns
    -------
    bool
        False leaves the record to the slow reader.
    """
    if get(field, F_DST) < 0:
        put(field, F_DST, get(field, F_ADDR))
        put(field, F_DST_STOP, get(field, F_ADDR_STOP))
    for slot in range(F_DST + 1):
        if get(field, slot) < 0:
            return False
    if get(field, F_DST_STOP) <= get(field, F_DST):
        return False  # an empty address: the name that was measured stands in for it
    if get(field, F_PROBE) > codes.MAX_ID or get(field, F_MSM) > codes.MAX_ID:
        return False
    if get(field, F_TIME) > codes.MAX_TIME or get(field, F_FW) < FIRST_MODERN_FIRMWARE:
        return False
    return get(field, F_AF) == 4 or get(field, F_AF) == 6


@numba.njit(cache=True)
def read_samples(
    buf: Text,
    end: int,
    field: Slots,
    rtt: npt.NDArray[np.float64],
    n: int,
    counts: Ints,
) -> tuple[int, int, int, int]:
    """Read the samples of a record whose top level is known.

    Parameters
    ----------
    buf
        Text of the block.
    end
        Where the record ends.
    field
        What its top level says, by ``F_…``.
    rtt
        Filled from ``n`` on: round-trip times, ms.
    n
        How many samples there are already.
    counts
        Added to: number of packets by `codes.PACKET_WORDS`.

    Returns
    -------
    tuple
        Samples now in ``rtt``; what became of the record (`codes.RECORD_WORDS` or
        `codes.ODD_STATUS`); number of the last hop, 0 for a ping; 1 where only the summary's
        minimum was there.
    """
    dst, dst_stop = get(field, F_DST), get(field, F_DST_STOP)
    if get(field, F_KIND) == TRACEROUTE:
        if get(field, F_LAST) < 0:
            return n, codes.ODD_STATUS, 0, 0
        packets, hop = find_hop(buf, get(field, F_LAST), end)
        if packets < 0:
            return n, codes.ODD_STATUS, 0, 0
        n, status = read_packets(buf, packets, end, dst, dst_stop, True, rtt, n, counts)
        return n, status, hop if hop < 255 else codes.NO_HOPS, 0
    if get(field, F_PLAIN) >= 0:
        counts[codes.P_SAMPLE] += get(field, F_PLAIN)
        return n + get(field, F_PLAIN), codes.R_USED, 0, 0
    if get(field, F_RESULT) >= 0:
        n, status = read_packets(
            buf, get(field, F_RESULT), end, dst, dst_stop, False, rtt, n, counts
        )
        return n, status, 0, 0
    if get(field, F_MIN) < 0:
        return n, codes.ODD_STATUS, 0, 0
    behind, value = read_number(buf, get(field, F_MIN), end)
    if behind < 0 or not codes.MIN_RTT_MS <= value <= codes.MAX_RTT_MS:
        return n, codes.ODD_STATUS, 0, 0
    rtt[n] = value
    counts[codes.P_SAMPLE] += 1
    return n + 1, codes.R_USED, 0, 1


@numba.njit(cache=True, nogil=True)
def read_block(
    buf: Text,
    starts: Ints,
    stops: Ints,
    out: RecordColumns,
    rtt: npt.NDArray[np.float64],
    record: Ints,
    counts: Ints,
    work: Slots,
) -> int:
    """Read every record of a block; those left to the slow reader get `codes.ODD_STATUS`.

    Parameters
    ----------
    buf
        Text of the block.
    starts, stops
        Where each record is.
    out
        One row per record, filled.
    rtt, record
        Filled: round-trip time in ms, and number of the record, of each sample.
    counts
        Added to: number of packets by `codes.PACKET_WORDS`.
    work
        Room for `N_WORK` numbers, all zero.

    Returns
    -------
    int
        Number of samples.
    """
    n, field, habit = 0, work, Slots(work.address + 8 * N_FIELDS)
    kept = np.empty_like(counts)
    for i in range(len(starts)):
        for slot in range(N_FIELDS):
            put(field, slot, -1)
        out.status[i] = codes.ODD_STATUS
        if not read_members(buf, starts[i], stops[i], field, habit, rtt, n) or not is_plain(field):
            continue
        kept[:] = counts
        first = n
        n, status, hops, summary = read_samples(buf, stops[i], field, rtt, n, counts)
        if status == codes.ODD_STATUS:
            counts[:] = kept
            n = first
            continue
        record[first:n] = i
        out.status[i], out.time[i], out.probe[i] = status, get(field, F_TIME), get(field, F_PROBE)
        out.measurement[i], out.family[i] = get(field, F_MSM), get(field, F_AF)
        out.protocol[i], out.hops[i], out.summary[i] = get(field, F_PROTO), hops, summary
        out.dst_start[i], out.dst_stop[i] = get(field, F_DST), get(field, F_DST_STOP)
        out.dst_hash[i] = hash_bytes(buf, get(field, F_DST), get(field, F_DST_STOP))
    return n
