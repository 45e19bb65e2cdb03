"""Enumerate root servers' sites, and compare with the published lists.

    python -m benchmarks.anycast FOLDER
    python -m benchmarks.anycast --unicast azure-2026 pairs.csv

The published sites serve the score only. The folder holds `min_rtt.csv` (probe, lat, lon, target,
min_rtt_ms) and one `root_servers_*.json` a service (IPv4, Sites with Latitude and Longitude).
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

import rttgeo
from rttgeo.anycast import enumerate_instances
from rttgeo.auditing.disjoint import disjoint_rows
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.data.cities import cities
from rttgeo.mesh import Mesh, Provenance, TargetPairs, nodes
from rttgeo.sphere import distance_km

NEAR_KM = 100.0
"""A claim so near a published site is true, and that place is found."""
SAME_KM = 50.0
"""Published sites so near each other are one place."""
CEILING_MS = 2.0

Places = dict[str, list[tuple[float, float]]]
Floats = npt.NDArray[np.float64]


class Score(NamedTuple):
    """Claims near a published site, others, and published places with a claim near."""

    true: int
    false: int
    places: int


def read_census(path: Path) -> Mesh:
    """Return the minimum RTTs of probes as a mesh of targets of unknown place."""
    table = pd.read_csv(path, dtype={"probe": str})
    probes, targets = table.drop_duplicates("probe"), table["target"].unique()
    unknown = np.full(len(targets), np.nan)
    landmarks = nodes(probes["probe"], probes["lon"], probes["lat"])
    pairs = pd.DataFrame(
        {
            "target": pd.Index(targets).get_indexer(table["target"]),
            "landmark": landmarks.index.get_indexer(table["probe"]),
            "rtt_ms": table["min_rtt_ms"],
        }
    )
    provenance = Provenance("anycast-2023", "measured")
    return Mesh.build(landmarks, nodes(targets, unknown, unknown), pairs, provenance)


def published_places(folder: Path) -> dict[str, Floats]:
    """Published sites by address, shape (n, 2), longitude first."""
    found = {}
    for path in sorted(folder.glob("root_servers_*.json")):
        service = json.loads(path.read_text(encoding="utf-8"))
        sites = [(site["Longitude"], site["Latitude"]) for site in service["Sites"]]
        found[service["IPv4"]] = np.array(sites, dtype=float)
    return found


def merged(sites: Floats) -> Floats:
    """Without sites that stand near one before."""
    kept: list[Floats] = []
    for site in sites:
        if not kept or _far(site, np.array(kept)).min() > SAME_KM:
            kept.append(site)
    return np.array(kept)


def score(claims: Places, sites: dict[str, Floats]) -> Score:
    """Compare claimed places with published ones."""
    true = false = places = 0
    for target, published in sites.items():
        some = np.array(claims.get(target) or np.zeros((0, 2)), dtype=float)
        if not len(some):
            continue
        near = np.array([_far(one, published).min() <= NEAR_KM for one in some])
        true, false = true + int(near.sum()), false + int((~near).sum())
        places += sum(bool(_far(one, some).min() <= NEAR_KM) for one in merged(published))
    return Score(true, false, places)


def igreedy(pairs: TargetPairs) -> Iterator[tuple[float, float]]:
    """Yield places by the rule of iGreedy (Cicalese et al., JSAC 2016).

    Discs by ascending RTT, each that meets none before, in the most populous city within; then
    a disc that holds no place of these is one more, until nothing changes.
    """
    radius = KM_PER_MS_RTT["fibre-1.52"] * pairs.rtt_ms
    order = np.argsort(radius, kind="stable")
    lon, lat, radius = pairs.lon[order], pairs.lat[order], radius[order]
    taken: list[tuple[float, float]] = []
    while True:
        free = np.ones(len(lon), dtype=bool)
        for x, y in taken:
            free &= distance_km(x, y, lon, lat) > radius
        if not free.any():
            break
        while free.any():
            i = int(np.argmax(free))
            free &= distance_km(lon[i], lat[i], lon, lat) > radius[i] + radius
            free[i] = False
            taken.append(_largest_city(lon[i], lat[i], radius[i]))
    yield from taken


def within_a_millisecond(pairs: TargetPairs) -> Iterator[tuple[float, float]]:
    """Yield probes at or below 1 ms, the quickest first, none within 100 km of one before."""
    order = np.argsort(pairs.rtt_ms, kind="stable")
    lon, lat = pairs.lon[order], pairs.lat[order]
    free = pairs.rtt_ms[order] <= 1
    while free.any():
        i = int(np.argmax(free))
        free &= distance_km(lon[i], lat[i], lon, lat) > NEAR_KM
        yield float(lon[i]), float(lat[i])


def ceiling(mesh: Mesh, sites: dict[str, Floats]) -> tuple[int, int]:
    """Published places with a quick probe near, and published places."""
    found = total = 0
    for target, published in sites.items():
        pairs, places = mesh.of_target(target), merged(published)
        quick = pairs.rtt_ms <= CEILING_MS
        probes = np.column_stack([pairs.lon[quick], pairs.lat[quick]])
        found += sum(bool(_far(one, probes).min() <= NEAR_KM) for one in places)
        total += len(places)
    return found, total


def _far(one: Floats, many: Floats) -> Floats:
    return distance_km(one[0], one[1], many[:, 0], many[:, 1])


def _largest_city(lon: float, lat: float, radius_km: float) -> tuple[float, float]:
    known = cities()
    inside = known.within(lon, lat, radius_km)
    if not len(inside):
        return float(lon), float(lat)
    best = inside[np.argmax(known.population[inside])]
    return float(known.lon[best]), float(known.lat[best])


def claims_of(mesh: Mesh, targets: list[str], *, proven: bool = False, **how: bool | int) -> Places:
    """Places that `rttgeo anycast` claims."""
    found = enumerate_instances(mesh, targets, **how)  # type: ignore[arg-type]
    return {
        one.target: [(i.lon, i.lat) for i in one.instances if i.proven or not proven]
        for one in found.targets
    }


def detection_rate(n_targets: int = 20_000, n_landmarks: int = 200) -> float:
    """Targets a second for which it is decided whether one place is enough; simulated, unicast."""
    rng = np.random.default_rng(0)
    (lon, t_lon), (lat, t_lat) = (
        [scale(rng.uniform(-1, 1, n)) for n in (n_landmarks, n_targets)]
        for scale in (lambda u: 180 * u, lambda u: np.degrees(np.arcsin(u)))
    )
    target, landmark = np.divmod(np.arange(n_targets * n_landmarks), n_landmarks)
    far = distance_km(lon[landmark], lat[landmark], t_lon[target], t_lat[target])
    rtt = 1.5 * far / KM_PER_MS_RTT["fibre"] + rng.gamma(2.0, 3.0, len(far)) + 0.2
    unknown = np.full(n_targets, np.nan)
    mesh = Mesh.build(
        nodes(np.arange(n_landmarks), lon, lat), nodes(np.arange(n_targets), unknown, unknown),
        pd.DataFrame({"target": target, "landmark": landmark, "rtt_ms": rtt}),
        Provenance("detection", "simulated"),
    )  # fmt: skip
    best = np.inf
    for _ in range(4):
        start = time.perf_counter()
        disjoint_rows(mesh)
        best = min(best, time.perf_counter() - start)
    return n_targets / best


def called_anycast(mesh: Mesh) -> tuple[int, int, int, int]:
    """Targets; and how many are called anycast without the audit, with it, and by a quorum of two."""
    ways: tuple[dict[str, bool | int], ...] = ({"audited": False}, {}, {"quorum": 2})
    found = [enumerate_instances(mesh, **how) for how in ways]  # type: ignore[arg-type]
    called = [sum(one.anycast for one in each.targets) for each in found]
    return len(found[0].targets), called[0], called[1], called[2]


def print_unicast(names: list[str]) -> None:
    """Print how many targets of meshes are called anycast, whose targets all are in one place."""
    if names:
        print(
            f"{'mesh, all in one place':50}{'targets':>8}{'no audit':>9}{'audit':>6}{'quorum 2':>9}"
        )
    for name in names:
        mesh = rttgeo.read_mesh(name) if name.endswith(".csv") else rttgeo.open_dataset(name)
        targets, before, after, two = called_anycast(mesh)
        print(f"{mesh.provenance.name:50}{targets:8}{before:9}{after:6}{two:9}", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument(
        "--unicast", nargs="+", default=[], help="meshes of targets in one place each"
    )
    given = parser.parse_args()
    print_unicast(given.unicast)
    folder = given.folder
    if folder is None:
        return
    mesh, sites = read_census(folder / "min_rtt.csv"), published_places(folder)
    names = sorted(sites)
    methods = {
        "rttgeo anycast": claims_of(mesh, names),
        "rttgeo anycast, proven only": claims_of(mesh, names, proven=True),
        "rttgeo anycast --quorum 2": claims_of(mesh, names, quorum=2),
        "rttgeo anycast --no-audit": claims_of(mesh, names, audited=False),
        "our implementation of iGreedy": {n: list(igreedy(mesh.of_target(n))) for n in names},
        "every probe at or below 1 ms": {
            n: list(within_a_millisecond(mesh.of_target(n))) for n in names
        },
    }
    near, total = ceiling(mesh, sites)
    print(f"{'method':34}{'claims':>8}{'true':>6}{'false':>7}{'places of ' + str(total):>15}")
    for name, claims in methods.items():
        got = score(claims, sites)
        print(f"{name:34}{got.true + got.false:8}{got.true:6}{got.false:7}{got.places:15}")
    print(f"{near} places have a probe within {NEAR_KM:g} km and {CEILING_MS:g} ms")
    print(f"detection at 200 landmarks: {detection_rate():,.0f} targets a second")


if __name__ == "__main__":
    main()
