"""Members of the top level of a RIPE Atlas record, with a memory of the record before.

A part of the byte scanner; see `rttgeo.atlas.scanner.scan` for what it promises. Functions marked
``inline`` are called once per member: handing each of them the arrays took a fifth of all the time.
"""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from rttgeo.atlas.scanner.fields import (
    F_ADDR,
    F_DST,
    F_RESULT,
    N_FIELDS,
    UNEXPECTED,
    UNUSED,
    read_field,
    slot_of,
    slot_of_long,
)
from rttgeo.atlas.scanner.scan import read_key, same_text, skip_space
from rttgeo.atlas.scanner.tokens import CLOSE_OBJECT, COLON, COMMA, OPEN_OBJECT
from rttgeo.atlas.scanner.words import Slots, Text, byte_at, get, put

# What is remembered of each member of the record before: where it stood, length of its key,
# its slot, length with value and comma (0 if it keeps changing), what was read, and how often
# it was another of late.
H_START, H_KEY, H_SLOT, H_LENGTH, H_VALUE, H_STOP, H_MISSES = 0, 1, 2, 3, 4, 5, 6
N_HABITS, MAX_MISSES = 7, 16
MAX_MEMBERS = 64
N_WORK = N_FIELDS + MAX_MEMBERS * N_HABITS


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
    """Read all members of a record's top level.

    Records of a file look alike: the same keys in the same order, and most members even with
    the same value. So ``habit`` remembers those of the record before, and what is the same
    takes a comparison or two, not a reading.

    Parameters
    ----------
    buf
        Text of the block.
    pos
        Where the record begins.
    end
        Where the record ends.
    field
        What the top level says, by ``F_…``; filled.
    habit
        What the members of the record before were, by ``H_…``; kept up to date.
    rtt
        Filled from ``n`` on: round-trip times, ms.
    n
        How many samples there are already.

    Returns
    -------
    bool
        False for an odd record, which the slow reader must have.
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
    """Take over a member that is the same as in the record before.

    Parameters
    ----------
    place
        Which member of the record, from 0.
    field
        What the top level says, by ``F_…``; filled.
    habit
        What the members of the record before were, by ``H_…``; kept up to date.

    Returns
    -------
    bool
        False if the record has that field already.
    """
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
    """Read one member, and remember it.

    Parameters
    ----------
    buf
        Text of the block.
    pos
        Where the member begins.
    end
        Where the record ends.
    place
        Which member of the record, from 0.
    field
        What the top level says, by ``F_…``; filled.
    habit
        What the members of the record before were, by ``H_…``; kept up to date.
    rtt
        Filled from ``n`` on: round-trip times, ms.
    n
        How many samples there are already.

    Returns
    -------
    int
        Position behind it, or odd (negative).
    """
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
