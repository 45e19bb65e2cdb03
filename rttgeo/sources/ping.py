"""Logs of ``ping``: iputils, BusyBox, BSD, macOS and Windows, in any language.

``ping`` prints a line a reply. With ``-D`` iputils puts the time before it, in seconds since 1970;
other lines are headers, statistics and errors::

    [1508248215.361087] 64 bytes from 192.0.2.39: icmp_seq=1 ttl=54 time=22.7 ms

A reply counts when it comes from the address that the header names. A log may hold several runs,
one after the other, as cron leaves them: each has its own header and statistics.
"""

from __future__ import annotations

import math
from pathlib import Path

from rttgeo.errors import BadInputError
from rttgeo.sources import ping_lines as lines
from rttgeo.sources.leftout import NOT_FROM_TARGET, NOT_UNDERSTOOD, LeftOut
from rttgeo.sources.series import MAX_RTT_MS, RttSeries, Sample, canonical, read_text, series_frame

QUIET_NOTE = (
    "ping -q does not say who answered: without -q, replies from another address are told apart"
)

MAX_LINE = 4096
"""Characters of a line, in any language; a longer one is no line of ping."""


def read_ping_log(path: str | Path, *, source: str = "here") -> RttSeries:
    """Read the log of ``ping`` to one target, with or without times.

    Parameters
    ----------
    path
        Text of iputils, BusyBox, BSD, macOS or Windows ``ping``.
    source
        Name of the place that it ran at.

    Returns
    -------
    RttSeries
        Duplicates (``DUP!``), lost packets, errors, replies of others than the target, impossible
        times and lines that are not understood are counted in ``dropped``. Of ``ping -q`` the
        minimum is the one sample.

    Raises
    ------
    BadInputError
        When the file cannot be read, holds nothing of ping, or of several targets.
    """
    found = read_ping_logs(path, source=source)
    if len(found) > 1:
        first, second = (one.target for one in found[:2])
        raise BadInputError(f"{path}: pings of {first} and {second}; expected one target")
    return found[0]


def read_ping_logs(path: str | Path, *, source: str = "here") -> list[RttSeries]:
    """Read a log of ``ping`` that may hold runs to several targets: a series for each.

    Parameters
    ----------
    path
        The log.
    source
        Name of the place that it was made at.

    Returns
    -------
    list of RttSeries
        One per target, in the order of the log; RTTs in ms.

    Raises
    ------
    BadInputError
        When the file cannot be read, or holds nothing of ping.
    """
    log = _Log(str(path))
    for row, line in enumerate(read_text(path).splitlines(), 1):
        log.take(row, line)
    log.end_run()
    named = [target for target in log.targets if target]
    if not named:
        said = "".join(f"; {line}" for line in log.unclaimed.lines())
        raise BadInputError(f"{path}: no line of it is a reply to ping{said}")
    log.targets[named[0]].dropped.take(log.unclaimed)
    return [log.targets[name].series(source, name) for name in named]


