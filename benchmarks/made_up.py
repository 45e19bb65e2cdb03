"""A pairs table of any size, made up from a fixed seed and written as it comes: memory flat.

    python -m benchmarks.made_up OUT.parquet --targets 1000000 [--landmarks 200] [--known 200]

Landmarks and targets stand in and around cities, drawn by population; the round-trip time of a pair is
light's in fibre times 1.2 to 2.2, and a last mile of 4 ms in the mean. Made up: what is measured on
such a table is speed, never accuracy.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rttgeo import sphere
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.data.cities import cities
from rttgeo.machine.files import writing
from rttgeo.typing import FloatArray

AT_ONCE = 5000
"""Targets of a row group: a million pairs of 200 landmarks."""
SPREAD = 0.2
"""Standard deviation of a target's place about its city's centre, degrees: a suburb or two."""
STRETCH = (1.2, 2.2)
"""Paths over distances, as `docs/explanation.md` has them for measured meshes, about."""
LAST_MILE_MS, LEAST_MS = 4.0, 0.3
BY_POPULATION = 0.7
"""Power of a city's population by which it is drawn: hosts are spread a little wider than people."""
SCHEMA = pa.schema(
    [
        ("landmark", pa.dictionary(pa.int32(), pa.string())),
        ("landmark_lat", pa.float64()),
        ("landmark_lon", pa.float64()),
        ("target", pa.dictionary(pa.int32(), pa.string())),
        ("target_lat", pa.float64()),
        ("target_lon", pa.float64()),
        ("rtt_ms", pa.float64()),
    ]
)


def tables(
    targets: int, landmarks: int = 200, known: int = 200, seed: int = 5
) -> Iterator[pa.Table]:
    """Make up a pairs table piece by piece.

    Parameters
    ----------
    targets, landmarks
        How many.
    known
        The first so many targets are of known place: they teach the methods that learn.
    seed
        Everything follows from it; the first targets are the same whatever their number.

    Yields
    ------
    pyarrow.Table
        Of `SCHEMA`, every landmark to each of some targets, sorted by target.
    """
    rng = np.random.default_rng(seed)
    table = cities()
    lon, lat = np.asarray(table.lon, float), np.asarray(table.lat, float)
    weight = np.asarray(table.population, float) ** BY_POPULATION
    weight /= weight.sum()
    marks = rng.choice(len(lon), landmarks, replace=False, p=weight)
    names = pa.array([f"lm-{i:04d}" for i in range(landmarks)])
    for start in range(0, targets, AT_ONCE):
        part = np.random.default_rng([seed, start])
        n = min(AT_ONCE, targets - start)
        # The whole piece is drawn, whatever is taken of it.
        where = part.choice(len(lon), AT_ONCE, p=weight)[:n]
        off = part.normal(0, SPREAD, (2, AT_ONCE))[:, :n]
        t_lon = (lon[where] + off[0] + 180) % 360 - 180
        t_lat = np.clip(lat[where] + off[1], -89, 89)
        apart = sphere.distance_km(lon[marks], lat[marks], t_lon[:, None], t_lat[:, None])
        rtt = _rtt_ms(part, apart, landmarks)[:n]
        hidden = np.arange(start, start + n) >= known
        t_lon[hidden], t_lat[hidden] = np.nan, np.nan
        yield pa.table(
            [
                _coded(np.tile(np.arange(landmarks), n), names),
                np.tile(lat[marks], n),
                np.tile(lon[marks], n),
                _coded(
                    np.repeat(np.arange(n), landmarks),
                    pa.array([f"t{i:09d}" for i in range(start, start + n)]),
                ),
                pa.array(np.repeat(t_lat, landmarks), from_pandas=True),
                pa.array(np.repeat(t_lon, landmarks), from_pandas=True),
                np.round(rtt.ravel(), 3),
            ],
            schema=SCHEMA,
        )


def _rtt_ms(part: np.random.Generator, apart: FloatArray, landmarks: int) -> FloatArray:
    shape = (AT_ONCE, landmarks)
    stretch, last = part.uniform(*STRETCH, shape), part.exponential(LAST_MILE_MS, shape)
    fibre: FloatArray = apart / KM_PER_MS_RTT["fibre"]
    return fibre * stretch[: len(apart)] + last[: len(apart)] + LEAST_MS


def _coded(codes: np.ndarray, names: pa.Array) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), names)


def write_pairs(
    path: Path, targets: int, landmarks: int = 200, known: int = 200, seed: int = 5
) -> Path:
    """Write a made-up pairs table as Parquet.

    Parameters
    ----------
    path
        The file.
    targets, landmarks, known, seed
        As of `tables`.

    Returns
    -------
    pathlib.Path
        The path.
    """
    with writing(path) as file, pq.ParquetWriter(file, SCHEMA, compression="zstd") as writer:
        for table in tables(targets, landmarks, known, seed):
            writer.write_table(table)
    return path


def main() -> None:
    """Write one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--targets", type=int, required=True)
    parser.add_argument("--landmarks", type=int, default=200)
    parser.add_argument("--known", type=int, default=200)
    asked = parser.parse_args()
    write_pairs(asked.out, asked.targets, asked.landmarks, asked.known)


if __name__ == "__main__":
    main()
