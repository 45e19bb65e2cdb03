"""Measurements of scamper, as its own JSON or that of ``sc_warts2json``: one object per line.

It uses objects of type ``ping`` (``src``, ``dst``, ``start.sec``, ``responses`` with ``from`` and
``rtt`` in ms) and ``trace`` (``src``, ``dst``, ``hops`` with ``addr``, ``probe_ttl`` and ``rtt``);
others, such as ``cycle-start``, are counted. A binary warts file goes through
``sc_warts2json FILE.warts > FILE.json`` first.

A reply counts when it comes from the target, addresses compared as addresses: an echo reply, an
answer to a TCP probe, and to a UDP probe the "port unreachable" with which the target itself answers.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pandas as pd

from rttgeo.errors import BadInputError
from rttgeo.machine.opening import opened
from rttgeo.sources.leftout import NOT_FROM_TARGET, LeftOut
from rttgeo.sources.series import MAX_RTT_MS, canonical

_COLUMNS = ("time_s", "source", "target", "kind", "hops", "rtt_ms")
_ECHO_REPLIES = (0, 129)
_PORT_UNREACHABLE = ((3, 3), (1, 4))
"""ICMP and ICMPv6: how a host answers a UDP probe to a port on which nothing listens."""
_WARTS = b"\x12\x05"


@dataclasses.dataclass(frozen=True, eq=False)
class SampleTable:
    """Samples of many pairs.

    Attributes
    ----------
    samples
        One row per sample: ``time_s`` (seconds since 1970), ``source``, ``target`` (addresses),
        ``kind`` (``ping`` or ``trace``), ``hops`` (<NA> for pings), ``rtt_ms``.
    dropped
        Lines and replies that gave none, by reason.
    targets
        All that were measured, whether or not they answered.
    asked
        Sources and the targets that they measured, whether or not these answered.
    """

    samples: pd.DataFrame
    dropped: Mapping[str, int]
    targets: tuple[str, ...] = ()
    asked: tuple[tuple[str, str], ...] = ()

    def minimum_rtts(self) -> pd.DataFrame:
        """Reduce the samples to the minimum RTT of each pair.

        Returns
        -------
        pandas.DataFrame
            One row per pair: ``source``, ``target``, ``rtt_ms``, ``samples``, and ``hops``, the
            fewest.
        """
        groups = self.samples.groupby(["source", "target"], sort=True)
        return groups.agg(
            rtt_ms=("rtt_ms", "min"), samples=("rtt_ms", "size"), hops=("hops", "min")
        ).reset_index()


def read_scamper(path: str | Path) -> SampleTable:
    """Read pings and traces of scamper, a line at a time, so a file may be large.

    A measurement that is in the file twice counts once, and so does a reply that came twice.

    Parameters
    ----------
    path
        JSON of scamper, one object per line; plain or compressed.

    Returns
    -------
    SampleTable
        The samples (RTTs in ms), what was left out, and the targets.

    Raises
    ------
    BadInputError
        When the file cannot be read or has no ping or trace.
    """
    rows: list[tuple[Any, ...]] = []
    dropped = LeftOut()
    seen: set[tuple[Any, ...]] = set()
    asked: list[tuple[str, str]] = []
    with opened(path) as file:
        for number, line in enumerate(file, 1):
            if number == 1 and line.startswith(_WARTS):
                raise BadInputError(
                    f"{path}: warts, scamper's binary form; `sc_warts2json` makes JSON of it"
                )
            where = f"{path}, line {number}"
            for found in _measurements(line, dropped, where):
                key = (found["type"], found["src"], found["dst"], _start(found))
                if key in seen:
                    dropped.add("the same measurement again")
                    continue
                asked.append((found["src"], found["dst"]))
                if key[3] == key[3]:
                    seen.add(key)
                rows += _samples(found, dropped)
    if not asked:
        said = "".join(f"; {one}" for one in dropped.lines())
        raise BadInputError(f"{path}: no line of it is a ping or trace of scamper{said}")
    frame = pd.DataFrame(rows, columns=list(_COLUMNS)).astype({"hops": "UInt8"})
    targets = tuple(dict.fromkeys(target for _, target in asked))
    return SampleTable(frame, dropped, targets, tuple(dict.fromkeys(asked)))


def _measurements(line: bytes, dropped: LeftOut, where: str) -> Iterator[dict[str, Any]]:
    if not line.strip():
        return
    try:
        value = orjson.loads(line)
    except ValueError:
        dropped.add("not JSON", where=where, text=line[:200].decode(errors="replace"))
        return
    for found in value if isinstance(value, list) else [value]:
        kind = found.get("type") if isinstance(found, dict) else None
        if kind not in ("ping", "trace"):
            dropped.add("neither ping nor trace", where=where, text=f"type {kind!r}")
        elif not isinstance(found.get("src"), str) or not isinstance(found.get("dst"), str):
            dropped.add("source or target missing", where=where)
        else:
            yield found | {end: canonical(found[end]) for end in ("src", "dst")}


def _samples(found: dict[str, Any], dropped: LeftOut) -> Iterator[tuple[Any, ...]]:
    """Rows of one measurement."""
    ping, target = found["type"] == "ping", found["dst"]
    answers = found.get("responses" if ping else "hops")
    answers = [a for a in answers if isinstance(a, dict)] if isinstance(answers, list) else []
    if not ping:
        # Routers on the way answer too: only the target's own answers are its RTT.
        answers = [a for a in answers if canonical(str(a.get("addr"))) == target]
    if not answers:
        dropped.add("no answer")
    packets: list[list[Any]] = []
    for answer in answers:
        packet = [answer.get(key) for key in (("seq",) if ping else ("probe_ttl", "probe_id"))]
        rtt = answer.get("rtt")
        if ping and canonical(str(answer.get("from", target))) != target:
            dropped.add(NOT_FROM_TARGET)
        elif ping and not _is_answer(answer):
            dropped.add("error reply")
        elif packet in packets and None not in packet:
            dropped.add("duplicate")
        elif isinstance(rtt, bool) or not isinstance(rtt, (int, float)):
            dropped.add("no time in the reply")
        elif not 0 < rtt <= MAX_RTT_MS:
            dropped.add("time not plausible")
        else:
            packets.append(packet)
            hops = None if ping else _small(answer.get("probe_ttl"))
            yield _start(found), found["src"], target, found["type"], hops, float(rtt)
    if ping and isinstance(sent := found.get("ping_sent"), int) and answers:
        dropped.add("no answer", min(sent, 1 << 16) - len(answers))


def _is_answer(answer: Mapping[str, Any]) -> bool:
    """Whether a reply of the target answers the probe, of whichever method it was."""
    kind = answer.get("icmp_type", 0)
    return kind in _ECHO_REPLIES or (kind, answer.get("icmp_code")) in _PORT_UNREACHABLE


def _small(value: object) -> int | None:
    return value if isinstance(value, int) and 0 < value < 256 else None


def _start(found: dict[str, Any]) -> float:
    start = found.get("start")
    if not isinstance(start, dict) or not isinstance(start.get("sec"), (int, float)):
        return float("nan")
    micro = start.get("usec")
    return float(start["sec"]) + (micro / 1e6 if isinstance(micro, (int, float)) else 0.0)
