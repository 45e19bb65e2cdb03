"""The captures that ship with rttgeo, and how accurate passive times are on them.

They are from real stacks (aioquic, Linux TCP) over artificial paths whose minimum round trips are
known (``tools/make_captures.py``). A sample is too short if it is below the minimum round trip of
its side (minus 0.1 % for the resolution of times), near if it is at most 5 % above, and too long
otherwise.
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
    """The passive times of one capture, compared with the truth.

    Attributes
    ----------
    name
        Name, such as ``quic-lossy-vec``.
    stack_min_ms
        Minimum round trip measured by the stack itself, ms.
    least_ms
        Minimum round trip of the path, of the client's side and of the server's side, ms.
    ratios
        For each method, samples divided by the minimum round trip of their side.
    minima_ms
        For each method, the trustworthy minimum of the full path if there is one, ms.
    halves_ms
        For each method, those of the paths to the client and to the server if there are both, ms.
    """

    name: str
    stack_min_ms: float
    least_ms: tuple[float, float, float]
    ratios: dict[str, FloatArray]
    minima_ms: dict[str, float]
    halves_ms: dict[str, tuple[float, float]]

    @property
    def path(self) -> str:
        """What was done to packets on the path: ``clean``, ``jitter``, ``lossy``, ``reordered``."""
        return self.name.split("-")[1]

    @property
    def protocol(self) -> str:
        """``quic`` or ``tcp``."""
        return self.name.split("-")[0]


class Shares(NamedTuple):
    """Number of samples, and the shares of them that are near, too long and too short."""

    samples: int
    near: float
    too_long: float
    too_short: float


def made_captures(folder: str | Path | None = None) -> list[MadeCapture]:
    """Read captures that come with their true round trips.

    Parameters
    ----------
    folder
        Folder with ``NAME.pcap.gz`` and ``NAME.json``; by default that of the shipped captures.

    Returns
    -------
    list of MadeCapture
        The captures, sorted by name.

    Raises
    ------
    BadInputError
        When the folder has no captures, or the true round trips of one are missing.
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
        Some of the result of `made_captures`.

    Returns
    -------
    dict
        For each method, samples divided by the minimum round trip of their side.
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
        Samples divided by the minimum round trip of their sides; at least one.

    Returns
    -------
    Shares
        The shares, which add up to 1.
    """
    short = ratio < RESOLUTION
    near = (ratio <= NEAR) & ~short
    return Shares(len(ratio), float(near.mean()), float((ratio > NEAR).mean()), float(short.mean()))
