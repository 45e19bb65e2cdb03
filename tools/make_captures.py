"""Captures of real stacks over paths whose delays are known: what `data/captures` holds.

    python tools/make_captures.py data/captures [seconds of each, 6 by default]

QUIC: two connections of aioquic talk over a simulated path in simulated time, so that delays are
exact and the machine's load is not in them. The stack spins as it is; a stack built to misbehave
sets the bit at random, at one end or both. The valid edge counter and the delay bit are set behind
its back, in the two reserved bits that it protects, and what was there is put back before the
other end reads the packet.

TCP: two kernels' worth of Linux in network namespaces over TUN devices, with the delays in between
made by this process, which also writes the capture. It needs root; without, TCP is left out and said.

What is encrypted is blanked. Beside each capture stand what is true of its path and the stack's own
minimum (of qlog; for TCP, of ``TCP_INFO``).
"""

from __future__ import annotations

import datetime
import gzip
import heapq
import itertools
import json
import os
import random
import select
import ssl
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import StreamDataReceived
from aioquic.quic.logger import QuicLogger
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from load_relay import open_tun

from rttgeo.machine.files import write_atomically

CLIENT, SERVER = (198, 51, 100, 7), (203, 0, 113, 9)
PORTS = (55000, 4433)
START = 1_750_000_000.0
KEPT_BYTES = 160
DELAYED_S, T_MAX_S = 0.001, 1.0


class Route(NamedTuple):
    """A path: least round trips of its halves, and what happens to packets on each leg."""

    client_ms: float = 5.0
    server_ms: float = 36.0
    jitter_ms: float = 0.0
    loss: float = 0.0
    late: float = 0.0
    late_ms: float = 4.0

    def travel(self, rng: random.Random, half: int) -> float | None:
        """Seconds that a packet takes over a leg; None if it is lost."""
        if rng.random() < self.loss:
            return None
        more = rng.random() * self.jitter_ms
        if rng.random() < self.late:
            more += rng.random() * self.late_ms
        return ((self.client_ms, self.server_ms)[half] / 2 + more) / 1e3


PATHS = {
    "clean": Route(),
    "jitter": Route(jitter_ms=2.0),
    "reordered": Route(jitter_ms=0.5, late=0.05, late_ms=8.0),
    "lossy": Route(jitter_ms=0.5, loss=0.01, late=0.02),
}
QUIC_KINDS = ("vec", "delay", "random-client", "random-both")


class RandomSpin(QuicConnection):
    """A stack that misbehaves: its spin bit is drawn anew for every packet."""

    draw = random.Random(7)

    @property
    def _spin_bit(self) -> bool:
        return bool(self.draw.getrandbits(1))

    @_spin_bit.setter
    def _spin_bit(self, value: bool) -> None:
        pass


class Marks:
    """What an end puts into the reserved bits, by what it received last."""

    def __init__(self, client: bool, kind: str) -> None:
        self.client, self.kind = client, kind
        self.highest, self.counter, self.changed, self.seen = -1, 0, -10.0, -1
        self.sent, self.due, self.last = 0, False, 0.0

    def received(self, number: int, first: int, time: float) -> None:
        """Take in the first byte of a packet."""
        spin, further = first >> 5 & 1, first >> 3 & 3
        if number > self.highest:
            self.highest = number
            if spin != self.seen:
                self.seen, self.changed, self.counter = spin, time, further
        if self.kind == "delay" and further & 2:
            self.due, self.last = True, time

    def sends(self, first: int, time: float) -> int:
        """First byte of a packet that leaves, with the reserved bits set."""
        spin, further = first >> 5 & 1, 0
        if self.kind == "vec" and spin != self.sent:
            further = 1 if time - self.changed > DELAYED_S else min(3, self.counter + 1)
        self.sent = spin
        if self.kind == "delay" and (self.due or (self.client and time - self.last > T_MAX_S)):
            further, self.due, self.last = 2, False, time
        return first & ~0x18 | further << 3


