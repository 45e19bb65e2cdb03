"""Logs of ``ping`` and ``fping``.

``ping`` prints a line a reply. With ``-D`` iputils puts the time before it, in seconds since
1970; other lines are headers, statistics and errors::

    [1508248215.361087] 64 bytes from 192.0.2.39: icmp_seq=1 ttl=54 time=22.7 ms

``fping -l -D`` does it for many targets at once, ``-C n -q`` prints all times of a target in a
line, ``-c n -q`` only minimum, mean and maximum::

    [1508248215.36108] 192.0.2.39 : [0], 64 bytes, 22.7 ms (22.7 avg, 0% loss)
    192.0.2.39 : 22.7 22.9 - 21.0
    192.0.2.39 : xmt/rcv/%loss = 4/3/25%, min/avg/max = 21.0/22.2/22.9
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from rttgeo.errors import BadInputError
from rttgeo.sources.series import MAX_RTT_MS, RttSeries, number, read_text, series_frame, whole

_STAMP = r"(?:\[(?P<time>\d+\.\d+)\]\s+)?"
_REPLY = re.compile(
    _STAMP + r"\d+ bytes from (?P<name>\S+?)(?: \((?P<address>[^)]*)\))?[:,]\s+"
    r"(?:icmp_)?(?:seq|req)=(?P<seq>\d+)(?: (?:ttl|hlim)=(?P<ttl>\d+))?"
    r"(?:\s+time[=<](?P<rtt>-?[\d.]+) ?(?P<unit>ms|us|s))?(?P<rest>.*)"
)
_WINDOWS = re.compile(
    r"Reply from (?P<name>\S+?):(?: bytes=\d+)? time[=<](?P<rtt>\d+)ms(?: TTL=(?P<ttl>\d+))?"
)
_HEADER = re.compile(r"PING (?P<name>\S+)(?: ?\((?P<address>[^)]*)\))?|Pinging (?P<windows>\S+)")
_COUNTS = re.compile(r"(\d+) packets transmitted|Sent = (\d+)")
_LOST = re.compile(r"no answer yet|[Rr]equest time(?:out|d out)")
_ERROR = re.compile(
    _STAMP + r"(?:From \S+.*icmp_seq|Reply from \S+: Destination|.*[Uu]nreachable|.*exceeded)"
)
_IGNORED = re.compile(
    r"\s*$|--- |rtt |round-trip|Ping statistics|\s+Packets:|Approximate|\s+Minimum|\^C"
)
_UNIT_MS = {"ms": 1.0, "us": 1e-3, "s": 1e3}


def read_ping_log(path: str | Path, *, source: str = "here") -> RttSeries:
    """Read the log of one ``ping``, with or without times.

    Parameters
    ----------
    path
        Text of iputils, BusyBox, BSD, macOS or Windows ``ping``.
    source
        Name of the place that it ran at.

    Returns
    -------
    RttSeries
        Duplicates (``DUP!``), lost packets, errors, impossible times and lines that are not
        understood are counted in ``dropped``.

    Raises
    ------
    BadInputError
        When the file cannot be read, holds no reply, or replies of several targets.
    """
    times: list[float] = []
    seqs: list[int | None] = []
    rtts: list[float] = []
    ttls: list[int | None] = []
    dropped: Counter[str] = Counter()
    targets: dict[str, None] = {}
    said, sent = "", None
    for row, line in enumerate(read_text(path).splitlines(), 1):
        reply = _REPLY.match(line) or _WINDOWS.match(line)
        if reply is None:
            if header := _HEADER.match(line):
                said = header["address"] or header["name"] or header["windows"]
            elif counts := _COUNTS.search(line):
                sent = (sent or 0) + (whole(counts[1] or counts[2]) or 0)
            else:
                dropped.update(_reason(line))
            continue
        found = reply.groupdict()
        reason, rtt = _judge(found)
        if reason:
            dropped[reason] += 1
            continue
        targets[str(found.get("address") or found["name"])] = None
        if len(targets) > 1:
            first, second = targets
            raise BadInputError(
                f"{path}, line {row}: a reply from {second}, above from {first}; "
                "expected one target"
            )
        times.append(number(found.get("time")))
        seqs.append(whole(found.get("seq")))
        ttls.append(whole(found["ttl"]))
        rtts.append(rtt)
    if not targets and not said:
        raise BadInputError(f"{path}: no line of it is a reply to ping")
    target = next(iter(targets), said)
    frame = series_frame(times, seqs, rtts, ttls)
    return RttSeries(source, target, frame, sent, dict(dropped))


def _reason(line: str) -> list[str]:
    """Why a line that is no reply gives no sample; nothing for lines that promise none."""
    if _IGNORED.match(line):
        return []
    if _LOST.search(line):
        return ["no answer"]
    return ["error reply"] if _ERROR.match(line) else ["line not understood"]


def _judge(found: dict[str, str | None]) -> tuple[str, float]:
    """Why a reply is no sample (empty if it is one), and its RTT in ms."""
    if "DUP" in (found.get("rest") or ""):
        return "duplicate", 0.0
    rtt = number(found["rtt"]) * _UNIT_MS[found.get("unit") or "ms"]
    if rtt != rtt:
        return "no time in the reply", 0.0
    return ("" if 0 < rtt <= MAX_RTT_MS else "time not plausible"), rtt


_F_REPLY = re.compile(
    _STAMP + r"(?P<name>\S+)\s*: \[(?P<seq>\d+)\], (?:(?P<lost>timed out)|"
    r"\d+ bytes, (?P<rtt>[\d.]+) ms)"
)
_F_SUMMARY = re.compile(
    _STAMP + r"(?P<name>\S+)\s*: xmt/rcv/%loss = (?P<sent>\d+)/(?P<got>\d+)/[\d.]+%"
    r"(?:, min/avg/max = (?P<rtt>[\d.]+)/)?"
)
_F_TIMES = re.compile(r"(?P<name>\S+)\s*:(?P<times>(?: (?:[\d.]+|-))+)\s*$")


_F_OTHER = re.compile(
    r"(?:\[\d+\.\d+\]\s+)?(?P<name>\S+)\s*: duplicate for \[\d+\]|"
    r"ICMP .* for ICMP Echo sent to (?P<unreached>\S+)"
)


class _Target:
    """What is known of one target of fping so far."""

    def __init__(self) -> None:
        self.rows: list[tuple[float, int | None, float]] = []
        self.sent = 0
        self.dropped: Counter[str] = Counter()

    def add(self, rtt: str | None, time: str | None, seq: int | None) -> None:
        """Take in one packet; its RTT is None or ``-`` when it was lost."""
        value = number(rtt)
        if rtt is None or rtt == "-":
            self.dropped["no answer"] += 1
        elif 0 < value <= MAX_RTT_MS:
            self.rows.append((number(time), seq, value))
        else:
            self.dropped["time not plausible"] += 1


def read_fping(path: str | Path, *, source: str = "here") -> list[RttSeries]:
    """Read the output of ``fping``: a series for each target, by name.

    Of ``-c n -q``, which prints a summary only, the minimum stands as the one sample, and the
    other packets are counted as ``only in the summary``.

    Raises
    ------
    BadInputError
        When the file cannot be read or no line of it is fping's.
    """
    targets: dict[str, _Target] = {}
    for line in read_text(path).splitlines():
        if reply := _F_REPLY.match(line):
            one = targets.setdefault(reply["name"], _Target())
            one.sent += 1
            one.add(None if reply["lost"] else reply["rtt"], reply["time"], whole(reply["seq"]))
        elif other := _F_OTHER.match(line):
            one = targets.setdefault(other["name"] or other["unreached"], _Target())
            one.dropped["duplicate" if other["name"] else "error reply"] += 1
        elif summary := _F_SUMMARY.match(line):
            _take_summary(targets.setdefault(summary["name"], _Target()), summary)
        elif times := _F_TIMES.match(line):
            one = targets.setdefault(times["name"], _Target())
            for seq, rtt in enumerate(times["times"].split()):
                one.sent += 1
                one.add(rtt, None, seq)
    if not targets:
        raise BadInputError(f"{path}: no line of it is a result of fping")
    return [
        RttSeries(
            source,
            name,
            series_frame(
                [time for time, _, _ in one.rows],
                [seq for _, seq, _ in one.rows],
                [rtt for _, _, rtt in one.rows],
                [None] * len(one.rows),
            ),
            one.sent,
            dict(one.dropped),
        )
        for name, one in sorted(targets.items())
    ]


def _take_summary(one: _Target, summary: re.Match[str]) -> None:
    """Use a summary line only where the packets themselves were not printed."""
    if one.sent:
        return
    one.sent, got = whole(summary["sent"]) or 0, whole(summary["got"]) or 0
    if one.sent > got:
        one.dropped["no answer"] += one.sent - got
    if got and summary["rtt"]:
        one.add(summary["rtt"], summary["time"], None)
        if got > 1:
            one.dropped["only in the summary"] += got - 1
