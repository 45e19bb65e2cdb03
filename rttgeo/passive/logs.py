"""Round-trip times from other tools' logs: spindump, pping, tshark (qlog is a module of its own).

=========  ======================================================================================
tool       form
=========  ======================================================================================
spindump   events as JSON (``Right_rtt`` and others in microseconds) or as text (``measurement up
           right 32998``): *left* is the client's side, *right* the server's
pping      lines of time, RTT, minimum and ``source:port+destination:port``, also of ``-m`` and of
           its BPF variants (``TCP``, ``ICMP`` before the ports): the RTT is that from the observer
           to the source and back
tshark     ``-T fields -E header=y`` with ``frame.time_epoch``, addresses and ports, and
           ``tcp.analysis.ack_rtt`` (seconds), ``quic.spin_bit``, or both
=========  ======================================================================================
"""

from __future__ import annotations

import csv
import json
import math
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import numpy as np

from rttgeo.constants import LONGEST_RTT_MS
from rttgeo.errors import BadInputError
from rttgeo.passive.samples import CLIENT, FULL, SERVER, Judged, Log
from rttgeo.passive.spin import SpinTracker

MAX_RTT_MS: Final = LONGEST_RTT_MS
"""As for pings: anything longer is not a round trip (`rttgeo.sources`)."""
SPINDUMP_SIDES: Final = {
    "left": CLIENT,
    "right": SERVER,
    "full (initiator)": FULL,
    "full (responder)": FULL,
    "Left_rtt": CLIENT,
    "Right_rtt": SERVER,
    "Full_rtt_initiator": FULL,
    "Full_rtt_responder": FULL,
}
_SPINDUMP = re.compile(
    r"(?P<kind>TCP|QUIC|ICMP|DNS|COAP|SCTP) (?P<one>\S+) <-> (?P<two>\S+) (?P<session>.*?) at "
    r"(?P<time>\d+) measurement \w+ (?P<side>left|right|full \(\w+\)) (?P<rtt>\d+)\b"
)
_SPINDUMP_LINE = re.compile(r"(?:TCP|QUIC|ICMP|DNS|COAP|SCTP) \S+ <-> \S+ .* at (?:\d+ )?\w+")
_PORTS = re.compile(r"(\d+):(\d+)\)?\s*$")
_DECIMAL = r"\d+(?:\.\d*)?(?:[eE][-+]?\d+)?"
_WHEN = rf"(?P<time>\d\d:\d\d:\d\d(?:\.\d+)?|{_DECIMAL})\s+"
_PPING = re.compile(
    rf"{_WHEN}(?P<rtt>{_DECIMAL})\s?(?P<unit>us|ms|s)?\s+{_DECIMAL}\s?(?:us|ms|s)?\s+"
    r"(?:\d+ \d+ \d+ )?(?P<kind>[A-Z][A-Z0-9-]* )?"
    r"(?P<one>\S+?)[:.](?P<port>\d+)\+(?P<two>\S+)[:.](?P<other>\d+)\s*$"
)
_PPING_EVENT = re.compile(rf"{_WHEN}(?:[A-Z][A-Z0-9-]* )?\S+\+\S+ \w+ due to ")
_PPING_KINDS: Final = {"": "tcp", "TCP": "tcp", "ICMP": "icmp"}
DAY_S: Final = 86_400
_UNIT_MS: Final = {"us": 1e-3, "ms": 1.0, "s": 1e3, None: 1e3}
TIME, ACK_RTT, SPIN_BIT = "frame.time_epoch", "tcp.analysis.ack_rtt", "quic.spin_bit"


class Key(NamedTuple):
    """Kind, method, client and server of a series, each with its port."""

    kind: str
    method: str
    client: str
    client_port: int
    server: str
    server_port: int


