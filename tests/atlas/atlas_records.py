"""Records in the formats of all firmware generations, made up after the format's description.

Addresses are from the blocks set aside for documentation. Every record has a sample of
2.172 ms.
"""

from __future__ import annotations

import json
import random
from typing import Any

HEAD = {"from": "198.51.100.7", "msm_id": 1001, "prb_id": 6001, "timestamp": 1_500_000_000}


def ping(packets: list[dict], **more: Any) -> dict:
    """A ping of the present format."""
    record = {"fw": 5020, "mver": "2.2.1", "lts": 12, "dst_name": "192.0.2.1", "af": 4}
    record |= {"dst_addr": "192.0.2.1", "src_addr": "198.51.100.7", "proto": "ICMP", "ttl": 55}
    record |= {"size": 64, "result": packets, "dup": 0, "rcvd": 3, "sent": 3, "min": 2.172}
    record |= {"max": 2.5, "avg": 2.3} | HEAD | {"msm_name": "Ping", "type": "ping", "step": 240}
    return record | more


def trace(packets: list[dict], hop: int = 4, **more: Any) -> dict:
    """A traceroute of the present format."""
    first = {"hop": 1, "result": [{"from": "198.51.100.1", "rtt": 0.4, "size": 28, "ttl": 255}]}
    mpls = {"obj": [{"class": 1, "mpls": [{"exp": 0, "label": 3, "s": 1, "ttl": 1}], "type": 1}]}
    second = {"hop": 2, "result": [{"x": "*"}, {"from": "203.0.113.1", "icmpext": mpls, "rtt": 1}]}
    hops = [first, second, {"hop": hop, "result": packets}]
    record = {"fw": 5020, "af": 4, "dst_addr": "192.0.2.1", "dst_name": "192.0.2.1"}
    record |= {"endtime": 1_500_000_009, "lts": 5, "msm_name": "Traceroute", "paris_id": 2}
    record |= HEAD | {"proto": "ICMP", "result": hops, "size": 48, "src_addr": "198.51.100.7"}
    return record | {"type": "traceroute"} | more


def _old(new: dict, **more: Any) -> dict:
    """The same with the names of firmware 4400."""
    names = {"dst_addr": "addr", "dst_name": "name", "src_addr": "srcaddr", "af": "pf"}
    return {names.get(key, key): value for key, value in new.items()} | more


REPLIES = [{"rtt": 2.172}, {"rtt": 2.5, "ttl": 54}, {"x": "*"}]
ARRIVALS = [{"from": "192.0.2.1", "rtt": 2.172, "size": 28, "ttl": 54}, {"x": "*"}]
SIX = {"af": 6, "dst_addr": "2001:db8::1", "dst_name": "2001:db8::1"}
SIX_ARRIVALS = [{"from": "2001:db8::1", "rtt": 2.172, "size": 28, "ttl": 54}]
_SUMMARY = {k: v for k, v in ping(REPLIES, addr="192.0.2.1").items() if k != "result"}

GENERATIONS: list[dict] = [
    {k: v for k, v in _old(_SUMMARY, fw=1).items() if k not in ("af", "proto", "pf")},
    {**HEAD, "fw": 1, "type": "traceroute", "result": "traceroute to 192.0.2.1, 32 hops max"},
    _old(ping(REPLIES, fw=4400), mode="ICMP4"),
    {k: v for k, v in _old(ping(REPLIES, fw=4400), proto="I").items() if k != "type"},
    ping(REPLIES, fw=4460),
    trace(ARRIVALS, fw=4460),
    ping(REPLIES, fw=4540),
    trace([*ARRIVALS, {"from": "192.0.2.1", "late": 2, "size": 28}], fw=4540),
    ping([*REPLIES, {"dup": 1, "rtt": 3.25, "ttl": 41}], fw=4570),
    trace(ARRIVALS, fw=4570, proto="UDP"),
    ping(REPLIES, fw=4610),
    trace(SIX_ARRIVALS, fw=4610, **SIX),
    ping(REPLIES, fw=4750, **SIX),
    {**_SUMMARY, "fw": 4790, "ttl": 63.0, "name": "192.0.2.1"},
    trace([{"err": "A", "from": "192.0.2.1", "rtt": 46.231}, *ARRIVALS], fw=4790, hop=255),
    ping([{"rtt": 2.172}, {"rtt": 2.171586}, {"rtt": 2.1725}]),
    ping([{"error": "sendto failed: Network is unreachable"}, *REPLIES]),
    trace(ARRIVALS, hop=12, proto="TCP"),
    trace([{"from": "192.0.2.1", "rtt": 2.172, "edst": "192.0.2.2"}]),
    ping([{"rtt": 257.25}, {"rtt": 1}, {"rtt": 2.172}], fw=5080),
    trace(ARRIVALS, fw=5080, ttr=3.5),
]

VALUES = [
    "null", "true", "0", "-1", "1", "1e3", "1E-2", "1e999", "NaN", "Infinity", "-0", "01", "1.",
    ".5", '"*"', '""', '"12.5"', '"ping"', '"traceroute"', '"\\u00e9"', '"é"', "[]", "{}",
    "[[]]", '{"rtt":3}', "9007199254740993", "0.00049999", "123456789012345678901234567890",
    "1.0005", "2147483648", '"192.0.2.1"', "6.5", '[{"rtt":1.5}]', '"\\n"', "257", "5020",
]  # fmt: skip
KEYS = ["rtt", "x", "dup", "late", "err", "error", "from", "result", "type", "fw", "af", "pf"]
KEYS += ["proto", "mode", "prb_id", "msm_id", "timestamp", "dst_addr", "addr", "min", "hop"]
KEYS += ["dnserr", "timestamq", "dst_name", ""]


def mutate(line: bytes, rng: random.Random, structure: bool = True) -> bytes:
    """Change one record a little: values, keys, and (if asked) bytes without regard to JSON."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        kind = rng.randrange(7 if structure else 4)
        if kind < 4:
            line = _mutate_value(line, rng, kind)
        elif kind == 4 and line:
            place = rng.randrange(len(line))
            line = line[:place] + bytes([rng.randrange(256)]) + line[place + 1 :]
        elif kind == 5:
            line = line[: rng.randrange(len(line) + 1)]
        else:
            a, b = sorted((rng.randrange(len(line) + 1), rng.randrange(len(line) + 1)))
            line = line[:a] + line[b:] if rng.random() < 0.5 else line[:b] + line[a:]
    return line.replace(b"\n", b" ")


def _mutate_value(line: bytes, rng: random.Random, kind: int) -> bytes:
    """Change a value, drop or rename a key, or say it twice, in what is still JSON."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return line
    if not isinstance(data, (dict, list)):
        return line
    places: list[tuple[Any, Any]] = []
    _collect(data, places)
    if not places:
        return line
    holder, key = rng.choice(places)
    mark = "@@mark@@"
    if kind == 0 or not isinstance(holder, dict):
        holder[key] = mark
        return json.dumps(data).replace(f'"{mark}"', rng.choice(VALUES)).encode()
    value = holder[key]
    if kind == 1:
        del holder[key]
    elif kind == 2:
        del holder[key]
        holder[rng.choice(KEYS)] = value
    else:
        holder[rng.choice(KEYS)] = mark
        return json.dumps(data).replace(f'"{mark}"', rng.choice(VALUES)).encode()
    return json.dumps(data).encode()


def _collect(data: Any, places: list[tuple[Any, Any]]) -> None:
    items = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in items:
        places.append((data, key))
        if isinstance(value, (dict, list)):
            _collect(value, places)
