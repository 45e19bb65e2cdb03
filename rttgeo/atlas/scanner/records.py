"""One RIPE Atlas record at a time, with a real JSON parser: the slow and careful reader.

It reads every firmware generation and whatever else comes along, and decides what is wrong
with a record that has no samples. `rttgeo.atlas.scanner.fast` must agree with it on everything that
it does not leave to it; tests hold the two, and sagan, against each other.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NamedTuple

import orjson

from rttgeo.atlas.scanner import codes
from rttgeo.atlas.scanner.numbers import MAX_INTEGER
from rttgeo.atlas.scanner.packets import classify as _classify

classify = getattr(_classify, "py_func", _classify)
_PROTOCOL_NUMBERS = {
    "ICMP": 1, "I": 1, "ICMP4": 1, "ICMP6": 1,
    "UDP": 2, "U": 2, "UDP4": 2, "UDP6": 2,
    "TCP": 3, "T": 3, "TCP4": 3, "TCP6": 3,
}  # fmt: skip


class Record(NamedTuple):
    """What one record says.

    Attributes
    ----------
    status
        Code of what became of it; see `codes.RECORD_WORDS`.
    time, probe, measurement
        Seconds since 1970, and the numbers that RIPE Atlas gave.
    family, protocol, hops, summary
        4 or 6 (0 unknown), place in `codes.PROTOCOLS`, hop number of the last hop (0 unknown),
        1 where the record only gave the minimum of its packets.
    destination
        Address that was measured, else its name, empty when unknown.
    rtt_ms
        The samples.
    packets
        Count of packets by `codes.PACKET_WORDS`.
    """

    status: int
    time: int = 0
    probe: int = 0
    measurement: int = 0
    family: int = 0
    protocol: int = 0
    hops: int = 0
    summary: int = 0
    destination: str = ""
    rtt_ms: tuple[float, ...] = ()
    packets: tuple[int, ...] = (0,) * codes.N_PACKET_CODES


def read_record(text: bytes) -> Record:
    """Read one record from its JSON text; never raises, whatever the text is.

    Parameters
    ----------
    text
        JSON of one record, in UTF-8.

    Returns
    -------
    Record
        What is known of it; its status says why it has no sample.
    """
    try:
        data = _loads(text)
    except (ValueError, RecursionError):
        return Record(codes.R_NOT_JSON)
    if not isinstance(data, dict):
        return Record(codes.R_NOT_OBJECT)
    kind = _kind(data)
    if kind is None:
        return Record(codes.R_OTHER_TYPE)
    time, probe = _whole(data.get("timestamp"), codes.MAX_TIME), _whole(data.get("prb_id"))
    measurement, firmware = _whole(data.get("msm_id")), _whole(data.get("fw"), MAX_INTEGER)
    if time is None or probe is None or measurement is None or firmware is None:
        return Record(codes.R_MISSING_FIELD)
    destination = _destination(data)
    status, hops, summary, rtt_ms, packets = _samples(data, kind, destination)
    return Record(
        status,
        time,
        probe,
        measurement,
        _family(data, destination),
        _protocol(data),
        hops,
        summary,
        destination or _name(data),
        rtt_ms,
        packets,
    )


def _loads(text: bytes) -> object:
    try:
        return orjson.loads(text)
    except ValueError:
        # What the strict parser refuses and sagan's accepts: NaN, control characters.
        # Half of a surrogate pair is no character, and cannot be written.
        halves = r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
        return json.loads(re.sub(halves, r"\\ufffd", text.decode("utf-8")), strict=False)


def _kind(data: dict[str, Any]) -> str | None:
    """Whether it is a ping or a traceroute; the oldest records do not say so themselves."""
    kind = data.get("type", data.get("msm_name"))
    if kind is None and "result" in data:
        kind = "traceroute" if isinstance(data["result"], str) or "endtime" in data else "ping"
    elif kind is None and "avg" in data:
        kind = "ping"
    kind = kind.lower() if isinstance(kind, str) else None
    return kind if kind in ("ping", "traceroute") else None


def _whole(value: object, limit: int = codes.MAX_ID) -> int | None:
    """Return a non-negative whole number as an int, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = int(value)
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number <= limit else None


