"""The generic model: what is assumed of a target whose mesh holds no known place.

    python -m benchmarks.generic assumed azure-2026 world-60 pairs.csv …
    python -m benchmarks.generic alone azure-2026 world-60 pairs.csv …
    python -m benchmarks.generic across azure-2026 world-60 pairs.csv …
    python -m benchmarks.generic learn azure-2026 world-60 pairs.csv …

Targets are located by themselves from 5, 15, 60 and all landmarks. ``assumed``: with the values
that stand in `Settings`; ``alone``: with values learnt on all meshes but the target's own;
``across``: with values learnt on one mesh, for every two meshes; ``learn`` prints the values learnt
on all. ``world-N`` is a simulated mesh. Every mesh weighs the same, however large; meshes are audited
first, and what the audit finds impossible is left out of learning and of scores.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from benchmarks.parts import opened
from rttgeo.auditing.report import audit
from rttgeo.cells.following import FollowingGrid
from rttgeo.delay.calibrated import (
    COLOCATED_KM,
    DelayStatistics,
    fit_curve,
    learn_statistics,
    vectors,
)
from rttgeo.estimators.calibrated.cities import learn_cities
from rttgeo.estimators.calibrated.conflict import agreement
from rttgeo.estimators.calibrated.conformal import Trial, choose
from rttgeo.estimators.calibrated.doubt import weighed
from rttgeo.estimators.calibrated.estimator import Calibrated
from rttgeo.estimators.calibrated.known import KnownTargets, known_targets
from rttgeo.estimators.calibrated.kriging import residual_field
from rttgeo.estimators.calibrated.likelihood import Model, NearestLaw
from rttgeo.estimators.calibrated.prior import Prior
from rttgeo.estimators.calibrated.settings import CityLaw, Settings
from rttgeo.estimators.calibrated.trials import try_target
from rttgeo.evaluation.alone import Drawn, drawn_pairs, locate_alone, shortest_ping_alone
from rttgeo.evaluation.protocol import eligible_targets
from rttgeo.evaluation.strata import FEW
from rttgeo.machine import files
from rttgeo.machine.one_thread import one_blas_thread
from rttgeo.mesh import Mesh, TargetPairs
from rttgeo.sphere import between
from rttgeo.typing import FloatArray, IntArray

LANDMARKS = (5, 15, 60, None)
"""How many landmarks a target is located from; None for all."""
EXCLUDE_KM = 1.0
MAX_NODES = 300
PAIRS = 1500
"""Pairs of each mesh that the curve is fitted to."""
DEPTHS_KEPT = 60
"""Levels are shipped as so many quantiles: a longer list says no more of 95 %."""
NOBODY = np.empty(0, dtype=np.int64)
LEARNT = (
    "generic_curve", "generic_sd", "generic_shares", "nearest_law", "generic_cities",
    "generic_tempering", "generic_depth",
)  # fmt: skip
"""Settings that are learnt."""
BUILD = Path(__file__).resolve().parent / "build"


class Source(NamedTuple):
    """A mesh to learn from or to be tested on, and some of its targets."""

    name: str
    mesh: Mesh
    targets: IntArray


def sources(names: Sequence[str], count: int) -> list[Source]:
    """Audited meshes, each with at most ``count`` targets, evenly taken."""
    found = []
    for name in names:
        mesh = opened(name)
        clean = audit(mesh).clean(mesh)
        targets = eligible_targets(clean, EXCLUDE_KM)
        step = max(1, len(targets) // count)
        found.append(Source(mesh.provenance.name, clean, targets[::step][:count]))
    return found


def learnt(some: Sequence[Source], start: Settings) -> Settings:
    """The generic model of some meshes."""
    known = [known_targets(one.mesh, MAX_NODES) for one in some]
    marks = [vectors(*one.mesh.landmark_lonlat) for one in some]
    curve, sd = _delays(known, marks, start)
    each = [
        learn_statistics(
            one.rtt_ms, one.points, mark, bool(np.isfinite(one.rtt_ms).mean() >= 0.5), start
        )
        for one, mark in zip(known, marks, strict=True)
    ]
    shares = np.mean([(s.target_shares, s.landmark_shares) for s in each], axis=(0, 1))
    lowest, distance = _nearest(some)
    law = NearestLaw.fit(lowest, distance, start)
    settings = dataclasses.replace(
        start,
        generic_curve=curve,
        generic_sd=sd,
        generic_shares=_rounded(shares),
        nearest_law=(round(law.intercept, 4), round(law.slope, 4), round(law.sd, 4)),
        generic_cities=_cities(known, start),
    )
    chosen = choose(list(_trials(some, settings)), settings)
    depth = np.asarray(chosen.levels.depth)
    share = np.arange(1, DEPTHS_KEPT + 1) / (DEPTHS_KEPT + settings.unseen)
    kept = np.interp(share, np.arange(1, len(depth) + 1) / (len(depth) + settings.unseen), depth)
    return dataclasses.replace(
        settings, generic_tempering=chosen.tempering, generic_depth=_rounded(kept)
    )


def _rounded(values: FloatArray | Sequence[float]) -> tuple[float, ...]:
    return tuple(round(float(value), 4) for value in values)


def _delays(
    known: Sequence[KnownTargets], marks: Sequence[FloatArray], settings: Settings
) -> tuple[tuple[float, float, float, float], float]:
    """Curve and deviation over pairs of all meshes, as many of each."""
    distances, times = [], []
    for one, mark in zip(known, marks, strict=True):
        row, column = np.nonzero(np.isfinite(one.rtt_ms))
        some = np.random.default_rng(1).permutation(len(row))[:PAIRS]
        away = between(one.points[row[some]], mark[column[some]])
        apart = away > COLOCATED_KM
        distances.append(away[apart])
        times.append(one.rtt_ms[row[some], column[some]][apart])
    curve = fit_curve(np.concatenate(distances), np.concatenate(times), settings)
    off = [
        1.4826 * np.median(np.abs(np.log(rtt + settings.offset_ms) - curve(away)))
        for away, rtt in zip(distances, times, strict=True)
    ]
    a, b, c, d = _rounded(curve)
    return (a, b, c, d), round(float(np.mean(off)), 4)


def _nearest(some: Sequence[Source]) -> tuple[FloatArray, FloatArray]:
    """Lowest RTT, and how far its landmark is, of all targets from few and many landmarks."""
    lowest, distance = [], []
    for one in some:
        for number in LANDMARKS:
            base = shortest_ping_alone(one.mesh, one.targets, Drawn(number, EXCLUDE_KM, 0))
            lowest.append(base[1])
            distance.append(base[0])
    return np.concatenate(lowest), np.concatenate(distance)


def _cities(known: Sequence[KnownTargets], settings: Settings) -> CityLaw:
    """How targets lie about cities: the mean over meshes."""
    laws = [learn_cities(one.points, COLOCATED_KM, settings) for one in known]
    near = np.mean([law.near for law in laws], axis=0)
    rest = [np.mean([getattr(law, x) for law in laws]) for x in ("around", "nodes", "power")]
    return CityLaw(_rounded(near), *_rounded(rest))


def _model(settings: Settings, mesh: Mesh) -> Model:
    """Nobody known: the generic curve and law over the landmarks of a mesh."""
    landmarks = vectors(*mesh.landmark_lonlat)
    nothing = np.empty((0, len(landmarks)))
    statistics = DelayStatistics.without_data(settings)
    field = residual_field(settings, statistics, nothing, np.empty((0, 3)), landmarks)
    law = NearestLaw(*settings.nearest_law, settings.nearest_floor_km)
    return Model(settings, field, law, Prior(settings, settings.generic_cities))


def _pairs(some: Sequence[Source]) -> Iterator[tuple[Source, int, int, TargetPairs]]:
    for one in some:
        for number in LANDMARKS:
            for target in map(int, one.targets):
                drawn = Drawn(number, EXCLUDE_KM, 0)
                yield one, number or 0, target, drawn_pairs(one.mesh, target, drawn)


def _trials(some: Sequence[Source], settings: Settings) -> Iterator[Trial]:
    models = {one.name: _model(settings, one.mesh) for one in some}
    for one, _, target, pairs in _pairs(some):
        agreed = agreement(pairs, settings)
        if agreed.one_place:
            lon, lat = (float(axis[target]) for axis in one.mesh.target_lonlat)
            mixture = weighed(models[one.name], agreed.pairs, NOBODY)
            yield try_target(mixture, lon, lat)


def tested(one: Source, settings: Settings) -> pd.DataFrame:
    """One row for each number of landmarks and target: errors, coverage, area."""
    method = Calibrated("generic", settings)
    lon, lat = one.mesh.target_lonlat
    rows = []
    for number in LANDMARKS:
        drawn = Drawn(number, EXCLUDE_KM, 1)
        base = shortest_ping_alone(one.mesh, one.targets, drawn)
        found, _, _ = locate_alone(one.mesh, method, FollowingGrid(), drawn, one.targets)
        for row, (target, estimate) in enumerate(zip(one.targets, found, strict=True)):
            place = float(lon[target]), float(lat[target])
            given = estimate.has_region and not estimate.empty
            rows.append({
                "mesh": one.name,
                "landmarks": str(number or "all"),
                "lowest_ms": base[1][row],
                "error_km": estimate.error_km(*place),
                "ping_km": base[0][row],
                "given": given,
                "held": given and estimate.covers(*place),
                "area_km2": estimate.area_km2 if given else np.nan,
            })  # fmt: skip
    return pd.DataFrame(rows)


def figures(table: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Median and p90 against shortest ping, coverage of the regions given, and their area."""
    rows = []
    for key, part in table.groupby(by, sort=False):
        error, ping = part["error_km"].dropna(), part["ping_km"]
        rows.append({
            **dict(zip(by, key if isinstance(key, tuple) else (key,), strict=True)),
            "targets": len(part),
            "median km": error.median(),
            "median ÷ SP": error.median() / ping.median(),
            "p90 ÷ SP": error.quantile(0.9) / ping.quantile(0.9),
            "cov 95": part["held"].sum() / max(part["given"].sum(), 1),
            "no region": 1 - part["given"].mean(),
            "area km²": part["area_km2"].median(),
            "few": "few" if len(part) < FEW else "",
        })  # fmt: skip
    return pd.DataFrame(rows)