class Rows:
    """Samples of other tools, by series."""

    def __init__(self) -> None:
        self.found: dict[Key, tuple[array[int], array[float], array[int]]] = {}
        self.left_out: Counter[str] = Counter()
        self.lines = 0

    def add(self, key: Key, time_ns: int, rtt_ms: float, side: int) -> None:
        """Record a sample; a time that is not plausible counts as left out.

        Parameters
        ----------
        key
            The series that it belongs to.
        time_ns
            When it was taken, ns since 1970.
        rtt_ms
            Round-trip time, ms.
        side
            ``CLIENT``, ``SERVER`` or ``FULL`` of `rttgeo.passive.samples`.
        """
        if not 0 < rtt_ms <= MAX_RTT_MS:
            self.left_out["time not plausible"] += 1
            return
        times, rtts, sides = self.found.setdefault(key, (array("q"), array("d"), array("B")))
        times.append(max(min(time_ns, 2**62), -(2**62)))
        rtts.append(rtt_ms)
        sides.append(side)

    def judged(self) -> Iterator[tuple[Key, Judged]]:
        """Give the samples of each series, in the order of the log.

        Yields
        ------
        tuple of (Key, Judged)
            A series and its samples, RTTs in ms.
        """
        for key, (times, rtts, sides) in self.found.items():
            yield key, Judged(np.array(times), np.array(rtts), np.array(sides, dtype=np.uint8), {})


def is_spindump(head: str) -> bool:
    """Check whether a text begins as spindump writes.

    Parameters
    ----------
    head
        Beginning of the file.

    Returns
    -------
    bool
        True for spindump's text and its JSON.
    """
    return ('"Event"' in head and '"Addrs"' in head) or _SPINDUMP_LINE.match(head) is not None


def is_pping(head: str) -> bool:
    """Check whether a text begins as pping writes.

    Parameters
    ----------
    head
        Beginning of the file; 20 lines are enough.

    Returns
    -------
    bool
        True if one of these lines is a sample of pping.
    """
    return any(_PPING.match(line.strip()) for line in head.splitlines()[:20])


def is_tshark(head: str) -> bool:
    """Check whether a text begins with the names of tshark's fields.

    Parameters
    ----------
    head
        Beginning of the file.

    Returns
    -------
    bool
        True if the first line names a field that is read here.
    """
    first = head.partition("\n")[0]
    return TIME in first or ACK_RTT in first or SPIN_BIT in first


def read_spindump(lines: Iterable[str], rows: Rows) -> None:
    """Read events of spindump, one per line, as text or as JSON.

    Parameters
    ----------
    lines
        Lines of the log; times in µs.
    rows
        Takes the samples, and counts what is left out.
    """
    for line in lines:
        text = line.strip().rstrip(",")
        rows.lines += 1
        if text.startswith("{"):
            _spindump_json(text, rows)
        elif (found := _SPINDUMP.match(text)) is not None:
            key = _spindump_key(found["kind"], found["one"], found["two"], found["session"])
            rtt_ms = int(found["rtt"]) / 1e3
            rows.add(key, int(found["time"]) * 1000, rtt_ms, SPINDUMP_SIDES[found["side"]])
        elif text and text not in "[]" and not _SPINDUMP_LINE.match(text):
            rows.left_out["line not understood"] += 1


def _spindump_json(text: str, rows: Rows) -> None:
    try:
        event = json.loads(text)
        addresses = event["Addrs"]
        key = _spindump_key(event["Type"], addresses[0], addresses[1], event["Session"])
        time_ns = int(event["Ts"]) * 1000
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        rows.left_out["line not understood"] += 1
        return
    for name, side in SPINDUMP_SIDES.items():
        value = event.get(name)
        if isinstance(value, (int, float)):
            rows.add(key, time_ns, value / 1e3, side)


def _spindump_key(kind: str, one: str, two: str, session: str) -> Key:
    ports = _PORTS.search(str(session))
    client_port, server_port = (int(ports[1]) % 65536, int(ports[2]) % 65536) if ports else (0, 0)
    return Key(str(kind).lower(), "spindump", str(one), client_port, str(two), server_port)


def read_pping(lines: Iterable[str], rows: Rows) -> None:
    """Read lines of pping (also of its XDP variant), with times of day or since 1970.

    Parameters
    ----------
    lines
        Lines of the log; RTTs in the unit they state, else in seconds.
    rows
        Takes the samples, and counts what is left out.
    """
    clock = _Clock()
    for line in lines:
        rows.lines += 1
        text = line.strip()
        if (found := _PPING.match(text)) is None:
            is_event = _PPING_EVENT.match(text) is not None
            rows.left_out["flow events" if is_event else "line not understood"] += bool(text)
            continue
        kind = (found["kind"] or "").strip().rstrip("V6-") if found["kind"] else ""
        if kind not in _PPING_KINDS:
            rows.left_out["neither TCP nor ICMP"] += 1
            continue
        source, other = (found["one"], int(found["port"])), (found["two"], int(found["other"]))
        # The side with the lower port serves; the source is the side that the time is of.
        serves = source[1] <= other[1]
        client, server = (other, source) if serves else (source, other)
        rtt_ms = _number(found["rtt"]) * _UNIT_MS[found["unit"]]
        key = Key(_PPING_KINDS[kind], "pping", *client, *server)
        rows.add(key, clock.ns(found["time"]), rtt_ms, SERVER if serves else CLIENT)


