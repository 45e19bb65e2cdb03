"""Whole blocks of RIPE Atlas records through the byte scanner of `rttgeo.atlas.scan`.

Functions marked ``inline`` are called once a member: handing each of them the arrays took a
fifth of all the time.
"""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from rttgeo.atlas import codes
from rttgeo.atlas.packets import find_hop, read_packets, read_plain_packets
from rttgeo.atlas.scan import (
    CLOSE_OBJECT,
    COLON,
    COMMA,
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
    OPEN_OBJECT,
    QUOTE,
    V_ICMP,
    V_PING,
    V_TCP,
    V_TRACE,
    V_UDP,
    Ints,
    RecordColumns,
    hash_bytes,
    read_integer,
    read_key,
    read_number,
    read_text,
    same_text,
    skip_member,
    skip_space,
    skip_string,
    skip_value,
)
from rttgeo.atlas.words import Slots, Text, byte_at, get, put

# Places of what the top level of a record says, in the small work array of one record.
F_FW, F_PROBE, F_MSM, F_TIME, F_AF, F_PROTO, F_KIND = 0, 1, 2, 3, 4, 5, 6
F_DST, F_DST_STOP, F_RESULT, F_LAST, F_ADDR, F_ADDR_STOP, F_MIN = 7, 8, 9, 10, 11, 12, 13
F_PLAIN, N_FIELDS = 14, 15
# What is remembered of each member of the record before: where it stood, length of its key,
# its slot, length with value and comma (0 if it keeps changing), what was read, and how often
# it was another of late.
H_START, H_KEY, H_SLOT, H_LENGTH, H_VALUE, H_STOP, H_MISSES = 0, 1, 2, 3, 4, 5, 6
N_HABITS, MAX_MISSES = 7, 16
UNUSED, UNEXPECTED = -1, -2
MAX_MEMBERS = 64
N_WORK = N_FIELDS + MAX_MEMBERS * N_HABITS
LAST_OF_DST_ADDR, LETTER_M, LETTER_P = 114, 109, 112  # r, m, p
LETTER_U, LETTER_T, LETTER_E = 117, 116, 101
PING, TRACEROUTE = 1, 2
FIRST_MODERN_FIRMWARE = 4460


@numba.njit(cache=True)
def slot_of(key: int, length: int) -> int:
    """Which field a key of the top level is: one of ``F_…``, `UNUSED` or `UNEXPECTED`."""
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
    """Do the same for keys that do not fit into one integer."""
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
    """Read the value of one field of the top level; position behind it, or odd."""
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
    """Step over a result; its samples are read on the way if it is a plain one."""
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
    """Whether a text ends as ``traceroute`` does behind its seventh letter."""
    return (
        byte_at(buf, behind - 4) == LETTER_U
        and byte_at(buf, behind - 3) == LETTER_T
        and byte_at(buf, behind - 2) == LETTER_E
    )


@numba.njit(cache=True, inline="always")
def read_kind(buf: Text, pos: int, end: int, field: Slots) -> int:
    """Read the value of ``type``; only ping and traceroute are expected."""
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
    """Read the value of ``proto``."""
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


@numba.njit(cache=True)
def read_members(
    buf: Text,
    pos: int,
    end: int,
    field: Slots,
    habit: Slots,
    rtt: npt.NDArray[np.float64],
    n: int,
) -> bool:
    """Read all members of a record's top level; False is odd.

    Records of a file look alike: the same keys in the same order, and most members even with
    the same value. So ``habit`` remembers those of the record before, and what is the same
    takes a comparison or two, not a reading.
    """
    pos = skip_space(buf, pos, end)
    if pos >= end or byte_at(buf, pos) != OPEN_OBJECT:
        return False
    pos = skip_space(buf, pos + 1, end)
    for place in range(MAX_MEMBERS):
        whole = get(habit, N_HABITS * place + H_LENGTH)
        if whole > 0 and same_text(buf, pos, end, get(habit, N_HABITS * place + H_START), whole):
            if not recall(place, field, habit):
                return False
            pos = skip_space(buf, pos + whole, end)
            continue
        pos = read_member(buf, pos, end, place, field, habit, rtt, n)
        if pos < 0:
            return False
        pos = skip_space(buf, pos, end)
        if pos >= end:
            return False
        if byte_at(buf, pos) == CLOSE_OBJECT:
            return skip_space(buf, pos + 1, end) == end
        if byte_at(buf, pos) != COMMA:
            return False
        pos = skip_space(buf, pos + 1, end)
    return False