def certificate(folder: Path) -> tuple[str, str]:
    """A certificate that nobody checks."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "example.net")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=2))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    write_atomically(folder / "cert.pem", made.public_bytes(serialization.Encoding.PEM))
    write_atomically(
        folder / "key.pem",
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )
    return str(folder / "cert.pem"), str(folder / "key.pem")


def frame(side: int, payload: bytes) -> bytes:
    """An Ethernet frame of a datagram, what is encrypted blanked."""
    long = payload[0] & 0x80
    clear = 118 if long else 9
    kept = payload[:clear] + bytes(max(len(payload) - clear, 0))
    ends = (CLIENT, SERVER) if side == 0 else (SERVER, CLIENT)
    ports = PORTS if side == 0 else PORTS[::-1]
    udp = struct.pack(">HHHH", *ports, 8 + len(kept), 0) + kept
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 60, 17, 0)
    return b"\x02" * 12 + b"\x08\x00" + head + bytes(ends[0]) + bytes(ends[1]) + udp


def quic(path: Route, kind: str, *, seconds: float = 6.0, seed: int = 1):
    """Frames at the observer, and the qlog of the client: requests of 20 kB, and a download."""
    rng, log = random.Random(seed), QuicLogger()
    folder = Path(tempfile.mkdtemp())
    near = QuicConfiguration(is_client=True, alpn_protocols=["x"], quic_logger=log)
    near.verify_mode = ssl.CERT_NONE
    far = QuicConfiguration(is_client=False, alpn_protocols=["x"])
    far.load_cert_chain(*certificate(folder))
    client_type = RandomSpin if kind.startswith("random") else QuicConnection
    server_type = RandomSpin if kind == "random-both" else QuicConnection
    client = client_type(configuration=near)
    ends = [client, None]
    marks = [Marks(True, kind), Marks(False, kind)]
    frames, queue, order, hidden, numbers = [], [], itertools.count(), {}, [0, 0]
    addresses = (("198.51.100.7", PORTS[0]), ("203.0.113.9", PORTS[1]))

    def push(time, what, *rest):
        heapq.heappush(queue, (time, next(order), what, *rest))

    def flush(side, time):
        end = ends[side]
        for payload, _ in end.datagrams_to_send(now=time):
            number, data = next(order), payload
            if not payload[0] & 0x80 and kind in ("vec", "delay"):
                hidden[number] = payload[0]
                data = bytes([marks[side].sends(payload[0], time)]) + payload[1:]
            numbers[side] += 1
            leg = path.travel(rng, side)
            if leg is not None:
                push(time + leg, "seen", side, number, numbers[side], data)
        if (timer := end.get_timer()) is not None:
            push(max(timer, time), "timer", side)

    def events(side, time):
        while (event := ends[side].next_event()) is not None:
            if side == 1 and isinstance(event, StreamDataReceived) and event.end_stream:
                ends[1].send_stream_data(event.stream_id, bytes(20_000), end_stream=True)

    client.connect(addresses[1], now=START)
    flush(0, START)
    push(START + 0.3, "ask")
    while queue and queue[0][0] < START + seconds:
        time, _, what, *rest = heapq.heappop(queue)
        if what == "ask":
            stream = client.get_next_available_stream_id()
            client.send_stream_data(stream, bytes(3000), end_stream=True)
            flush(0, time)
            push(time + 0.02 + 0.06 * rng.random(), "ask")
        elif what == "timer":
            (side,) = rest
            if ends[side].get_timer() is not None and ends[side].get_timer() <= time:
                ends[side].handle_timer(now=time)
                events(side, time)
                flush(side, time)
        elif what == "seen":
            side, number, count, data = rest
            frames.append((time, frame(side, data)))
            leg = path.travel(rng, 1 - side)
            if leg is not None:
                push(time + leg, "there", *rest)
        else:
            side, number, count, data = rest
            to = 1 - side
            if number in hidden:
                marks[to].received(count, data[0], time)
                data = bytes([hidden.pop(number)]) + data[1:]
            if ends[to] is None:
                # The id that the client made up for the server is its first packet's.
                first_id = data[6 : 6 + data[5]]
                ends[1] = server_type(
                    configuration=far, original_destination_connection_id=first_id
                )
            ends[to].receive_datagram(data, addresses[side], now=time)
            events(to, time)
            flush(to, time)
    return frames, log.to_dict()


SERVE = """
import socket
with socket.create_server(("10.99.0.2", 8080)) as door:
    talk, _ = door.accept()
    with talk:
        got = 0
        while data := talk.recv(65536):
            got += len(data)
            while got >= 3000:
                got -= 3000
                talk.sendall(bytes(20000))
"""
ASK = """
import random, socket, struct, sys, time
draw = random.Random(1)
with socket.create_connection(("10.99.0.2", 8080)) as talk:
    until = time.monotonic() + float(sys.argv[1])
    while time.monotonic() < until:
        talk.sendall(bytes(3000))
        left = 20000
        while left:
            left -= len(talk.recv(left))
        time.sleep(0.02 + 0.06 * draw.random())
    info = talk.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192)
    # tcpi_min_rtt of linux/tcp.h, microseconds.
    print(struct.unpack_from("I", info, 148)[0])