class _Clock:
    """Times of a log, in which times of day begin anew at midnight."""

    def __init__(self) -> None:
        self.day_s, self.last_s = 0, 0.0

    def ns(self, text: str) -> int:
        """Nanoseconds of a time since 1970, or since the midnight before the log."""
        if ":" not in text:
            return _clock_ns(text)
        of_day_s = _clock_ns(text) / 1e9
        # Lines may be slightly out of order; half a day back means a new day.
        self.day_s += DAY_S if of_day_s < self.last_s - DAY_S / 2 else 0
        self.last_s = of_day_s
        return _clock_ns(text) + self.day_s * 1_000_000_000


def _clock_ns(text: str) -> int:
    """Nanoseconds of a time since 1970, or of a time of day."""
    seconds = 0.0
    for part in text.split(":"):
        seconds = seconds * 60 + _number(part)
    return round(seconds * 1e9) if seconds < 1e10 else 0


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def read_tshark(lines: Iterable[str], rows: Rows, name: str) -> None:
    """Read ``tshark -T fields`` with a header.

    Parameters
    ----------
    lines
        Lines of the output, the header first; times in seconds.
    rows
        Takes the samples, and counts what is left out.
    name
        Name of the file, for messages.

    Raises
    ------
    BadInputError
        When the header lacks what is needed.
    """
    stream = iter(lines)
    header = next(stream, "").rstrip("\n")
    separator = next((sign for sign in "\t,;|" if sign in header), "\t")
    reader = csv.reader((line.replace("\0", "") for line in stream), delimiter=separator)
    fields = [one.strip('" ') for one in header.split(separator)]
    if TIME not in fields or not {ACK_RTT, SPIN_BIT} & set(fields):
        raise BadInputError(
            f"{name}, line 1: expected {TIME} and {ACK_RTT} or {SPIN_BIT} among tshark's fields"
        )
    spins: dict[Key, tuple[SpinTracker, dict[str, Log]]] = {}
    try:
        for cells in reader:
            rows.lines += 1
            _tshark_row(dict(zip(fields, cells, strict=False)), rows, spins)
    except csv.Error as error:
        raise BadInputError(f"{name}, line {reader.line_num + 1}: {error}") from error
    for key, (tracker, logs) in spins.items():
        for reason, count in tracker.settle(last=True).items():
            rows.left_out[reason] += count
        log = logs.get("spin", Log())
        for time_ns, rtt_ns, side in zip(log.time_ns, log.rtt_ns, log.side, strict=True):
            rows.add(key, time_ns, rtt_ns / 1e6, side)


def _tshark_row(
    row: dict[str, str], rows: Rows, spins: dict[Key, tuple[SpinTracker, dict[str, Log]]]
) -> None:
    seconds = _number(row.get(TIME, ""))
    source, destination = (row.get(f"ip.{e}") or row.get(f"ipv6.{e}") or "" for e in ("src", "dst"))
    if not 0 <= seconds < 1e10:
        rows.left_out["packet without a timestamp"] += 1
        return
    time_ns = round(seconds * 1e9)
    for protocol in ("tcp", "udp"):
        try:
            one = source, int(row.get(f"{protocol}.srcport") or 0)
            two = destination, int(row.get(f"{protocol}.dstport") or 0)
        except ValueError:
            continue
        serves = one[1] < two[1]
        client, server = (two, one) if serves else (one, two)
        if protocol == "tcp" and (rtt := row.get(ACK_RTT)):
            key = Key("tcp", "tshark", *client, *server)
            rows.add(key, time_ns, _number(rtt) * 1e3, SERVER if serves else CLIENT)
        elif protocol == "udp" and (spin := row.get(SPIN_BIT)):
            key = Key("quic", "spin", *client, *server)
            if key not in spins:
                logs: dict[str, Log] = {}
                spins[key] = SpinTracker(logs), logs
            # Packets of one datagram are in one cell; the last one is the 1-RTT packet.
            value = spin.split(",")[-1].strip().lower() in ("1", "true")
            spins[key][0].packet(int(serves), time_ns, 0x20 if value else 0, int(serves) << 8)
