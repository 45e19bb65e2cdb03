"""The captures that come with rttgeo, and what passive times are worth on them.

They are of real stacks (aioquic, Linux TCP) over paths made for them, whose least round trips are known
(``tools/make_captures.py``). A sample is too short when it is below the least round trip of its side, less
0.1 % for the resolution of times; near when it is at most 5 % above; too long otherwise.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from rttgeo.data.shipped import data_path
from rttgeo.errors import BadInputError
from rttgeo.mesh import Provenance
from rttgeo.passive.flows import Series
from rttgeo.passive.reading import read_passive
from rttgeo.passive.samples import Judged
from rttgeo.typing import FloatArray

KEPT: Final = "made-paths-2026"
ENDING: Final = ".pcap.gz"
NEAR: Final = 1.05
RESOLUTION: Final = 0.999
PROVENANCE: Final = Provenance(
    KEPT,
    "measured",
    "own captures of aioquic and Linux TCP over paths made for them",
    "2026-11",
    "BSD-3-Clause",
)


class MadeCapture(NamedTuple):
    """What passive times of one capture are, beside the truth.

    Attributes
    ----------
    name
        Such as ``quic-lossy-vec``.
    stack_min_ms
        Least round trip that the stack itself measured, ms.
    least_ms
        Least round trip of the path: full, the client's side, the server's; ms.
    ratios
        By method, each sample over the least round trip of its side.
    minima_ms
        By method, the sound minimum of the whole way, where there is one; ms.
    halves_ms
        By method, those of the way to the client and of the way to the server, where there are both; ms.
    """

    name: str
    stack_min_ms: float
    least_ms: tuple[float, float, float]
    ratios: dict[str, FloatArray]
    minima_ms: dict[str, float]
    halves_ms: dict[str, tuple[float, float]]

    @property
    def path(self) -> str:
        """What was done to packets on the way: ``clean``, ``jitter``, ``lossy``, ``reordered``."""
        return self.name.split("-")[1]

    @property
    def protocol(self) -> str:
        """``quic`` or ``tcp``."""
        return self.name.split("-")[0]


class Shares(NamedTuple):
    """How many samples there are, and which shares of them are near, too long, too short."""

    samples: int
    near: float
    too_long: float
    too_short: float


def made_captures(folder: str | Path | None = None) -> list[MadeCapture]:
    """Read captures whose truth stands beside them.

    Parameters
    ----------
    folder
        With ``NAME.pcap.gz`` and ``NAME.json``; by default that of the captures that are shipped.

    Returns
    -------
    list of MadeCapture
        By name.

    Raises
    ------
    BadInputError
        When the folder holds none, or a truth is missing.
    """
    where = Path(folder) if folder is not None else data_path("captures")
    paths = sorted(where.glob(f"*{ENDING}"))
    if not paths:
        raise BadInputError(f"{where}: no capture NAME{ENDING} in it")
    return [_read(path) for path in paths]


def _read(path: Path) -> MadeCapture:
    name = path.name.removesuffix(ENDING)
    beside = path.with_name(f"{name}.json")
    try:
        truth: dict[str, Any] = json.loads(beside.read_text(encoding="utf-8"))
        client, server = float(truth["client_ms"]), float(truth["server_ms"])
        own = float(truth["stack_min_rtt_ms"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInputError(f"{beside}: expected client_ms, server_ms, stack_min_rtt_ms") from error
    least = client + server, client, server
    parts: dict[str, list[FloatArray]] = defaultdict(list)

    def sink(series: Series, judged: Judged) -> None:
        for side, least_ms in enumerate(least):
            parts[series.method].append(judged.rtt_ms[judged.side == side] / least_ms)

    read = read_passive([path], sink=sink)
    found = {one.method: one.minimum_ms() for one in read.series if one.side == "full"}
    minima = {method: value for method, value in found.items() if value is not None}
    ratios = {method: np.concatenate(some) for method, some in parts.items()}
    halves = {}
    for one in read.series:
        to_client, to_server = one.minimum_ms("client"), one.minimum_ms("server")
        if to_client is not None and to_server is not None:
            halves[one.method] = to_client, to_server
    return MadeCapture(name, own, least, ratios, minima, halves)


def ratios_by_method(captures: list[MadeCapture]) -> dict[str, FloatArray]:
    """Join the samples of several captures.

    Parameters
    ----------
    captures
        Some of `made_captures`.

    Returns
    -------
    dict
        By method, each sample over the least round trip of its side.
    """
    joined: dict[str, list[FloatArray]] = defaultdict(list)
    for one in captures:
        for method, ratio in one.ratios.items():
            joined[method].append(ratio)
    return {method: np.concatenate(some) for method, some in joined.items()}


def shares(ratio: FloatArray) -> Shares:
    """Count which samples are near, too long, too short.

    Parameters
    ----------
    ratio
        Samples over the least round trip of their sides; at least one.

    Returns
    -------
    Shares
        The three shares add up to 1.
    """
    short = ratio < RESOLUTION
    near = (ratio <= NEAR) & ~short
    return Shares(len(ratio), float(near.mean()), float((ratio > NEAR).mean()), float(short.mean()))