@one_blas_thread
def as_assumed(some: Sequence[Source], start: Settings) -> pd.DataFrame:
    """Each mesh by the settings as they are."""
    return pd.concat([tested(one, start) for one in some])


@one_blas_thread
def leave_one_out(some: Sequence[Source], start: Settings) -> pd.DataFrame:
    """Each mesh by what was learnt on the others."""
    return pd.concat([
        tested(one, learnt([other for other in some if other is not one], start)) for one in some
    ])  # fmt: skip


@one_blas_thread
def across(some: Sequence[Source], start: Settings) -> pd.DataFrame:
    """Each mesh by what was learnt on each other one."""
    parts = []
    for teacher in some:
        settings = learnt([teacher], start)
        parts += [
            tested(one, settings).assign(learnt=teacher.name) for one in some if one is not teacher
        ]
    return pd.concat(parts)


def main() -> None:
    """Learn, or test what was learnt; print, and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("assumed", "alone", "across", "learn"))
    parser.add_argument("mesh", nargs="+")
    parser.add_argument("--targets", type=int, default=30, help="of each mesh, at most")
    asked = parser.parse_args()
    some, start = sources(asked.mesh, asked.targets), Settings()
    BUILD.mkdir(exist_ok=True)
    if asked.what == "learn":
        settings = one_blas_thread(learnt)(some, start)
        print(json.dumps({name: getattr(settings, name) for name in LEARNT}, indent=1))
        return
    if asked.what == "alone":
        table, by = leave_one_out(some, start), ["mesh", "landmarks"]
    elif asked.what == "assumed":
        table, by = as_assumed(some, start), ["mesh", "landmarks"]
    else:
        table, by = across(some, start), ["learnt", "mesh"]
    files.write_json(BUILD / f"generic-{asked.what}.json", table.to_dict("records"))
    for columns in (by, ["landmarks"]):
        print(figures(table, columns).round(2).to_string(index=False), end="\n\n")
    kinds = pd.cut(table["lowest_ms"], [0, 2, 5, 15, 50, np.inf], right=False).astype(str)
    print(
        figures(table.assign(lowest=kinds).sort_values("lowest_ms"), ["lowest"])
        .round(2)
        .to_string(index=False)
    )


if __name__ == "__main__":
    main()
