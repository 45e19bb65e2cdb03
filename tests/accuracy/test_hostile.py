"""Nothing sees the target: lies about its place change no bit, nor does what stands there (but the draw).

What may change an estimate: other targets' declared places, for they are what is learnt from
(also of targets that are themselves to be located; a target is hidden from itself only).
"""

from __future__ import annotations

import zlib
from collections import OrderedDict
from functools import cache

import numpy as np
import pytest
from accuracy_meshes import CITIES, full_mesh

from rttgeo import mesh as meshes
from rttgeo.cells.grid import Grid
from rttgeo.errors import BadInputError
from rttgeo.estimators import METHODS, locate_many
from rttgeo.estimators.calibrated import folds, known, memory, training
from rttgeo.mesh import Mesh
from rttgeo.typing import FloatArray, IntArray

TARGET, TWIN = "vienna", "budapest"
ASKED = [TARGET, "oslo", "madrid", "rome", TWIN]
GRID = Grid(resolution_km=110.0)
AT_SEA = (-40.0, 35.0)


def placed(mesh: Mesh, places: dict[str, tuple[float, float]]) -> Mesh:
    """The same measurements with some nodes declared elsewhere, as landmarks and as targets."""
    tables = []
    for table in (mesh.landmarks, mesh.targets):
        lon, lat = meshes.lonlat(table)
        for name, place in places.items():
            lon, lat = (
                np.where(table.index == name, value, axis)
                for value, axis in zip(place, (lon, lat), strict=True)
            )
        tables.append(meshes.nodes(table.index, lon, lat))
    return Mesh.build(*tables, mesh.pairs, mesh.provenance)


@cache
def honest(shape: str) -> Mesh:
    """Vienna with a twin 0.3 km away; landmarks are the targets, or other nodes."""
    mesh = full_mesh()
    lon, lat = CITIES[TARGET]
    mesh = placed(mesh, {TWIN: (lon, lat + 0.0027)})
    if shape == "full":
        return mesh
    names = np.array(list(CITIES))
    landmark = np.isin(names, names[::2]) & ~np.isin(names, ASKED)
    pairs = mesh.pairs
    return mesh.where(landmark[pairs["landmark"]] & ~landmark[pairs["target"]])


def lies(shape: str) -> dict[str, Mesh]:
    """Each of them says something else of the target's place or of what stands there."""
    mesh = honest(shape)
    lon, lat = CITIES[TARGET]
    twin = [list(table.index).index(TWIN) for table in (mesh.landmarks, mesh.targets)]
    pairs = mesh.pairs.copy()
    at_twin = (pairs["landmark"] == twin[0]) | (pairs["target"] == twin[1])
    target = list(mesh.targets.index).index(TARGET)
    at_twin &= pairs["target"] != target
    pairs.loc[at_twin, "rtt_ms"] = 3.0 + 0.1 * np.arange(int(at_twin.sum()))
    return {
        "both at sea": placed(mesh, {TARGET: AT_SEA, TWIN: (AT_SEA[0], AT_SEA[1] + 0.0027)}),
        "half a km off": placed(mesh, {TARGET: (lon + 0.004, lat)}),
        "the twin measured otherwise": Mesh.build(
            mesh.landmarks, mesh.targets, pairs, mesh.provenance
        ),
    }


def answers(mesh: Mesh, method: str) -> list[object]:
    """All that an estimate of the target says, to the bit."""
    found = locate_many(mesh, ASKED, method=method, grid=GRID, colocated_km=1.0, exclude_km=1.0)
    said = [found[0].lon, found[0].lat, found[0].bound, found[0].notes]
    if found[0].has_region:
        for level in (0.5, 0.95):
            region = found[0].credible_region(level)
            said += [region.grid.nside, region.cells().tobytes()]
    return said


def lots_by_name(mesh: Mesh, number: IntArray, draw: int) -> FloatArray:
    """A draw on which round-trip times have no influence."""
    names = mesh.targets.index[number]
    return np.array([zlib.crc32(f"{name} {draw}".encode()) for name in names]) / 2.0**32


@pytest.mark.parametrize("shape", ["full", "apart"])
@pytest.mark.parametrize("method", list(METHODS))
def test_no_lie_about_the_target_reaches_its_estimate(method, shape, monkeypatch):
    told = lies(shape)
    measured = told.pop("the twin measured otherwise")
    expected = answers(honest(shape), method)
    for what, mesh in told.items():
        assert answers(mesh, method) == expected, what
    # The draw of the folds follows from round-trip times, the twin's included. By nothing but this
    # luck may it reach the estimate.
    for room in (folds, known, training):
        monkeypatch.setattr(room, "lots", lots_by_name)
    monkeypatch.setattr(memory, "_kept", OrderedDict())
    assert answers(measured, method) == answers(honest(shape), method)


def test_the_lies_are_told():
    """Without hiding what is at the target's place, its twin would give it away."""
    mesh = honest("full")
    (seen,) = locate_many(mesh, [TARGET], colocated_km=0.0, exclude_km=0.0)
    (hidden,) = locate_many(mesh, [TARGET], colocated_km=1.0, exclude_km=1.0)
    assert seen.region != hidden.region


def test_other_targets_places_are_learnt_from():
    mesh = honest("full")
    moved = placed(mesh, {"warsaw": (24.0, 54.0)})
    assert answers(mesh, "calibrated") != answers(moved, "calibrated")


def test_a_distance_that_is_none_is_refused():
    with pytest.raises(BadInputError):
        locate_many(honest("full"), [TARGET], colocated_km=-1.0)