class _Target:
    """What a log says of one target."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []
        self.sent: int | None = None
        self.dropped = LeftOut()
        self.quiet = False

    def series(self, source: str, name: str) -> RttSeries:
        """Give it as a series."""
        notes = (QUIET_NOTE,) if self.quiet else ()
        frame = series_frame(self.samples)
        return RttSeries(source, name, frame, self.sent, self.dropped, notes)


class _Run:
    """From one header of ping to the next."""

    def __init__(self, header: lines.Header | None) -> None:
        self.name = header.name if header else ""
        self.address = header.address if header else ""
        self.headed = header is not None
        self.waiting: set[int] = set()
        self.lost = self.errors = self.answers = 0
        self.counts: tuple[int, int] | None = None
        self.minimum: tuple[float, float] | None = None

    @property
    def target(self) -> str:
        """What the run is for, as far as it has said."""
        return canonical(self.address or self.name)

    def is_from_target(self, reply: lines.Reply) -> bool:
        """Whether the target itself answered; the first to answer is it where nothing else says."""
        if "DIFFERENT ADDRESS" in reply.rest:
            return False
        if not self.target or (self.headed and not self.address and reply.address):
            self.name, self.address = self.name or reply.name, reply.address
        if reply.address and self.address:
            # An answer is of the family that was asked: of the other, spelling tells nothing.
            other = (":" in reply.address) != (":" in self.address)
            return other or reply.address == self.address
        return canonical(reply.name) in (canonical(self.name), self.address)


class _Log:
    """Takes a log line by line."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.targets: dict[str, _Target] = {}
        self.unclaimed = LeftOut()
        self.run = _Run(None)

    def take(self, row: int, text: str) -> None:
        """Take the next line."""
        where = f"{self.path}, line {row}"
        if len(text) > MAX_LINE:
            self.unclaimed.add(NOT_UNDERSTOOD, where=where, text=text)
            return
        time_s, line = lines.split_stamp(text)
        if reply := lines.reply_of(line, time_s):
            self._reply(reply, where)
        elif header := lines.header_of(line):
            self.end_run()
            self.run = _Run(header)
        elif counts := lines.counts_of(line):
            self.run.counts = counts
        elif minimum := lines.minimum_of(line):
            self.run.minimum = minimum
        else:
            self._other(line, where)

    def _other(self, line: str, where: str) -> None:
        is_lost, seq = lines.loss_of(line)
        if is_lost and seq is not None:
            self.run.waiting.add(seq)
        elif is_lost:
            self.run.lost += 1
        elif lines.is_idle(line):
            return
        elif lines.is_error(line):
            self.run.errors += 1
        else:
            self.unclaimed.add(NOT_UNDERSTOOD, where=where, text=line)

    def _reply(self, reply: lines.Reply, where: str) -> None:
        run = self.run
        if not run.is_from_target(reply):
            if not run.headed and "DIFFERENT ADDRESS" not in reply.rest:
                raise BadInputError(
                    f"{where}: a reply from {reply.address or reply.name}, above from "
                    f"{run.target}, and no header says which is the target; expected one target"
                )
            self.unclaimed.add(NOT_FROM_TARGET, where=where, text=reply.address or reply.name)
            return
        target = self._target()
        if "DUP" in reply.rest:
            target.dropped.add("duplicate")
            return
        run.answers += 1
        # A packet that is answered late was not lost, whatever was said in between.
        run.waiting.discard(-1 if reply.seq is None else reply.seq)
        if math.isnan(reply.rtt_ms):
            target.dropped.add("no time in the reply")
        elif not 0 < reply.rtt_ms <= MAX_RTT_MS:
            target.dropped.add("time not plausible")
        else:
            target.samples.append(
                Sample(reply.rtt_ms, reply.time_s, reply.seq, reply.ttl, reply.resolution_ms)
            )

    def _target(self) -> _Target:
        return self.targets.setdefault(self.run.target, _Target())

    def end_run(self) -> None:
        """Count what the statistics of the run say beyond its lines."""
        run, target = self.run, _Target()
        if run.target:
            target = self._target()
        lost = run.lost + len(run.waiting)
        if run.counts is not None:
            sent, got = run.counts
            target.sent = (target.sent or 0) + sent
            lost = max(lost, sent - got - run.errors)
            self._unlisted(target, got)
        target.dropped.add("no answer", lost)
        target.dropped.add("error reply", run.errors)
        if not run.target:
            self.unclaimed.take(target.dropped)

    def _unlisted(self, target: _Target, got: int) -> None:
        """Take the minimum of a run whose replies are not listed, as ``ping -q`` leaves them out."""
        run = self.run
        unlisted = got - run.answers - run.errors
        if run.answers == 0 and got > 0 and run.minimum and 0 < run.minimum[0] <= MAX_RTT_MS:
            rtt_ms, resolution_ms = run.minimum
            target.samples.append(Sample(rtt_ms, resolution_ms=resolution_ms))
            target.quiet = True
            unlisted -= 1
        if run.headed:
            target.dropped.add("only in the summary", unlisted)