"""


def tcp(path: Route, *, seconds: float = 6.0, seed: int = 1):
    """Frames at the observer between two namespaces, and the client kernel's own minimum in ms."""
    names = ("rttgeo-a", "rttgeo-b")
    for name in names:
        subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        devices = [open_tun(name, "tun0") for name in names]
        for name, last in zip(names, (1, 2), strict=True):
            within = ["ip", "-n", name]
            subprocess.run(
                [*within, "addr", "add", f"10.99.0.{last}/24", "dev", "tun0"], check=True
            )
            subprocess.run([*within, "link", "set", "tun0", "mtu", "1400", "up"], check=True)
        run = ["ip", "netns", "exec"]
        server = subprocess.Popen([*run, names[1], sys.executable, "-c", SERVE])
        time.sleep(1)
        client = subprocess.Popen(
            [*run, names[0], sys.executable, "-c", ASK, str(seconds)], stdout=subprocess.PIPE
        )
        try:
            frames = carry(devices, path, client, random.Random(seed))
            return frames, int(client.communicate()[0]) / 1e3
        finally:
            client.kill()
            server.kill()
            for device in devices:
                os.close(device)
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], check=False)


def carry(devices, path: Route, client, rng: random.Random):
    """Pass packets between two devices until the client has ended; frames as the observer sees them."""
    frames, queue, order = [], [], itertools.count()
    begin = time.monotonic()
    while client.poll() is None:
        pause = min(max(queue[0][0] - time.monotonic(), 0), 0.05) if queue else 0.05
        for device in select.select(devices, [], [], pause)[0]:
            packet, side = os.read(device, 65536), devices.index(device)
            leg = path.travel(rng, side)
            if packet[0] >> 4 == 4 and leg is not None:
                heapq.heappush(queue, (time.monotonic() + leg, next(order), "seen", side, packet))
        while queue and queue[0][0] <= (now := time.monotonic()):
            _, _, what, side, packet = heapq.heappop(queue)
            if what == "there":
                os.write(devices[1 - side], packet)
                continue
            header = (packet[0] & 15) * 4
            header += (packet[header + 12] >> 4) * 4 if packet[9] == 6 else 8
            blank = packet[:header] + bytes(len(packet) - header)
            frames.append((START + now - begin, b"\x02" * 12 + b"\x08\x00" + blank))
            leg = path.travel(rng, 1 - side)
            if leg is not None:
                heapq.heappush(queue, (now + leg, next(order), "there", side, packet))
    return frames


def pcap(frames) -> bytes:
    """A capture with nanoseconds, snapped."""
    out = [struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, KEPT_BYTES, 1)]
    for seconds, data in frames:
        ticks = round(seconds * 1e9)
        out.append(
            struct.pack("<4I", ticks // 10**9, ticks % 10**9, len(data[:KEPT_BYTES]), len(data))
        )
        out.append(data[:KEPT_BYTES])
    return b"".join(out)


def own_minimum(log: dict) -> float:
    """The stack's own minimum in ms: of qlog's ``metrics_updated``."""
    values = [
        event["data"]["min_rtt"]
        for trace in log["traces"]
        for event in trace["events"]
        if event["name"].endswith("metrics_updated") and event["data"].get("min_rtt")
    ]
    return min(values)


def keep(folder: Path, name: str, frames, truth: dict) -> None:
    """Write a capture and what is true of it."""
    write_atomically(folder / f"{name}.pcap.gz", gzip.compress(pcap(frames), 9, mtime=0))
    write_atomically(
        folder / f"{name}.json", json.dumps({"packets": len(frames), **truth}, indent=1) + "\n"
    )


def slim(log: dict) -> dict:
    """A qlog with nothing but what a reader of round-trip times needs."""
    wanted = ("latest_rtt", "min_rtt")
    for trace in log["traces"]:
        trace["events"] = [
            {**event, "data": {name: event["data"][name] for name in wanted}}
            for event in trace["events"]
            if event["name"].endswith("metrics_updated") and "latest_rtt" in event["data"]
        ]
    return log


def main() -> int:
    """Make all captures in the folder of the first argument."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 6.0
    for name, path in PATHS.items():
        for kind in QUIC_KINDS if name == "clean" else QUIC_KINDS[:2]:
            frames, log = quic(path, kind, seconds=seconds)
            truth = {
                **path._asdict(),
                "stack": "aioquic",
                "stack_min_rtt_ms": round(own_minimum(log), 3),
            }
            keep(folder, f"quic-{name}-{kind}", frames, truth)
            if (name, kind) == ("clean", "vec"):
                text = json.dumps(slim(log), separators=(",", ":"))
                write_atomically(folder / "quic-clean-vec.qlog", text + "\n")
            print(f"quic-{name}-{kind}: {len(frames)} packets", file=sys.stderr)
    if os.geteuid():
        print("TCP is left out: namespaces and TUN devices need root", file=sys.stderr)
        return 1
    for name, path in PATHS.items():
        frames, minimum_ms = tcp(path, seconds=seconds)
        truth = {**path._asdict(), "stack": "Linux", "stack_min_rtt_ms": minimum_ms}
        keep(folder, f"tcp-{name}", frames, truth)
        print(f"tcp-{name}: {len(frames)} packets", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
