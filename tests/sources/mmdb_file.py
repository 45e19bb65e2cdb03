"""A small writer of MaxMind DB files (format 2.0), for tests."""

from __future__ import annotations

import ipaddress
import struct
from pathlib import Path
from typing import Any


def encode(value: Any) -> bytes:
    """A value in the format's data section; whole numbers as (kind, number)."""
    if isinstance(value, dict):
        return _head(7, len(value)) + b"".join(encode(k) + encode(v) for k, v in value.items())
    if isinstance(value, str):
        data = value.encode()
        return _head(2, len(data)) + data
    if isinstance(value, float):
        return _head(3, 8) + struct.pack(">d", value)
    if isinstance(value, list):
        return bytes([len(value), 4]) + b"".join(map(encode, value))
    if isinstance(value, tuple):
        kind, number = value
        size = {5: 2, 6: 4, 9: 8}[kind]
        head = bytes([size, kind - 7]) if kind > 7 else _head(kind, size)
        return head + number.to_bytes(size, "big")
    raise TypeError(type(value))


def _head(kind: int, size: int) -> bytes:
    assert size < 29 or (kind == 2 and size < 285)
    if size < 29:
        return bytes([kind << 5 | size])
    return bytes([kind << 5 | 29, size - 29])


def write_mmdb(path: Path, networks: dict[str, dict]) -> None:
    """Write IPv4 networks and their records."""
    nodes: list[list[Any]] = [[None, None]]
    data = b""
    for text, record in networks.items():
        network = ipaddress.IPv4Network(text)
        bits = f"{int(network.network_address):032b}"[: network.prefixlen]
        node = 0
        for bit in bits[:-1]:
            if nodes[node][int(bit)] is None:
                nodes.append([None, None])
                nodes[node][int(bit)] = len(nodes) - 1
            node = nodes[node][int(bit)]
        nodes[node][int(bits[-1])] = ("data", len(data))
        data += encode(record)
    tree = b""
    for sides in nodes:
        for side in sides:
            number = len(nodes) if side is None else side
            if isinstance(side, tuple):
                number = len(nodes) + 16 + side[1]
            tree += number.to_bytes(3, "big")
    meta = {
        "node_count": (6, len(nodes)),
        "record_size": (5, 24),
        "ip_version": (5, 4),
        "database_type": "test",
        "languages": ["en"],
        "binary_format_major_version": (5, 2),
        "binary_format_minor_version": (5, 0),
        "build_epoch": (9, 1_700_000_000),
        "description": {"en": "made up"},
    }
    path.write_bytes(tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + encode(meta))
