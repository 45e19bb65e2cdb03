"""Output of ``fping``, whichever options it ran with.

``fping -l -D`` prints a line a packet for many targets at once, ``-C n -q`` all times of a target in
a line, ``-c n -q`` and ``-Q s`` only minimum, mean and maximum, ``-e`` one time for each target::

    [1508248215.36108] 192.0.2.39 : [0], 64 bytes, 22.7 ms (22.7 avg, 0% loss)
    192.0.2.39 : 22.7 22.9 - 21.0
    192.0.2.39 : xmt/rcv/%loss = 4/3/25%, min/avg/max = 21.0/22.2/22.9
    192.0.2.39 is alive (22.7 ms)

Where a reply comes from another address, fping says so behind the line (``[<- 198.51.100.1]``), but
not in what ``-q`` and ``-J`` print. ``-C`` without ``-q`` prints the packets twice; the list at the end has
more digits and replaces them. ``-J`` prints all of it as JSON (`rttgeo.sources.fping_json`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from rttgeo.errors import BadInputError
from rttgeo.sources.fping_json import series_of_json
from rttgeo.sources.fping_target import QUIET_NOTE, FpingTarget, series_of_targets
from rttgeo.sources.leftout import NOT_UNDERSTOOD, LeftOut
from rttgeo.sources.series import RttSeries, canonical, read_text, whole

_STAMP = r"(?:\[(?P<time>[^\]]*)\]\s+)?"
_HOST = r"(?P<name>[^\s\[\]]+(?: \([^\s()]+\))?)\s*"
_STRAY = r"(?:.*\[<- (?P<stray>[^\]\s]+)\])?"
_NUMBER = r"[\d.,]+"
_MORE = r"(?: \((?:TOS|TTL)[^)]*\))*"


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
    rf"\((?P<rtt>{_NUMBER}) ms\){_MORE}(?: \[<- (?P<stray2>[^\]\s]+)\])?\s*$"
)
_DEAD = _pattern(_HOST + rf"is (?:unreachable|alive){_MORE}\s*$")
_IDLE = re.compile(
    r"\s*$|\[\d\d:\d\d:\d\d\]\s*$|\s*\d+ (?:targets|alive|unreachable|unknown addresses|timeouts|"
    r"ICMP Echo|ICMP Echo Replies|other ICMP)|\s*[\d.]+ (?:ms|sec) \((?:min|avg|max|elapsed)"
)
_Take = Callable[[FpingTarget, re.Match[str]], None]


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
        One per target, sorted by name; RTTs in ms.

    Raises
    ------
    BadInputError
        When the file cannot be read or no line of it is fping's.
    """
    text = read_text(path)
    if text.lstrip().startswith("{"):
        return series_of_json(text, path, source)
    targets: dict[str, FpingTarget] = {}
    unclaimed = LeftOut()
    for row, line in enumerate(text.splitlines(), 1):
        for pattern, take in _FORMS:
            if found := pattern.match(line):
                take(targets.setdefault(_host(found["name"]), FpingTarget()), found)
                break
        else:
            if not _IDLE.match(line):
                unclaimed.add(NOT_UNDERSTOOD, where=f"{path}, line {row}", text=line)
    if not targets:
        said = "".join(f"; {line}" for line in unclaimed.lines())
        raise BadInputError(f"{path}: no line of it is a result of fping{said}")
    return series_of_targets(targets, source, unclaimed, QUIET_NOTE)


def _host(text: str) -> str:
    """Name of a target; with ``-A -n`` it has its address behind it, which is surer."""
    name, _, address = text.partition(" (")
    return canonical(address.rstrip(")") or name)


def _take_reply(one: FpingTarget, found: re.Match[str]) -> None:
    one.sent += 1
    if found["lost"]:
        one.quiet = False
        one.add(None)
    elif not one.stray(found["stray"]):
        one.add(found["rtt"], found["time"], whole(found["seq"]))


def _take_list(one: FpingTarget, found: re.Match[str]) -> None:
    one.list(found["times"].split())


def _take_summary(one: FpingTarget, found: re.Match[str]) -> None:
    one.summary(whole(found["sent"]) or 0, whole(found["got"]) or 0, found["rtt"], found["time"])


def _take_alive(one: FpingTarget, found: re.Match[str]) -> None:
    one.sent += 1
    if not one.stray(found["stray"] or found["stray2"]):
        one.add(found["rtt"], found["time"])


def _count(reason: str) -> _Take:
    def take(one: FpingTarget, _found: re.Match[str]) -> None:
        one.dropped.add(reason)

    return take


def _take_dead(one: FpingTarget, found: re.Match[str]) -> None:
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
