"""Other forms of mtr's reports than JSON: the text of ``--report``, ``--csv``, ``--xml`` and ``--raw``.

The text and ``--raw`` do not state the target of the trace, so the caller must::

    HOST: here                        Loss%   Snt   Last   Avg  Best  Wrst StDev
      1.|-- 198.51.100.1               0.0%    10    0.4   0.5   0.4   0.7   0.1
      2.|-- 192.0.2.39                10.0%    10   20.9  20.4  20.1  21.3   0.4

``--csv`` names its target and its columns
(``Mtr_Version,Start_Time,Status,Host,Hop,Ip,Loss%,Snt,…``), one row per hop. ``--raw`` has a line
for each event, hops counted from 0, times in µs: ``x HOP PACKET`` (sent), ``h HOP ADDRESS``, ``d
HOP NAME``, ``p HOP TIME PACKET`` (answered).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import Any, Final

from rttgeo.machine.counting import number_of
from rttgeo.sources.leftout import NOT_UNDERSTOOD, LeftOut
from rttgeo.sources.mtr_report import MtrReport, report_of
from rttgeo.sources.series import canonical, whole

_TITLES: Final = frozenset((
    "Loss%", "Drop", "Rcv", "Snt", "Last", "Best", "Avg", "Wrst", "StDev", "Gmean", "Jttr", "Javg",
    "Jmax", "Jint",
))  # fmt: skip
_HEADER: Final = re.compile(r"\s*HOST:?\s+(?P<rest>\S.*)$", re.IGNORECASE)
_HOP: Final = re.compile(r"\s*(?P<hop>\d{1,3})\.(?:\s*\|--|\s)\s*(?P<rest>\S.*)$")
_ANOTHER: Final = re.compile(r"\s{3,}[| `]*\|?--\s*(?P<host>\S+)\s*$|\s{4,}(?P<bare>\S+)\s*$")
_IDLE: Final = re.compile(r"\s*$|Start: |\s+[| +-]*\[MPLS: |\s*(?:Packets|Pings)\b", re.IGNORECASE)
_TAG: Final = re.compile(r"<(?P<name>[A-Za-z]+%?)(?P<more>[^<>]*)>(?P<text>[^<]*)")
_ATTRIBUTE: Final = re.compile(r'(\w+)="([^"]*)"')
_EVENT: Final = re.compile(
    r"(?P<kind>[xhdp]) (?P<hop>\d{1,3}) (?P<what>\S+)(?: (?P<packet>\d+))?\s*$"
)
_MORE_EVENTS: Final = re.compile(r"[mty] \d+ |\s*$")
NO_TARGET: Final = "this form does not name its target: give --target NAME, or use mtr --json"


def reports_of_text(text: str, target: str) -> list[MtrReport]:
    """Read the text of ``mtr --report``, whatever columns ``-o`` chose.

    Parameters
    ----------
    text
        One report or more.
    target
        Target of the trace.

    Returns
    -------
    list of MtrReport
        The reports, in the order of the text; lines that are not from mtr are counted with the
        last.

    Raises
    ------
    ValueError
        When the target is missing, a hop has no header above it, or a field is no number.
    """
    if not target:
        raise ValueError(NO_TARGET)
    found: list[MtrReport] = []
    strange = LeftOut()
    source, titles, hubs, shared = "", [""], list[dict[str, Any]](), False
    for row, line in enumerate(text.splitlines(), 1):
        header, hop = _HEADER.match(line), _HOP.match(line)
        if header and "Snt" in line:
            if hubs:
                found.append(report_of(source, target, hubs, shared=shared))
            source, titles = _split(header["rest"], line)
            hubs, shared = [], False
        elif hop and len(titles) > 1:
            hubs.append(_hub(hop, titles, row))
            shared = False
        elif hubs and (another := _ANOTHER.match(line)) and not _IDLE.match(line):
            shared |= canonical(another["host"] or another["bare"]) != canonical(hubs[-1]["host"])
        elif not _IDLE.match(line):
            strange.add(NOT_UNDERSTOOD, where=f"line {row}", text=line)
    if hubs:
        found.append(report_of(source, target, hubs, shared=shared, dropped=strange))
    return found


def _split(rest: str, line: str) -> tuple[str, list[str]]:
    """Name of the source and titles of the columns, from the header."""
    words = rest.split()
    count = next((i for i, word in enumerate(reversed(words)) if word not in _TITLES), len(words))
    if not count:
        raise ValueError(f"no columns in {line.strip()[:60]!r}")
    return " ".join(words[: len(words) - count]), words[len(words) - count :]


def _hub(hop: re.Match[str], titles: list[str], row: int) -> dict[str, Any]:
    words = hop["rest"].split()
    if len(words) <= len(titles):
        raise ValueError(
            f"line {row}: {number_of(len(words) - 1, 'number')}, expected {len(titles)}"
        )
    values = [word.rstrip("%") for word in words[-len(titles) :]]
    host = " ".join(words[: -len(titles)])
    return {"count": hop["hop"], "host": host} | dict(zip(titles, values, strict=True))


def reports_of_csv(text: str) -> list[MtrReport]:
    """Read ``mtr --csv`` of versions that name their columns (from 0.88).

    Parameters
    ----------
    text
        One report or more, each with its header.

    Returns
    -------
    list of MtrReport
        In the order of the text; they do not name their sources.

    Raises
    ------
    ValueError
        When a row has no header above it, or a field is no number.
    """
    runs: list[list[dict[str, Any]]] = []
    titles: list[str] = []
    rows = csv.reader(text.splitlines())
    for row in rows:
        cells = [cell.strip() for cell in row]
        if cells[:1] == ["Mtr_Version"]:
            titles, run = cells, list[dict[str, Any]]()
            runs.append(run)
        elif any(cells):
            if not titles:
                raise ValueError("--csv of an mtr that names no columns; mtr --json does")
            # The header ends in a comma; some versions name a column of spaces and leave it out.
            full = titles[:-1] if titles[-1] == "" else titles
            fits = [some for some in (full, [t for t in full if t]) if len(some) == len(cells)]
            if not fits:
                raise ValueError(
                    f"line {rows.line_num}: {number_of(len(cells), 'column')}, not as the header has"
                )
            named = dict(zip(fits[0], cells, strict=True))
            runs[-1].append(named | {"count": named["Hop"], "host": named["Ip"]})
    return [report_of("", str(run[0]["Host"]), run) for run in runs if run]


def reports_of_xml(text: str) -> list[MtrReport]:
    """Read ``mtr --xml``, which is not always XML: older versions write ``<Loss%>``.

    Parameters
    ----------
    text
        One report or more.

    Returns
    -------
    list of MtrReport
        In the order of the text.

    Raises
    ------
    ValueError, KeyError
        When a field is missing or no number.
    """
    runs: list[tuple[dict[str, str], list[dict[str, Any]]]] = []
    for tag in _TAG.finditer(text):
        name = tag["name"]
        if name == "MTR":
            runs.append((dict(_ATTRIBUTE.findall(tag["more"])), []))
        elif name == "HUB" and runs:
            about = dict(_ATTRIBUTE.findall(tag["more"]))
            runs[-1][1].append({"count": about["COUNT"], "host": about["HOST"]})
        elif runs and runs[-1][1]:
            title = "Loss%" if name == "Loss" else name
            runs[-1][1][-1][title] = tag["text"].strip().rstrip("%")
    return [report_of(about["SRC"], about["DST"], hubs) for about, hubs in runs]


class _RawHop:
    """What ``--raw`` says of one hop."""

    def __init__(self) -> None:
        self.addresses: list[str] = []
        self.names: list[str] = []
        self.sent = 0
        self.waiting: set[str] = set()
        self.rtt_ms: list[float] = []
        self.again = 0

    def take(self, kind: str, what: str, packet: str | None) -> None:
        """Take in one event."""
        if kind == "x":
            self.sent += 1
            self.waiting.add(what)
        elif kind == "h":
            self.addresses += [] if canonical(what) in self.addresses else [canonical(what)]
        elif kind == "d":
            self.names.append(what)
        elif packet is not None and self.sent and packet not in self.waiting:
            self.again += 1
        else:
            self.waiting.discard(packet or "")
            self.rtt_ms.append((whole(what) or 0) / 1000)

    @property
    def host(self) -> str:
        """Its name and address, as mtr writes both."""
        if not self.addresses:
            return "???"
        return f"{self.names[0]} ({self.addresses[0]})" if self.names else self.addresses[0]


def reports_of_raw(text: str, target: str) -> list[MtrReport]:
    """Read ``mtr --raw``: every time of the hop that is the target.

    Parameters
    ----------
    text
        Its lines; those of several runs count as one.
    target
        Target of the trace.

    Returns
    -------
    list of MtrReport
        One, whose last hop is the target if the target answered; it does not name its source.

    Raises
    ------
    ValueError
        When the target is missing.
    """
    if not target:
        raise ValueError(NO_TARGET)
    hops: dict[int, _RawHop] = {}
    strange = LeftOut()
    for row, line in enumerate(text.splitlines(), 1):
        if event := _EVENT.match(line):
            hops.setdefault(int(event["hop"]), _RawHop()).take(
                event["kind"], event["what"], event["packet"]
            )
        elif not _MORE_EVENTS.match(line):
            strange.add(NOT_UNDERSTOOD, where=f"line {row}", text=line)
    answered = [hop for hop, one in sorted(hops.items()) if one.addresses]
    if not answered:
        return []
    last = next((hop for hop in answered if _names(hops[hop], target)), answered[-1])
    strange.add("duplicate", hops[last].again)
    hubs = list(_raw_hubs(hops, last))
    return [
        report_of(
            "", target, hubs, rtt_ms=tuple(hops[last].rtt_ms),
            shared=len(hops[last].addresses) > 1, dropped=strange,
        )
    ]  # fmt: skip


def _names(hop: _RawHop, target: str) -> bool:
    return canonical(target) in hop.addresses or target.lower() in map(str.lower, hop.names)


def _raw_hubs(hops: dict[int, _RawHop], last: int) -> Iterator[dict[str, Any]]:
    for number in range(last + 1):
        one = hops.get(number, _RawHop())
        sent = max(one.sent, len(one.rtt_ms))
        lost = 100 * (sent - len(one.rtt_ms)) / sent if sent else 0.0
        best = min(one.rtt_ms, default=0.0)
        yield {"count": number + 1, "host": one.host, "Snt": sent, "Loss%": lost, "Best": best}
