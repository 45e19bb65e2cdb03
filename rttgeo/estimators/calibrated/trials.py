"""Trials on left-out known targets: where each tempering finds them, and in how large a region."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rttgeo.cells.mixed import row_of_parts
from rttgeo.estimators.calibrated.cells import FINEST
from rttgeo.estimators.calibrated.conformal import DEPTHS, Trial, depth_of
from rttgeo.estimators.calibrated.likelihood import DROP_NATS, Evidence
from rttgeo.estimators.calibrated.mixture import Mixture
from rttgeo.estimators.calibrated.settings import Settings
from rttgeo.kernels.sorting import largest_first
from rttgeo.kernels.tempering import count_drops
from rttgeo.typing import FloatArray

Singles = npt.NDArray[np.float32]
Counts = npt.NDArray[np.int32]

BINS_PER_NAT = 30
"""Number of bins of log density below the best cell: counting cells in bins is faster than sorting
them."""


class _Curves(NamedTuple):
    """One row per tempering.

    ``top`` is the best log density, ``total`` the sum of densities divided by the best one;
    ``depth`` and ``area_km2`` are those of the region down to each bin.
    """

    top: FloatArray
    total: FloatArray
    depth: FloatArray
    area_km2: FloatArray


def try_target(mixture: Mixture, lon: float, lat: float) -> Trial:
    """Try every tempering on a left-out target whose place is known.

    Parameters
    ----------
    mixture
        The cells of the target, gathered without its own place.
    lon
        True longitude, degrees.
    lat
        True latitude, degrees.

    Returns
    -------
    Trial
        Log density and depth at the truth, and areas, for every tempering.
    """
    return (
        _of_one(mixture.main, lon, lat) if len(mixture.parts) == 1 else _of_many(mixture, lon, lat)
    )


def _of_many(mixture: Mixture, lon: float, lat: float) -> Trial:
    """The case of several hypotheses: their densities are mixed for each tempering."""
    main, pieces = mixture.main, mixture.pieces
    at = int(row_of_parts(pieces.start, pieces.size, FINEST, lon, lat))
    log_density, depth, areas = [], [], []
    for tempering in main.settings.temperings():
        density, _ = mixture.density(tempering)
        order = largest_first(density)
        held = np.cumsum((density * pieces.size)[order])
        deep = -np.log1p(-np.minimum(held, 1 - 1e-12))
        area_km2 = np.cumsum(pieces.size[order]) * FINEST.cell_area_km2
        areas.append(np.interp(DEPTHS, deep, area_km2))
        row = int(np.flatnonzero(order == at)[0]) if at >= 0 else -1
        depth.append(deep[row] if at >= 0 else depth_of(1.0))
        with np.errstate(divide="ignore"):
            here = density[at] / FINEST.cell_area_km2 if at >= 0 else 0.0
            log_density.append(float(np.log(here)))
    return Trial(np.array(log_density), np.array(depth), np.array(areas), main.lowest_ms)


def _of_one(evidence: Evidence, lon: float, lat: float) -> Trial:
    delays, nearest, prior = (
        values.astype(np.float32) for values in (evidence.delays, evidence.nearest, evidence.prior)
    )
    start, size = evidence.cells.start, evidence.cells.size
    curves = _curves(evidence.settings, (delays, nearest, prior), size.astype(np.int32))
    ends = zip(curves.depth, curves.area_km2, strict=True)
    areas = np.array([np.interp(DEPTHS, *one) for one in ends])
    at = int(row_of_parts(start, size, FINEST, lon, lat))
    n = len(curves.top)
    if at < 0:
        density, depth = np.full(n, -np.inf), np.full(n, depth_of(1.0))
    else:
        drop = (
            curves.top
            - np.array(evidence.settings.temperings()) @ [delays[at], nearest[at]]
            - prior[at]
        )
        row = np.clip((drop * BINS_PER_NAT).astype(int), 0, curves.depth.shape[1] - 1)
        density = -drop - np.log(curves.total * FINEST.cell_area_km2)
        depth = curves.depth[np.arange(n), row]
    return Trial(density, depth, areas, evidence.lowest_ms)


def _curves(settings: Settings, logs: tuple[Singles, Singles, Singles], size: Counts) -> _Curves:
    """Curves of every tempering; ``logs`` are those of delays, nearest landmark and prior."""
    exponents = np.array(settings.temperings(), dtype=np.float32)
    top = np.empty(len(exponents), np.float32)
    counts = np.empty((len(exponents), int(DROP_NATS * BINS_PER_NAT)), np.int32)
    count_drops(*logs, size, exponents, BINS_PER_NAT, top, counts)
    held = counts * np.exp(-(np.arange(counts.shape[1]) + 0.5) / BINS_PER_NAT)
    total = held.sum(axis=1)
    depth = -np.log1p(-np.minimum(held.cumsum(axis=1) / total[:, None], 1 - 1e-12))
    return _Curves(
        top.astype(np.float64), total, depth, counts.cumsum(axis=1) * FINEST.cell_area_km2
    )