def _destination(data: dict[str, Any]) -> str:
    for key in ("dst_addr", "addr", "address"):
        if isinstance(data.get(key), str):
            return str(data[key])
    return ""


def _name(data: dict[str, Any]) -> str:
    """Name that a probe looked up itself: what was measured where no address is given."""
    name = data.get("dst_name")
    return name if isinstance(name, str) else ""


def _family(data: dict[str, Any], destination: str) -> int:
    family = _whole(data.get("af", data.get("pf")))
    mode = data.get("mode")
    if family is None and isinstance(mode, str) and mode[-1:] in ("4", "6"):
        family = int(mode[-1])
    if family is None and destination:
        family = 6 if ":" in destination else 4
    return family if family in (4, 6) else 0


def _protocol(data: dict[str, Any]) -> int:
    word = data.get("proto", data.get("mode"))
    return _PROTOCOL_NUMBERS.get(word, 0) if isinstance(word, str) else 0


_Samples = tuple[int, int, int, tuple[float, ...], tuple[int, ...]]


def _samples(data: dict[str, Any], kind: str, destination: str) -> _Samples:
    """``(status, hops, summary, rtt_ms, packets)`` of a record."""
    trace, hops, summary = kind == "traceroute", codes.NO_HOPS, 0
    result = data.get("result")
    if trace and isinstance(result, str):
        return codes.R_LEGACY_TEXT, hops, 0, (), (0,) * codes.N_PACKET_CODES
    packets = result if isinstance(result, list) else []
    if trace and packets:
        packets, hops = _last_hop(packets[-1])
    elif not trace and "result" not in data and "min" in data:
        # Old and built-in pings only give minimum, mean and maximum of their packets.
        timeout = _rtt(data["min"]) < 0
        packets, summary = [{"x": "*"} if timeout else {"rtt": data["min"]}], 0 if timeout else 1
    counts, rtt_ms = [0] * codes.N_PACKET_CODES, []
    for packet in packets:
        what = _what(packet, destination, trace)
        counts[what] += 1
        if what == codes.P_SAMPLE:
            rtt_ms.append(_rtt(packet["rtt"]))
    status = _status(counts)
    if not sum(counts) and ("err" in data or "dnserr" in data):
        status = codes.R_ERROR
    return status, hops, summary if rtt_ms else 0, tuple(rtt_ms), tuple(counts)


def _last_hop(hop: object) -> tuple[list[Any], int]:
    """Packets and hop number of the last hop; an error of the hop stands as one packet."""
    if not isinstance(hop, dict):
        return [], codes.NO_HOPS
    number = _whole(hop.get("hop"), 254) or codes.NO_HOPS
    if isinstance(hop.get("result"), list):
        return hop["result"], number
    return ([{"error": hop["error"]}] if "error" in hop else []), number


def _what(packet: object, destination: str, trace: bool) -> int:
    if not isinstance(packet, dict):
        return codes.P_NO_RTT
    return int(
        classify(
            "rtt" in packet,
            _rtt(packet.get("rtt")),
            "x" in packet,
            "error" in packet,
            packet.get("err", "") != "",
            "dup" in packet,
            "late" in packet,
            packet.get("from") == destination and destination != "",
            trace,
        )
    )


def _rtt(value: object) -> float:
    """Milliseconds; NaN for what is no number (a boolean is none)."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return math.nan
    try:
        return float(value)
    except (ValueError, OverflowError):
        return math.nan


def _status(counts: list[int]) -> int:
    """Why a record gave no sample: the first reason other than a time-out."""
    if counts[codes.P_SAMPLE]:
        return codes.R_USED
    for what in range(codes.P_TIMEOUT + 1, codes.N_PACKET_CODES):
        if counts[what]:
            return int(codes.R_OF_PACKET[what])
    return codes.R_NO_REPLY if counts[codes.P_TIMEOUT] else codes.R_EMPTY
