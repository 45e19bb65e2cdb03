"""Whether a change of code changes an answer of the default method: to the bit, or by how much.

    python -m benchmarks.answers before.json azure-2026 world-60 pairs.csv …
    python -m benchmarks.answers after.json azure-2026 world-60 pairs.csv … --against before.json

Run the first line before the change and the second after it. Every target of every mesh is located
twice, with cities and without: once as the mesh is, left out of what is learnt for it, and once with
every second target's place hidden. ``world-N`` is a simulated mesh. The digest of an answer is taken
over all that it says: place, posterior to the bit, levels, notes, conflict and bound.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.parts import COLOCATED_KM, opened
from rttgeo import sphere
from rttgeo.estimators import locate_many
from rttgeo.estimators.calibrated.posterior import CalibratedPosterior
from rttgeo.estimators.estimate import Estimate
from rttgeo.machine.files import write_json
from rttgeo.mesh import Mesh, nodes

METHODS = ("calibrated", "calibrated-no-cities")


def hiding_half(mesh: Mesh) -> Mesh:
    """Hide the place of every second target.

    Parameters
    ----------
    mesh
        The measurements.

    Returns
    -------
    Mesh
        The same pairs, with fewer known targets.
    """
    lon, lat = (np.where(np.arange(len(axis)) % 2, np.nan, axis) for axis in mesh.target_lonlat)
    targets = nodes(mesh.targets.index.tolist(), lon, lat)
    return Mesh.build(mesh.landmarks, targets, mesh.pairs, mesh.provenance)


def record(estimate: Estimate) -> dict[str, Any]:
    """Keep what an answer says, and a digest of all of it.

    Parameters
    ----------
    estimate
        The answer.

    Returns
    -------
    dict
        The digest, the place in degrees, the area of the 95 % region (km²) and the words.
    """
    words = [str(one) for one in (estimate.notes, estimate.conflict, estimate.bound)]
    here = [float(estimate.lon), float(estimate.lat)]
    place = here if np.isfinite(here).all() else [None, None]
    every = [np.array(place, dtype=float), np.frombuffer("|".join(words).encode(), np.uint8)]
    posterior, area = estimate.posterior, None
    if isinstance(posterior, CalibratedPosterior):
        levels = [*posterior.levels.depth, posterior.levels.unseen]
        every += [posterior.start, posterior.size, posterior.held, np.array(levels)]
        area = posterior.area_km2()
    digest = hashlib.sha256(b"|".join(np.ascontiguousarray(one).tobytes() for one in every))
    return {"digest": digest.hexdigest(), "place": place, "area_km2": area, "words": words}


def answers(name: str) -> dict[str, dict[str, Any]]:
    """Locate every target of a mesh, as it is and with half of the places hidden.

    Parameters
    ----------
    name
        Name of a mesh, or the path of a table.

    Returns
    -------
    dict
        A record for each method, mesh and target.
    """
    mesh, found = opened(name), {}
    # Of a target of unknown place, no landmarks can be left out.
    for kind, one, km in (("known", mesh, COLOCATED_KM), ("half hidden", hiding_half(mesh), None)):
        every = range(len(one.targets))
        for method in METHODS:
            for estimate in locate_many(
                one, every, method=method, colocated_km=COLOCATED_KM, exclude_km=km
            ):
                found[f"{name} | {kind} | {method} | {estimate.target}"] = record(estimate)
    return found


@dataclasses.dataclass
class Differences:
    """How two runs differ over some answers; distances in km, areas as ratios."""

    answers: int = 0
    same_bits: int = 0
    same_words: int = 0
    moved_km: float = 0.0
    area: float = 1.0

    def add(self, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Take one answer of both runs into account."""
        self.answers += 1
        self.same_bits += old["digest"] == new["digest"]
        self.same_words += old["words"] == new["words"]
        both = np.array([old["place"], new["place"]], dtype=float)
        if np.isfinite(both).all():
            self.moved_km = max(self.moved_km, float(sphere.distance_km(*both[0], *both[1])))
        elif not np.array_equal(both[0], both[1], equal_nan=True):
            self.moved_km = float("inf")
        if old["area_km2"] and new["area_km2"]:
            ratio = new["area_km2"] / old["area_km2"]
            self.area = max(self.area, ratio, 1 / ratio)

    def __str__(self) -> str:
        return (
            f"{self.answers} answers, {self.same_bits} the same to the bit, {self.same_words} in the "
            f"same words; farthest move {self.moved_km:.3g} km, largest ratio of areas {self.area:.6g}"
        )


def compare(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Differences]:
    """Compare two runs, mesh by mesh.

    Parameters
    ----------
    old, new
        Records by name.

    Returns
    -------
    dict
        The differences of each mesh.

    Raises
    ------
    KeyError
        When a new answer has no old one.
    """
    found: dict[str, Differences] = {}
    for name, one in new.items():
        found.setdefault(name.split(" | ")[0], Differences()).add(old[name], one)
    return found


def main() -> None:
    """Locate, write, and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("mesh", nargs="+")
    parser.add_argument("--against", type=Path)
    asked = parser.parse_args()
    new: dict[str, dict[str, Any]] = {}
    for name in asked.mesh:
        new |= answers(name)
        # After each mesh: those that are done are not lost.
        write_json(asked.out, new)
    if asked.against:
        for name, differences in compare(json.loads(asked.against.read_text()), new).items():
            print(f"{name}: {differences}")


if __name__ == "__main__":
    main()
