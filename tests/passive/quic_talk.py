"""A simulated QUIC connection whose short headers spin, count and carry a delay bit, as specified.

Both ends send at a rate of their own over four legs (client to observer, observer to server, and
back) with known least delays, and loss, jitter and reordering as asked. Spin: RFC 9000, section
17.4. Valid edge counter: draft-trammell-quic-spin-03. Delay bit: RFC 9506, section 2.2.
"""

from __future__ import annotations

import heapq
import itertools
import random

from frames import CLIENT, SERVER, T0, long, short, udp

CID, SID = b"clientid", b"serverid"
DELAYED_S = 0.001
"""An edge that is sent later than this after the packet that caused it starts the counter anew."""
T_MAX_S = 1.0


class End:
    """One end: what it received last, what it sends next."""

    def __init__(self, is_client, mode, rng):
        self.is_client, self.mode, self.rng = is_client, mode, rng
        self.highest, self.spin, self.sent_spin = -1, 0, 0
        self.counter, self.changed = 0, -10.0
        self.delay_due = False
        self.last_sample = 0.0 if is_client else None
        self.fixed = rng.getrandbits(1)

    def received(self, number, bits, time):
        spin, further = bits
        if number > self.highest:
            self.highest = number
            wanted = 1 - spin if self.is_client else spin
            if wanted != self.spin:
                self.spin, self.changed = wanted, time
                self.counter = further
        if self.mode["delay"] and further & 2:
            self.delay_due, self.last_sample = True, time

    def sends(self, time):
        """Spin and the two further bits of a packet that leaves now."""
        if self.mode["spin"] == "random":
            return self.rng.getrandbits(1), self.rng.getrandbits(2)
        if self.mode["spin"] == "constant":
            return self.fixed, self.rng.getrandbits(2)
        further = self.rng.getrandbits(2) if self.mode["protected"] else 0
        if self.spin != self.sent_spin:
            self.sent_spin = self.spin
            if self.mode["vec"]:
                late = time - self.changed > DELAYED_S
                further = 1 if late else min(3, self.counter + 1)
        if self.mode["delay"]:
            lost = self.is_client and time - self.last_sample > T_MAX_S
            if self.delay_due or lost:
                self.delay_due, further = False, 2
                self.last_sample = time
        return self.spin, further


def talk(*, client_ms=5.0, server_ms=36.0, seconds=4.0, every_ms=(2.0, 2.0), loss=0.0, jitter_ms=0.0,
         swap=0.0, swap_ms=5.0, dropped=0.0, seed=1, spin="spin", server_spin=None, vec=False,
         delay=False, protected=True, handshake=True, one_way=None, start=T0):  # fmt: skip
    """Frames that an observer sees.

    ``client_ms`` and ``server_ms`` are the least round-trip times of the halves; ``swap`` is the share
    of packets that come up to ``swap_ms`` later on a leg, past others; ``dropped`` the share that the
    capture misses; ``one_way`` 0 or 1 shows that direction alone.
    """
    rng = random.Random(seed)
    mode = {"spin": spin, "vec": vec, "delay": delay, "protected": protected and not (vec or delay)}
    other = {**mode, "spin": server_spin or spin}
    ends = (End(True, mode, rng), End(False, other, rng))
    leg = (client_ms / 2e3, server_ms / 2e3)
    frames, order, queue, numbers = [], itertools.count(), [], [0, 0]
    begin = (client_ms + server_ms) / 1e3
    if handshake:
        frames += opening(*leg, start)
    for side in (0, 1):
        heapq.heappush(queue, (begin + leg[side] * 0.7, next(order), "send", side, None))

    def travel(time, part):
        """Arrival after a leg, or None."""
        if rng.random() < loss:
            return None
        more = rng.random() * jitter_ms / 1e3
        if rng.random() < swap:
            more += rng.random() * swap_ms / 1e3
        return time + leg[part] + more

    while queue:
        time, _, what, side, packet = heapq.heappop(queue)
        if what == "send":
            if time > begin + seconds:
                continue
            bits = ends[side].sends(time)
            sent = numbers[side], bits
            numbers[side] += 1
            seen = travel(time, side)
            if seen is not None:
                heapq.heappush(queue, (seen, next(order), "seen", side, sent))
            gap = every_ms[side] / 1e3 * (0.2 + 1.6 * rng.random())
            heapq.heappush(queue, (time + gap, next(order), "send", side, None))
        elif what == "seen":
            if rng.random() >= dropped and one_way in (None, side):
                frames.append((start + time, framed(side, packet[1])))
            there = travel(time, 1 - side)
            if there is not None:
                heapq.heappush(queue, (there, next(order), "there", side, packet))
        else:
            ends[1 - side].received(*packet, time)
    return frames


def framed(side, bits):
    spin, further = bits
    if side == 0:
        return udp(CLIENT, SERVER, 55000, 443, short(SID, spin, further))
    return udp(SERVER, CLIENT, 443, 55000, short(CID, spin, further))


def opening(client_leg, server_leg, start=T0, *, first_id=b"firstone"):
    """Initial, the server's answer, the client's Handshake packet."""
    answer = start + 2 * server_leg
    return [
        (start, udp(CLIENT, SERVER, 55000, 443, long(0, first_id, CID))),
        (answer, udp(SERVER, CLIENT, 443, 55000, long(0, CID, SID, 300) + long(2, CID, SID, 800))),
        (answer + 2 * client_leg, udp(CLIENT, SERVER, 55000, 443, long(2, SID, CID, 90))),
    ]
