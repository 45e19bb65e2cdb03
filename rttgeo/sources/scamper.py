"""Measurements of scamper, as its own JSON or that of ``sc_warts2json``: an object a line.

Used are objects of type ``ping`` (``src``, ``dst``, ``start.sec``, ``responses`` with ``from`` and
``rtt`` in ms) and ``trace`` (``src``, ``dst``, ``hops`` with ``addr``, ``probe_ttl`` and ``rtt``);
others, such as ``cycle-start``, are counted. A binary warts file goes through
``sc_warts2json FILE.warts > FILE.json`` first.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pandas as pd

from rttgeo.errors import BadInputError
from rttgeo.sources.series import MAX_RTT_MS

_COLUMNS = ("time_s", "source", "target", "kind", "hops", "rtt_ms")
_ECHO_REPLIES = (0, 129)


@dataclasses.dataclass(frozen=True, eq=False)
class SampleTable:
    """Samples of many pairs.

    Attributes
    ----------
    samples
        One row a sample: ``time_s`` (seconds since 1970), ``source``, ``target`` (addresses),
        ``kind`` (``ping`` or ``trace``), ``hops`` (<NA> for pings), ``rtt_ms``.
    dropped
        Lines and replies that gave none, by reason.
    """

    samples: pd.DataFrame
    dropped: Mapping[str, int]

    def minimum_rtts(self) -> pd.DataFrame:
        """Minimum RTT of each pair: ``source``, ``target``, ``rtt_ms``, ``samples``, ``hops``."""
        groups = self.samples.groupby(["source", "target"], sort=True)
        return groups.agg(
            rtt_ms=("rtt_ms", "min"), samples=("rtt_ms", "size"), hops=("hops", "min")
        ).reset_index()


def read_scamper(path: str | Path) -> SampleTable:
    """Read pings and traces; a line at a time, so a file may be large.

    A reply counts when it comes from the target itself: an echo reply in a ping, any answer in
    a trace.

    Raises
    ------
    BadInputError
        When the file cannot be read or has no ping or trace.
    """
    rows: list[tuple[Any, ...]] = []
    dropped: Counter[str] = Counter()
    known = 0
    try:
        with Path(path).open("rb") as file:
            for line in file:
                found = _measurement(line, dropped)
                if found is not None:
                    known += 1
                    rows += _samples(found, dropped)
    except OSError as error:
        raise BadInputError(f"cannot read {path}: {error.strerror or error}") from error
    if not known:
        raise BadInputError(f"{path}: no line of it is a ping or trace of scamper")
    frame = pd.DataFrame(rows, columns=list(_COLUMNS)).astype({"hops": "UInt8"})
    return SampleTable(frame, dict(dropped))


def _measurement(line: bytes, dropped: Counter[str]) -> dict[str, Any] | None:
    if not line.strip():
        return None
    try:
        found: dict[str, Any] = orjson.loads(line)
    except ValueError:
        dropped["not JSON"] += 1
        return None
    kind = found.get("type") if isinstance(found, dict) else None
    if kind not in ("ping", "trace"):
        dropped["neither ping nor trace"] += 1
        return None
    if not isinstance(found.get("src"), str) or not isinstance(found.get("dst"), str):
        dropped["source or target missing"] += 1
        return None
    return found


def _samples(found: dict[str, Any], dropped: Counter[str]) -> Iterator[tuple[Any, ...]]:
    """Rows of one measurement."""
    ping = found["type"] == "ping"
    answers = found.get("responses" if ping else "hops")
    answers = [a for a in answers if isinstance(a, dict)] if isinstance(answers, list) else []
    if not ping:
        # Routers on the way answer too: only the target's own answers are its RTT.
        answers = [a for a in answers if a.get("addr") == found["dst"]]
    if not answers:
        dropped["no answer"] += 1
    for answer in answers:
        rtt = answer.get("rtt")
        if ping and answer.get("from", found["dst"]) != found["dst"]:
            dropped["not from the target"] += 1
        elif ping and answer.get("icmp_type", 0) not in _ECHO_REPLIES:
            dropped["error reply"] += 1
        elif isinstance(rtt, bool) or not isinstance(rtt, (int, float)):
            dropped["no time in the reply"] += 1
        elif not 0 < rtt <= MAX_RTT_MS:
            dropped["time not plausible"] += 1
        else:
            hops = None if ping else _small(answer.get("probe_ttl"))
            yield _start(found), found["src"], found["dst"], found["type"], hops, float(rtt)


def _small(value: object) -> int | None:
    return value if isinstance(value, int) and 0 < value < 256 else None


def _start(found: dict[str, Any]) -> float:
    start = found.get("start")
    if not isinstance(start, dict) or not isinstance(start.get("sec"), (int, float)):
        return float("nan")
    micro = start.get("usec")
    return float(start["sec"]) + (micro / 1e6 if isinstance(micro, (int, float)) else 0.0)