@numba.njit(cache=True, inline="always")
def recall(place: int, field: Slots, habit: Slots) -> bool:
    """Take over a member that is the same as in the record before; False if it came twice."""
    slot = get(habit, N_HABITS * place + H_SLOT)
    if get(habit, N_HABITS * place + H_MISSES) > 0:
        put(habit, N_HABITS * place + H_MISSES, get(habit, N_HABITS * place + H_MISSES) - 1)
    if slot == UNUSED:
        return True
    if get(field, slot) >= 0:
        return False
    put(field, slot, get(habit, N_HABITS * place + H_VALUE))
    if slot == F_DST or slot == F_ADDR:
        put(field, slot + 1, get(habit, N_HABITS * place + H_STOP))
    return True


@numba.njit(cache=True, inline="always")
def read_member(
    buf: Text,
    pos: int,
    end: int,
    place: int,
    field: Slots,
    habit: Slots,
    rtt: npt.NDArray[np.float64],
    n: int,
) -> int:
    """Read one member, and remember it; position behind it, or odd."""
    start, length = pos, get(habit, N_HABITS * place + H_KEY)
    if length > 0 and same_text(buf, pos, end, get(habit, N_HABITS * place + H_START), length + 3):
        slot = get(habit, N_HABITS * place + H_SLOT)
        pos = skip_space(buf, pos + length + 3, end)
    else:
        pos, key, length = read_key(buf, pos, end)
        if pos < 0:
            return -1
        slot = slot_of(key, length) if length < 8 else slot_of_long(buf, start, key, length)
        put(habit, N_HABITS * place + H_MISSES, 0)
    if pos >= end:
        return -1
    pos = read_field(buf, pos, end, slot, field, rtt, n)
    # A key with space before its colon is not remembered, and no result.
    plain = start + length + 3 <= end and byte_at(buf, start + length + 2) == COLON
    put(habit, N_HABITS * place + H_START, start)
    put(habit, N_HABITS * place + H_SLOT, slot)
    put(habit, N_HABITS * place + H_KEY, length if plain else 0)
    put(habit, N_HABITS * place + H_LENGTH, 0)
    steady = plain and slot != F_RESULT and slot != UNEXPECTED
    if (
        0 < pos < end
        and byte_at(buf, pos) == COMMA
        and steady
        and get(habit, N_HABITS * place + H_MISSES) < MAX_MISSES
    ):
        put(habit, N_HABITS * place + H_LENGTH, pos + 1 - start)
        put(habit, N_HABITS * place + H_MISSES, get(habit, N_HABITS * place + H_MISSES) + 1)
        if slot >= 0:
            put(habit, N_HABITS * place + H_VALUE, get(field, slot))
            put(habit, N_HABITS * place + H_STOP, get(field, slot + 1))
    return pos


@numba.njit(cache=True)
def is_plain(field: Slots) -> bool:
    """Whether a record has all that the fast way needs, of a modern firmware."""
    if get(field, F_DST) < 0:
        put(field, F_DST, get(field, F_ADDR))
        put(field, F_DST_STOP, get(field, F_ADDR_STOP))
    for slot in range(F_DST + 1):
        if get(field, slot) < 0:
            return False
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
    """Samples of a record whose top level is known: ``(n, status, hops, is summary)``."""
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
        One row a record, filled.
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
