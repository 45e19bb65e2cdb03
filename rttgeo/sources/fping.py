"""Output of ``fping``, whichever options it ran with.

``fping -l -D`` prints a line a packet for many targets at once, ``-C n -q`` all times of a target in
a line, ``-c n -q`` and ``-Q s`` only minimum, mean and maximum, ``-e`` one time for each target::

    [1508248215.36108] 192.0.2.39 : [0], 64 bytes, 22.7 ms (22.7 avg, 0% loss)
    192.0.2.39 : 22.7 22.9 - 21.0
    192.0.2.39 : xmt/rcv/%loss = 4/3/25%, min/avg/max = 21.0/22.2/22.9
    192.0.2.39 is alive (22.7 ms)

Where a reply comes from another address, fping says so behind the line (``[<- 198.51.100.1]``), but
not in what ``-q`` prints. ``-C`` without ``-q`` prints the packets twice; the list at the end has
more digits and replaces them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from rttgeo.errors import BadInputError
from rttgeo.sources.leftout import NOT_FROM_TARGET, NOT_UNDERSTOOD, LeftOut
from rttgeo.sources.series import (
    MAX_RTT_MS,
    RttSeries,
    Sample,
    canonical,
    number,
    read_text,
    series_frame,
    whole,
)

QUIET_NOTE = (
    "fping -q does not say who answered: without -q, replies from another address are marked [<- …]"
)
_STAMP = r"(?:\[(?P<time>[^\]]*)\]\s+)?"
_HOST = r"(?P<name>[^\s\[\]]+(?: \([^\s()]+\))?)\s*"
_STRAY = r"(?:.*\[<- (?P<stray>[^\]\s]+)\])?"
_NUMBER = r"[\d.,]+"


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(_STAMP + text)


_REPLY = _pattern(
    _HOST + r": \[(?P<seq>\d+)\], (?:(?P<lost>timed out)|"
    rf"(?:\d+ bytes, )?(?P<rtt>{_NUMBER}) ms)" + _STRAY
)
_DUPLICATE = _pattern(_HOST + r": duplicate for \[\d+\]")
_UNREACHED = _pattern(r"ICMP .* for ICMP Echo sent to (?P<name>\S+)")
_SUMMARY = _pattern(
    _HOST + r": xmt/rcv/%(?:loss|return) = (?P<sent>\d+)/(?P<got>\d+)/[\d.]+%"
    rf"(?:, outage\(ms\) = \d+)?(?:, min/avg/max = (?P<rtt>{_NUMBER})/)?"
)
_TIMES = re.compile(_HOST + rf":(?P<times>(?: (?:{_NUMBER}|-))+)\s*$")
_ALIVE = _pattern(
    _HOST + r"(?:is alive)?(?: \[<- (?P<stray>[^\]\s]+)\])? "
    rf"\((?P<rtt>{_NUMBER}) ms\)(?: \[<- (?P<stray2>[^\]\s]+)\])?\s*$"
)
_DEAD = _pattern(_HOST + r"is (?:unreachable|alive)\s*$")
_IDLE = re.compile(
    r"\s*$|\[\d\d:\d\d:\d\d\]\s*$|\s*\d+ (?:targets|alive|unreachable|unknown addresses|timeouts|"
    r"ICMP Echo|ICMP Echo Replies|other ICMP)|\s*[\d.]+ (?:ms|sec) \((?:min|avg|max|elapsed)"
)
_Take = Callable[["_Target", re.Match[str]], None]


class _Target:
    """What is known of one target of fping so far."""

    def __init__(self) -> None:
        self.rows: list[Sample] = []
        self.sent = 0
        self.listed = False
        self.quiet = True
        self.dropped = LeftOut()

    def add(self, rtt: str | None, time: str | None = None, seq: int | None = None) -> None:
        """Take in one packet; its RTT is None or ``-`` when it was lost."""
        if rtt is None or rtt == "-":
            self.dropped.add("no answer")
            return
        value = number(rtt.replace(",", "."))
        if 0 < value <= MAX_RTT_MS:
            # Three digits: from 100 ms on whole milliseconds, rounded.
            coarse = 0.5 if rtt.isdigit() and value >= 100 else 0.0
            self.rows.append(Sample(value, number(time), seq, resolution_ms=coarse))
        else:
            self.dropped.add("time not plausible")

    def stray(self, sender: str | None) -> bool:
        """Count a reply of somebody else."""
        self.quiet = False
        if sender:
            self.dropped.add(NOT_FROM_TARGET)
        return bool(sender)


def read_fping(path: str | Path, *, source: str = "here") -> list[RttSeries]:
    """Read the output of ``fping``: a series for each target, by name.

    Of ``-c n -q`` and ``-Q``, which print summaries only, the minimum of each stands as a sample,
    and the other packets are counted as ``only in the summary``.

    Parameters
    ----------
    path
        The output, saved to a file.
    source
        Name of the place that it ran at.

    Returns
    -------
    list of RttSeries
        One a target, sorted by name; RTTs in ms.

    Raises
    ------
    BadInputError
        When the file cannot be read or no line of it is fping's.
    """
    targets: dict[str, _Target] = {}
    unclaimed = LeftOut()
    for row, line in enumerate(read_text(path).splitlines(), 1):
        for pattern, take in _FORMS:
            if found := pattern.match(line):
                take(targets.setdefault(_host(found["name"]), _Target()), found)
                break
        else:
            if not _IDLE.match(line):
                unclaimed.add(NOT_UNDERSTOOD, where=f"{path}, line {row}", text=line)
    if not targets:
        said = "".join(f"; {line}" for line in unclaimed.lines())
        raise BadInputError(f"{path}: no line of it is a result of fping{said}")
    first = min(targets)
    targets[first].dropped.take(unclaimed)
    return [
        RttSeries(
            source,
            name,
            series_frame(one.rows),
            one.sent,
            one.dropped,
            (QUIET_NOTE,) if one.quiet and one.rows else (),
        )
        for name, one in sorted(targets.items())
    ]


def _host(text: str) -> str:
    """Name of a target; with ``-A -n`` it has its address behind it, which is surer."""
    name, _, address = text.partition(" (")
    return canonical(address.rstrip(")") or name)


def _take_reply(one: _Target, found: re.Match[str]) -> None:
    one.sent += 1
    if found["lost"]:
        one.quiet = False
        one.add(None)
    elif not one.stray(found["stray"]):
        one.add(found["rtt"], found["time"], whole(found["seq"]))


def _take_list(one: _Target, found: re.Match[str]) -> None:
    """Take the list of ``-C``: packets that stood above it count once, with its digits."""
    times = found["times"].split()
    if one.sent and not one.listed:
        strays = one.dropped[NOT_FROM_TARGET]
        if strays:
            return  # The list does not tell strangers' replies apart; the lines above did.
        one.rows.clear()
        one.dropped.pop("no answer", None)
        one.sent = 0
    one.listed = True
    one.sent += len(times)
    for seq, rtt in enumerate(times):
        one.add(rtt, None, seq)


def _take_summary(one: _Target, found: re.Match[str]) -> None:
    """Use a summary line only where the packets themselves were not printed."""
    if not one.quiet or one.listed:
        return
    sent, got = whole(found["sent"]) or 0, whole(found["got"]) or 0
    one.sent += sent
    one.dropped.add("no answer", sent - got)
    # More came back than was sent: duplicates, which the summary counts as answers.
    one.dropped.add("duplicate", got - sent)
    if got and found["rtt"]:
        one.add(found["rtt"], found["time"])
        one.dropped.add("only in the summary", min(got, sent) - 1)


def _take_alive(one: _Target, found: re.Match[str]) -> None:
    one.sent += 1
    if not one.stray(found["stray"] or found["stray2"]):
        one.add(found["rtt"], found["time"])


def _count(reason: str) -> _Take:
    def take(one: _Target, _found: re.Match[str]) -> None:
        one.dropped.add(reason)

    return take


def _take_dead(one: _Target, found: re.Match[str]) -> None:
    if "unreachable" in found[0]:
        one.sent += 1
        one.dropped.add("no answer")
    else:
        one.dropped.add("no time in the reply")


_FORMS: Final[tuple[tuple[re.Pattern[str], _Take], ...]] = (
    (_REPLY, _take_reply),
    (_DUPLICATE, _count("duplicate")),
    (_UNREACHED, _count("error reply")),
    (_SUMMARY, _take_summary),
    (_TIMES, _take_list),
    (_ALIVE, _take_alive),
    (_DEAD, _take_dead),
)
