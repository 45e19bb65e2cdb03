"""A writer of synthetic captures whose true delays are known: frames, files, and conversations."""

from __future__ import annotations

import gzip
import ipaddress
import struct
from collections.abc import Iterable
from pathlib import Path

CLIENT, SERVER = "198.51.100.7", "203.0.113.9"
CLIENT6, SERVER6 = "2001:db8::7", "2001:db8:1::9"
SYN, ACK, FIN, RST, PSH = 2, 16, 1, 4, 8
T0 = 1_700_000_000.0

Frame = tuple[float, bytes]
"""Time in seconds since 1970, bytes from the Ethernet header on."""


def packed(address: str) -> bytes:
    return ipaddress.ip_address(address).packed


def ip(
    source: str, destination: str, protocol: int, payload: bytes, *, ttl=60, fragment=0
) -> bytes:
    one, two = packed(source), packed(destination)
    if len(one) == 16:
        return struct.pack(">IHBB", 6 << 28, len(payload), protocol, ttl) + one + two + payload
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 1, fragment, ttl, protocol, 0)
    return head + one + two + payload


def ethernet(packet: bytes, *, tags=()) -> bytes:
    kind = 0x86DD if packet[0] >> 4 == 6 else 0x0800
    between = b"".join(struct.pack(">HH", tag, 100) for tag in tags)
    return b"\x02" * 12 + between + struct.pack(">H", kind) + packet


def tcp(source, destination, sport, dport, seq, ack, flags, size=0, *, stamp=None, sack=None, ttl=60,
        **options):  # fmt: skip
    said = b""
    if stamp is not None:
        said += b"\x01\x01\x08\x0a" + struct.pack(">II", *(one % 2**32 for one in stamp))
    if sack is not None:
        said += b"\x01\x01\x05\x0a" + struct.pack(">II", *sack)
    header = struct.pack(
        ">HHIIBBHHH",
        sport,
        dport,
        seq % 2**32,
        ack % 2**32,
        (5 + len(said) // 4) << 4,
        flags,
        9,
        0,
        0,
    )
    return ethernet(ip(source, destination, 6, header + said + bytes(size), ttl=ttl), **options)


def udp(source, destination, sport, dport, payload, *, ttl=60, **options):
    header = struct.pack(">HHHH", sport, dport, 8 + len(payload), 0)
    return ethernet(ip(source, destination, 17, header + payload, ttl=ttl), **options)


def echo(source, destination, kind, name, number, *, ttl=60):
    six = ":" in source
    body = struct.pack(">BBHHH", {8: 128, 0: 129}[kind] if six else kind, 0, 0, name, number)
    return ethernet(ip(source, destination, 58 if six else 1, body + bytes(8), ttl=ttl))


def long(kind, destination_id, source_id, size=1200, *, version=1, token=b"") -> bytes:
    """A long header of version 1: kind 0 Initial, 1 0-RTT, 2 Handshake, 3 Retry."""
    head = bytes([0xC0 | kind << 4]) + struct.pack(">I", version)
    head += bytes([len(destination_id)]) + destination_id + bytes([len(source_id)]) + source_id
    if kind == 0:
        head += bytes([len(token)]) + token
    if kind != 3:
        rest = size - len(head) - 2
        head += struct.pack(">H", 0x4000 | rest)
        head += bytes(rest)
    return head


def short(destination_id, spin, bits=0, size=60) -> bytes:
    """A short header; ``bits``: what stands in the two reserved bits."""
    return bytes([0x40 | spin << 5 | bits << 3]) + destination_id + bytes(size)


def pcap(frames: Iterable[Frame], *, link=1, nano=False, order="<", snap=262144) -> bytes:
    scale = 1_000_000_000 if nano else 1_000_000
    out = [
        struct.pack(order + "IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, snap, link)
    ]
    for time, data in frames:
        ticks = round(time * scale)
        kept = data[:snap]
        out.append(struct.pack(order + "4I", ticks // scale, ticks % scale, len(kept), len(data)))
        out.append(kept)
    return b"".join(out)


def block(kind: int, body: bytes, order="<") -> bytes:
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def pcapng(frames: Iterable[Frame], *, links=(1,), order="<", resolution=None) -> bytes:
    """Packets go to the interfaces in turn; ``resolution`` as in if_tsresol."""
    out = [block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)]
    option = b""
    ticks_a_second = 1_000_000
    if resolution is not None:
        option = struct.pack(order + "HHB3xHH", 9, 1, resolution, 0, 0)
        ticks_a_second = 2 ** (resolution & 127) if resolution & 128 else 10**resolution
    for link in links:
        out.append(block(1, struct.pack(order + "HHI", link, 0, 0) + option, order))
    for number, (time, data) in enumerate(frames):
        ticks = round(time * ticks_a_second)
        head = struct.pack(
            order + "5I", number % len(links), ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data)
        )
        out.append(block(6, head + data, order))
    return b"".join(out)


def write(path: Path, frames: Iterable[Frame], **options) -> Path:
    path.write_bytes(pcap(sorted(frames, key=lambda one: one[0]), **options))
    return path


def zipped(path: Path, content: bytes) -> Path:
    path.write_bytes(gzip.compress(content))
    return path


def tcp_talk(rtt_client_ms=5.0, rtt_server_ms=40.0, rounds=20, *, start=T0, port=50000, stamps=True,
             ends=(CLIENT, SERVER), gap_ms=0.0, size=1000):  # fmt: skip
    """A handshake and rounds of request and reply, seen by an observer between the two.

    The halves are exact: the client's side takes ``rtt_client_ms``, the server's ``rtt_server_ms``;
    ``gap_ms`` is how long the client thinks before each request.
    """
    one, two = ends
    c, s = rtt_client_ms / 1e3, rtt_server_ms / 1e3
    seq, ack, time = 1000, 900_000, start
    stamp = [1_000_000, 7_000_000]

    def said(sender):
        if not stamps:
            return None
        return stamp[sender], stamp[1 - sender]

    def frame(sender, flags, length=0, echoed=None):
        stamped = said(sender) if echoed is None else (stamp[sender], echoed)
        if sender == 0:
            return tcp(one, two, port, 80, seq, ack, flags, length, stamp=stamped)
        return tcp(two, one, 80, port, ack, seq, flags, length, stamp=stamped)

    frames = []
    frames.append(
        (time, tcp(one, two, port, 80, seq - 1, 0, SYN, stamp=(stamp[0], 0) if stamps else None))
    )
    time += s
    frames.append((time, tcp(two, one, 80, port, ack - 1, seq, SYN | ACK, stamp=said(1))))
    time += c
    frames.append((time, frame(0, ACK)))
    for _ in range(rounds):
        time += gap_ms / 1e3
        stamp[0] += 50
        frames.append((time, frame(0, ACK | PSH, size)))
        seq += size
        time += s
        stamp[1] += 50
        frames.append((time, frame(1, ACK | PSH, size)))
        ack += size
        time += c
        frames.append((time, frame(0, ACK)))
    return frames
