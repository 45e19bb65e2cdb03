"""Measure RTT under stepped load on a testbed of network namespaces on this one machine.

::

    sudo .venv/bin/python tools/measure_load.py --name run-1

A download server reaches a home network through a token bucket of 30 Mbit/s with an oversized
buffer (Linux ``tbf``). Two vantage points, about 20 and 285 ms away, ping the home ten times a
second while rate-limited downloads follow the schedule published for 17 October 2017 in real
time: some eleven minutes. Real packets wait in a real queue; only the distance is emulated, by
`load_relay.py`. Nothing leaves the namespaces, and they are removed whatever happens.

Needs root, Debian's ``iproute2`` and ``iputils-ping``, and says so in one line (exit code 2).
The logs go to ``data/load/``; the kept ones serve wherever this cannot run.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from rttgeo.load.schedule import PUBLISHED, Step
from rttgeo.machine.files import write_atomically, write_json

HERE = Path(__file__).resolve().parent
DATA = HERE.parent / "data" / "load"
LINK_MBIT_S = 30
BUFFER_BYTES = 8_000_000
WINDOW_BYTES = 4_500_000
VANTAGES = {"near": 20.0, "far": 285.0}
# What a shared cable uplink adds: a gamma of mean 4 ms and deviation 2.5 ms, never below 0.
JITTER_SHAPE, JITTER_SCALE_MS = 2.5, 1.6
LEAD_S, TAIL_S, GAP_S = 50, 47, 10
PREFIX = "rttgeo-load-"
NETWORKS = {"near": "192.0.2", "far": "198.51.100", "server": "203.0.113"}
HOME_NETWORK = "10.77.0"


class CannotMeasureError(Exception):
    """What the testbed needs and this machine lacks."""


def run(*words: str) -> None:
    """Run one command; what it complains about becomes the message."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotMeasureError(f"`{' '.join(words)}` failed: {done.stderr.strip()}")


def inside(room: str, *words: str) -> list[str]:
    """The command that runs a command inside one of the namespaces."""
    return ["ip", "netns", "exec", PREFIX + room, *words]


def check_machine() -> None:
    """Raise with one line when something is missing."""
    if os.geteuid():
        raise CannotMeasureError("making network namespaces needs root")
    for tool, package in (("ip", "iproute2"), ("tc", "iproute2"), ("ping", "iputils-ping")):
        if not shutil.which(tool):
            raise CannotMeasureError(f"`{tool}` is not there; Debian's package is {package}")
    if not Path("/dev/net/tun").exists():
        raise CannotMeasureError("the kernel has no TUN devices (/dev/net/tun)")


def remove_rooms() -> None:
    """Remove our namespaces, and with them their devices and routes."""
    for room in ("server", "near", "far", "router", "home"):
        subprocess.run(["ip", "netns", "del", PREFIX + room], capture_output=True, check=False)


def join(room: str, device: str, network: str, router_device: str) -> None:
    """Connect a room to the router by a pair of virtual Ethernet devices."""
    run("ip", "link", "add", device, "netns", PREFIX + room, "mtu", "1500", "type", "veth",
        "peer", "name", router_device, "netns", PREFIX + "router")  # fmt: skip
    for where, name, host in ((room, device, 2), ("router", router_device, 1)):
        # Without this the sender hands over 64 kB "packets" and the queue is counted in those.
        run("ip", "-n", PREFIX + where, "link", "set", name, "gso_max_segs", "1", "up")
        run("ip", "-n", PREFIX + where, "addr", "add", f"{network}.{host}/24", "dev", name)
    run("ip", "-n", PREFIX + room, "route", "add", "default", "via", f"{network}.1")


@contextlib.contextmanager
def testbed(seed: int, congestion: str) -> Iterator[None]:
    """Build the namespaces, the bottleneck and the delay lines; remove all of it afterwards."""
    existing = subprocess.run(["ip", "netns"], capture_output=True, text=True, check=True).stdout
    if PREFIX in existing:
        raise CannotMeasureError("a measurement is running, or was killed: see --clean")
    with contextlib.ExitStack() as stack:
        stack.callback(remove_rooms)
        for room in ("server", "near", "far", "router", "home"):
            run("ip", "netns", "add", PREFIX + room)
        join("server", "uplink", NETWORKS["server"], "server")
        join("home", "cable", HOME_NETWORK, "home")
        run(*inside("router", "sysctl", "-qw", "net.ipv4.ip_forward=1"))
        run(*inside("home", "sysctl", "-qw", f"net.ipv4.tcp_rmem=4096 131072 {WINDOW_BYTES}"))
        run(*inside("server", "sysctl", "-qw", f"net.ipv4.tcp_wmem=4096 65536 {2 * WINDOW_BYTES}"))
        run(*inside("server", "sysctl", "-qw", f"net.ipv4.tcp_congestion_control={congestion}"))
        run("tc", "-n", PREFIX + "router", "qdisc", "add", "dev", "home", "root", "tbf", "rate",
            f"{LINK_MBIT_S}mbit", "burst", "16kb", "limit", str(BUFFER_BYTES))  # fmt: skip
        lay_lines(stack, seed)
        start(stack, inside("server", sys.executable, str(HERE / "load_download.py"), "serve",
                            f"{NETWORKS['server']}.2"))  # fmt: skip
        yield


