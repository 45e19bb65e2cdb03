"""Calibrations kept between processes: learning takes seconds, but its result is a few numbers.

A file holds a fold's tempering, levels and ranges (`conformal.Calibration`), under a key made from
everything that they depend on. The numbers read back are the same to the bit as newly learnt ones;
otherwise nothing is read.
"""

from __future__ import annotations

import hashlib
import math
from typing import Any

import numpy as np

from rttgeo.data.shipped import data_path
from rttgeo.estimators.calibrated.conformal import Calibration, Levels
from rttgeo.estimators.calibrated.seen import Seen
from rttgeo.estimators.calibrated.settings import Settings
from rttgeo.machine import kept
from rttgeo.mesh import Mesh

FORMAT, VERSION = "rttgeo-calibration", 1
ROOMS = (
    "auditing", "cells", "constants.py", "data", "delay", "errors.py", "estimators", "kernels",
    "machine", "mesh.py", "provenance.py", "sphere.py", "typing.py",
)  # fmt: skip
"""Code that a calibration comes from: all that `memory` imports, and more."""
DATA = ("cities/cities.parquet", "land/cells.parquet")
"""Data that a prior comes from."""


def taught_digest(mesh: Mesh) -> str:
    """Take a digest of what a mesh teaches: its landmarks, known targets, and their pairs.

    Targets of unknown place teach nothing, so that the shards of a census have one digest.

    Parameters
    ----------
    mesh
        The measurements, with known places of landmarks and of some targets.

    Returns
    -------
    str
        SHA-256, 64 hexadecimal digits.
    """
    known = np.isfinite(mesh.target_lonlat[0]) | mesh.targets.index.isin(mesh.landmarks.index)
    target = mesh.pairs["target"].to_numpy()
    some = known[target]
    found = hashlib.sha256()
    for table, (lon, lat), those in (
        (mesh.landmarks, mesh.landmark_lonlat, slice(None)),
        (mesh.targets, mesh.target_lonlat, known),
    ):
        names = [str(name).encode() for name in table.index[those]]
        # Lengths first: else "ab", "c" and "a", "bc" were the same.
        found.update(np.array([len(names), *map(len, names)], dtype="<i8").tobytes())
        found.update(b"".join(names))
        found.update(np.stack([lon[those], lat[those]]).tobytes())
    row = np.cumsum(known) - 1
    found.update(row[target[some]].astype("<i8").tobytes())
    for column in ("landmark", "rtt_ms"):
        found.update(np.ascontiguousarray(mesh.pairs[column].to_numpy()[some]).tobytes())
    return found.hexdigest()


def key_of(taught: str, settings: Settings, *which: object) -> str | None:
    """Make the key of a calibration.

    Parameters
    ----------
    taught
        Of `taught_digest`.
    settings
        Settings of the estimator.
    *which
        Which of the mesh's calibrations: the fold, and the reaches.

    Returns
    -------
    str or None
        None where nothing can be kept: the code has changed since it was loaded, or it is
        switched off.
    """
    if kept.folder() is None:
        return None
    code = kept.code_digest(ROOMS, tuple(map(data_path, DATA)))
    if code is None:
        return None
    return kept.key_of((FORMAT, VERSION, code, taught, settings, *which))


def look_up(key: str | None, settings: Settings) -> Calibration | None:
    """Look up a calibration that was learnt before, by whatever process.

    Parameters
    ----------
    key
        Of `key_of`.
    settings
        Settings of the estimator.

    Returns
    -------
    Calibration or None
        None where there is none, or not a whole one.
    """
    record = None if key is None else kept.look_up(key)
    if not isinstance(record, dict) or record.get("format") != FORMAT or record.get("key") != key:
        return None
    found = record.get("calibration")
    return found if isinstance(found, Calibration) and _whole(found, settings) else None


def keep(key: str | None, calibration: Calibration) -> None:
    """Keep a calibration, where that is possible.

    Parameters
    ----------
    key
        Of `key_of`.
    calibration
        What was learnt.
    """
    if key is not None:
        kept.keep(key, {"format": FORMAT, "key": key, "calibration": calibration})


def _whole(calibration: Calibration, settings: Settings) -> bool:
    """Whether the parts of a calibration that was read are what learning could have given."""
    tempering, levels, n_trials, seen = calibration
    return (
        tempering in settings.temperings()
        and isinstance(levels, Levels)
        and levels.unseen == settings.unseen
        and isinstance(n_trials, int)
        and len(levels.depth) in (n_trials, 0)
        and _numbers(levels.depth)
        and n_trials >= settings.min_trials
        and isinstance(seen, Seen)
        and isinstance(seen.landmarks, int)
        and _numbers(seen.lowest_ms)
        and len(seen.lowest_ms) == 2
    )


def _numbers(values: Any) -> bool:
    return isinstance(values, tuple) and all(
        isinstance(one, float) and math.isfinite(one) for one in values
    )
