"""The audit: which declared places and round-trip times cannot be right."""

from __future__ import annotations

import functools

import numpy as np

from benchmarks.page.measuring import Work, copying, growing, way
from benchmarks.page.protocol import LIMIT, OURS, Curve, Found, Section, Size, Table, number
from rttgeo.mesh import Mesh, Provenance, nodes

MISPLACED = 0.02
"""Share of the targets that are declared elsewhere."""


def mesh(targets: int, landmarks: int) -> Mesh:
    """Landmarks to targets of known place, some of which are declared where others are."""
    import pandas as pd

    from rttgeo.constants import KM_PER_MS_RTT
    from rttgeo.sphere import distance_km

    rng = np.random.default_rng(11)
    lon, lat = (
        rng.uniform(-180, 180, landmarks),
        np.degrees(np.arcsin(rng.uniform(-1, 1, landmarks))),
    )
    t_lon, t_lat = (
        rng.uniform(-180, 180, targets),
        np.degrees(np.arcsin(rng.uniform(-1, 1, targets))),
    )
    away = distance_km(lon, lat, t_lon[:, None], t_lat[:, None])
    rtt = (
        away / KM_PER_MS_RTT["fibre"] * rng.uniform(1.2, 2.2, away.shape)
        + rng.exponential(4, away.shape)
        + 0.3
    )
    wrong = rng.choice(targets, max(2, int(MISPLACED * targets)), replace=False)
    t_lon[wrong], t_lat[wrong] = t_lon[np.roll(wrong, 1)], t_lat[np.roll(wrong, 1)]
    pairs = pd.DataFrame(
        {
            "target": np.repeat(np.arange(targets), landmarks),
            "landmark": np.tile(np.arange(landmarks), targets),
            "rtt_ms": rtt.ravel(),
        }
    )
    return Mesh.build(
        nodes([f"l{i}" for i in range(landmarks)], lon, lat),
        nodes([f"t{i}" for i in range(targets)], t_lon, t_lat),
        pairs,
        Provenance("made-up", "simulated"),
    )


def ours(targets: int, landmarks: int) -> Work:
    """The whole audit."""
    from rttgeo.auditing import audit

    made = mesh(targets, landmarks)
    return lambda: audit(made)


def by_numpy(targets: int, landmarks: int) -> Work:
    """Which pairs beat light: the first step of it."""
    from rttgeo.constants import KM_PER_MS_RTT
    from rttgeo.sphere import distance_km

    made = mesh(targets, landmarks)
    (lon, lat), (t_lon, t_lat) = made.landmark_lonlat, made.target_lonlat
    a, b, rtt = (made.pairs[name].to_numpy() for name in ("landmark", "target", "rtt_ms"))

    def work() -> None:
        away = distance_km(lon[a], lat[a], t_lon[b], t_lat[b])
        np.flatnonzero(away > rtt * KM_PER_MS_RTT["vacuum"] + 50)

    return work


def by_geopandas(targets: int, landmarks: int) -> Work:
    """The same step by geodesics of pyproj, as a geographer would."""
    import pyproj

    from rttgeo.constants import KM_PER_MS_RTT

    made, geod = mesh(targets, landmarks), pyproj.Geod(ellps="WGS84")
    (lon, lat), (t_lon, t_lat) = made.landmark_lonlat, made.target_lonlat
    a, b, rtt = (made.pairs[name].to_numpy() for name in ("landmark", "target", "rtt_ms"))

    def work() -> None:
        away = np.asarray(geod.inv(lon[a], lat[a], t_lon[b], t_lat[b])[2]) / 1e3
        np.flatnonzero(away > rtt * KM_PER_MS_RTT["vacuum"] + 50)

    return work


def run(size: Size) -> Found:
    """Measure."""
    landmarks, targets = size.of(200, 30), size.of(5_000, 100)
    rows = landmarks * targets
    few = size.of(500, 20)
    measure = functools.partial(way, size)
    ways = [
        measure(
            "the whole audit", ours, targets, landmarks, amount=rows, role=OURS,
            says="who is to blame",
        ),
        measure(
            "numpy, great circles", by_numpy, targets, landmarks, amount=rows, says="pairs that beat light"
        ),
        measure(
            "pyproj, geodesics", by_geopandas, few, landmarks, amount=few * landmarks,
            says="pairs that beat light",
        ),
        measure("copying the pairs", copying, rows * 16 / 1e6, amount=rows, role=LIMIT),
    ]  # fmt: skip
    table = Table(
        f"{rows:,} pairs, {100 * MISPLACED:.0f} % of the targets declared elsewhere", "pairs", ways
    )
    at = [targets // 16, targets // 4, targets]
    curve = [one.seconds for one in growing(lambda n: ours(n, landmarks), at)]
    curves = [Curve("audit", "rows", [float(n * landmarks) for n in at], curve)]
    sentence = (
        f"{number(ways[0].rate / 1e6)} million pairs a second; numpy takes "
        f"{number(table.times_ours(ways[1]))} times as long to say only which pairs beat light. Time "
        f"grows with the rows to the power {curves[0].exponent:.2f}."
    )
    return Found(sentence, [table], curves)


SECTION = Section(
    "audit",
    "Audit",
    "Pairs of declared places (made up) to who is misplaced and which times are impossible.",
    "numpy and pyproj for its first step",
    "a copy of the pairs",
    run,
)
