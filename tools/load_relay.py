"""Delay lines between network namespaces: packets of a TUN device leave another one later.

A helper of `measure_load.py`, for kernels without netem. One process holds both ends of every
line; each packet waits half the line's round trip in either direction, and on its way back a
random share more, as on a shared cable uplink. Packets keep their order.
"""

from __future__ import annotations

import ctypes
import fcntl
import heapq
import json
import os
import random
import selectors
import struct
import sys
import time
from pathlib import Path
from typing import NamedTuple

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
CLONE_NEWNET = 0x40000000
PACKET = 65536


class Line(NamedTuple):
    """One direction of a delay line, from file descriptor ``source`` to ``sink``."""

    source: int
    sink: int
    delay_s: float
    shape: float
    scale_s: float


def open_tun(namespace: str, device: str) -> int:
    """Open a TUN device inside a namespace; the file descriptor works from outside too."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path(f"/run/netns/{namespace}").open() as inside:
        if libc.setns(inside.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"cannot enter the namespace {namespace}")
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TUN | IFF_NO_PI))
    return tun


def lines_of(plan: list[dict]) -> list[Line]:
    """Two lines, there and back, for every entry of the plan."""
    lines = []
    for entry in plan:
        far = open_tun(entry["namespace"], entry["device"])
        near = open_tun(entry["router"], entry["router_device"])
        half_s = entry["rtt_ms"] / 2000
        jitter = entry["jitter_shape"], entry["jitter_scale_ms"] / 1000
        lines += [Line(far, near, half_s, 1.0, 0.0), Line(near, far, half_s, *jitter)]
    return lines


def relay(lines: list[Line], seed: int) -> None:
    """Pass packets on until the process is ended."""
    draw = random.Random(seed)
    selector = selectors.DefaultSelector()
    for line in lines:
        selector.register(line.source, selectors.EVENT_READ, line)
    waiting: list[tuple[float, int, int, bytes]] = []
    last = dict.fromkeys((line.sink for line in lines), 0.0)
    number = 0
    while True:
        pause = max(waiting[0][0] - time.monotonic(), 0) if waiting else None
        for key, _ in selector.select(pause):
            line = key.data
            packet = os.read(line.source, PACKET)
            wait_s = line.delay_s
            if line.scale_s:
                wait_s += draw.gammavariate(line.shape, line.scale_s)
            due = max(time.monotonic() + wait_s, last[line.sink])
            last[line.sink] = due
            number += 1
            heapq.heappush(waiting, (due, number, line.sink, packet))
        while waiting and waiting[0][0] <= time.monotonic():
            _, _, sink, packet = heapq.heappop(waiting)
            # A device that is down has no one to hand the packet to: like any lost packet.
            try:
                os.write(sink, packet)
            except OSError:
                continue


def main() -> None:
    """Read the plan (JSON) from the first argument; say "ready" when the devices are there."""
    plan = json.loads(sys.argv[1])
    lines = lines_of(plan["lines"])
    # Late packets would be taken for a queue: go before what else the machine does.
    os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    print("ready", flush=True)
    relay(lines, plan["seed"])


if __name__ == "__main__":
    main()