def lay_lines(stack: contextlib.ExitStack, seed: int) -> None:
    """Connect the vantage points through the relay."""
    lines = [
        {
            "namespace": PREFIX + room, "device": "far-end",
            "router": PREFIX + "router", "router_device": room,
            "rtt_ms": rtt_ms, "jitter_shape": JITTER_SHAPE, "jitter_scale_ms": JITTER_SCALE_MS,
        }
        for room, rtt_ms in VANTAGES.items()
    ]  # fmt: skip
    plan = json.dumps({"seed": seed, "lines": lines})
    start(stack, [sys.executable, str(HERE / "load_relay.py"), plan])
    for room in VANTAGES:
        network = NETWORKS[room]
        for where, name, host in ((room, "far-end", 2), ("router", room, 1)):
            run("ip", "-n", PREFIX + where, "addr", "add", f"{network}.{host}/24", "dev", name)
            run("ip", "-n", PREFIX + where, "link", "set", name, "up")
        run("ip", "-n", PREFIX + room, "route", "add", "default", "via", f"{network}.1")


def start(stack: contextlib.ExitStack, words: list[str]) -> None:
    """Start a helper, wait until it says that it is ready, end it when the testbed ends."""
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)

    def end() -> None:
        process.kill()
        process.wait()

    stack.callback(end)
    if process.stdout is None or process.stdout.readline().strip() != "ready":
        raise CannotMeasureError(f"`{Path(words[-2]).name}` did not start")


@contextlib.contextmanager
def pings(folder: Path) -> Iterator[None]:
    """Ping the home from every vantage point, ten times a second, into ``<vantage>.log``."""
    with contextlib.ExitStack() as stack:
        running = []
        for room in VANTAGES:
            log = stack.enter_context((folder / f"{room}.log").open("wb"))
            words = inside(room, "ping", "-D", "-n", "-i", "0.1", f"{HOME_NETWORK}.2")
            running.append(subprocess.Popen(words, stdout=log, env={**os.environ, "LC_ALL": "C"}))
            stack.callback(running[-1].wait)
            # As a Ctrl-C would, so that ping still writes its summary.
            stack.callback(running[-1].send_signal, signal.SIGINT)
        yield


def follow(steps: tuple[Step, ...], speed: float) -> list[dict[str, object]]:
    """Run the schedule from now on; what was downloaded when, by the client's own clock."""
    began = time.time()
    done: list[dict[str, object]] = []
    for step in steps:
        time.sleep(max(began + step.start_s / speed - time.time(), 0))
        if step.kind == "idle":
            continue
        stop_at = began + (step.stop_s - GAP_S) / speed
        words = inside("home", sys.executable, str(HERE / "load_download.py"), "download",
                       f"{NETWORKS['server']}.2", str(step.rate_bytes_s), str(stop_at))  # fmt: skip
        said = subprocess.run(words, capture_output=True, text=True, check=False)
        if said.returncode:
            raise CannotMeasureError(f"a download failed: {said.stderr.strip()[-200:]}")
        done.append({"label": step.label, **json.loads(said.stdout)})
        print(f"{step.label}: {done[-1]}", file=sys.stderr, flush=True)
    return done


def measure(name: str, folder: Path, seed: int, speed: float, congestion: str) -> None:
    """One run: logs and a description, all moved into place at the end."""
    work = folder / f".{name}.part"
    work.mkdir(parents=True, exist_ok=True)
    try:
        with testbed(seed, congestion), pings(work):
            time.sleep(LEAD_S / speed)
            downloads = follow(PUBLISHED, speed)
            time.sleep((GAP_S + TAIL_S) / speed)
        for room in VANTAGES:
            packed = gzip.compress((work / f"{room}.log").read_bytes(), 9, mtime=0)
            write_atomically(folder / f"{name}.{room}.log.gz", packed)
        write_json(folder / f"{name}.meta.json", description(name, seed, congestion, downloads))
    finally:
        shutil.rmtree(work, ignore_errors=True)


def description(
    name: str, seed: int, congestion: str, downloads: list[dict[str, object]]
) -> dict[str, object]:
    """What was done, as it is kept beside the logs."""
    version = subprocess.run(["ping", "-V"], capture_output=True, text=True, check=False).stdout
    return {
        "name": name,
        "kind": "measured",
        "source": "our own testbed of network namespaces on one machine; not the Internet",
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "licence": "BSD-3-Clause",
        "made_by": "tools/measure_load.py",
        "kernel": f"{platform.system()} {re.match(r'[0-9.]+', platform.release())[0].rstrip('.')}",
        "ping": version.strip(),
        "link_mbit_s": LINK_MBIT_S,
        "bottleneck": f"Linux tbf, burst 16 kB, buffer {BUFFER_BYTES:,} bytes",
        "congestion_control": congestion,
        "tcp_window_bytes": WINDOW_BYTES,
        "ping_interval_s": 0.1,
        "emulated": "distance: a relay in user space holds each ping packet for half the path's "
        "round trip each way, and on the way back a random share more (gamma)",
        "path_rtt_ms": VANTAGES,
        "jitter_gamma_shape": JITTER_SHAPE,
        "jitter_gamma_scale_ms": JITTER_SCALE_MS,
        "seed": seed,
        "schedule": "published for 2017-10-17, in real time; a download stops 10 s before the next",
        "rate_limit": "the client reads its share every 1.5 s",
        "downloads": downloads,
    }


def main() -> int:
    """Measure once; 2 when this machine cannot."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--name", default="run-1", help="start of the files' names")
    parser.add_argument("--out", type=Path, default=DATA, help="folder to write into")
    parser.add_argument("--seed", type=int, default=1, help="of the paths' jitter")
    parser.add_argument("--congestion", default="reno", help="control of the downloads' sender")
    parser.add_argument("--speed", type=float, default=1.0, help="above 1 only to try the script")
    parser.add_argument("--clean", action="store_true", help="remove what a killed run left")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        check_machine()
        if given.clean:
            remove_rooms()
        else:
            measure(given.name, given.out, given.seed, given.speed, given.congestion)
    except CannotMeasureError as error:
        print(f"{error}; the logs kept in data/load serve instead", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
