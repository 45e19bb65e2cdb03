"""Blocks of answers of `rttgeo.estimators.blocks` as Arrow columns, without an object per target."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rttgeo import sphere
from rttgeo.cells.grid import Grid
from rttgeo.cells.tiling import ring_tables
from rttgeo.census.gazetteer import (
    city_labels,
    country_labels,
    country_map,
    gazetteer,
    shares_as_text,
)
from rttgeo.census.shapes import outlines, points
from rttgeo.census.texts import joined_texts, meanings, notes, same
from rttgeo.data.countries import NSIDE
from rttgeo.estimators.blocks import Solved
from rttgeo.estimators.joined import merged, pairs_of, taken
from rttgeo.estimators.telling import contained
from rttgeo.kernels.growing import Joined
from rttgeo.kernels.naming import name_all, nearest_all
from rttgeo.mesh import Mesh
from rttgeo.report.places import LEAST, SAMPLED


def of_solved(mesh: Mesh, solved: Solved, schema: pa.Schema, regions: str) -> pa.Table:
    """Make the columns of a block.

    Parameters
    ----------
    mesh
        The measurements, with all pairs of the targets.
    solved
        The answers.
    schema
        The columns to make (`rttgeo.census.fields.schema_of`).
    regions
        One of `rttgeo.census.fields.REGIONS`.

    Returns
    -------
    pyarrow.Table
        One row per target of the block.
    """
    asked, n = solved.asked, len(solved)
    cells = solved.n_cells
    distinct, which = np.unique(solved.nside, return_inverse=True)
    area = cells * np.array([Grid(nside=int(one)).cell_area_km2 for one in distinct])[which]
    names = solved.landmarks.name
    columns: dict[str, Any] = {
        "method": same(asked.method, n),
        "target": pa.array(asked.name, pa.string()),
        **_place(solved),
        "area_km2": area,
        "empty": cells == 0,
        "bounding": joined_texts(solved.bounding, names),
        "conflict": joined_texts(solved.conflict, names),
        "bound": same(str(asked.bound), n),
        "bound_kind": same(str(asked.bound.kind), n),
        "n_landmarks": np.diff(asked.offsets),
        "level": pa.nulls(n, pa.float64()),
        "area50_km2": pa.nulls(n, pa.float64()),
        "mesh": same(mesh.provenance.name, n),
        "kind": same(mesh.provenance.kind, n),
        "meaning": meanings(solved, area),
    }
    columns |= notes(solved) | _named(solved) | _nearest(mesh, solved) | _truth(mesh, solved)
    if regions == "runs":
        columns |= _runs(solved)
    if regions == "polygons":
        columns["geometry"] = outlines(solved)
    elif "geometry" in schema.names:
        lon, lat = (np.where(cells == 0, np.nan, axis) for axis in (solved.lon, solved.lat))
        columns["geometry"] = points(lon, lat)
    return pa.table([columns[name] for name in schema.names], schema=schema)


def _place(solved: Solved) -> dict[str, pa.Array]:
    """Where no place can be given, none is given."""
    none = solved.n_cells == 0
    return {"lon": pa.array(solved.lon, mask=none), "lat": pa.array(solved.lat, mask=none)}


def _named(solved: Solved) -> dict[str, Any]:
    """The columns of cities, countries and parts."""
    n = len(solved)
    seen, parts = np.ones(n, np.int64), np.zeros(n, np.int64)
    cities, countries, held = [], [], []
    for nside in np.unique(solved.nside):
        where = np.flatnonzero(solved.nside == nside)
        ring, start, stop = (taken(one, where) for one in (solved.ring, solved.start, solved.stop))
        city, country, count, seen[where], parts[where] = name_all(
            Grid(nside=int(nside)).rings, gazetteer(int(nside)), NSIDE, _map_for(int(nside)),
            ring, start, stop, SAMPLED, LEAST,
        )  # fmt: skip
        cities.append((where, city))
        countries.append((where, country))
        held.append((where, Joined(country.offsets, count)))
    country, count = merged(countries, n), merged(held, n).values
    owner = np.repeat(np.arange(n), np.diff(country.offsets))
    words = pc.binary_join_element_wise(
        pa.array(country_labels()[country.values].tolist(), pa.string()),
        shares_as_text(count, seen[owner]),
        " ",
    )
    return {
        "parts": parts,
        "places": joined_texts(merged(cities, n), city_labels()),
        "countries": joined_texts(Joined(country.offsets, np.arange(len(count))), words),
    }


def _map_for(nside: int) -> np.ndarray:
    """The map of countries if it must be looked up cell by cell; empty if runs suffice."""
    return country_map() if nside > NSIDE else np.zeros(1, np.int16)


def _nearest(mesh: Mesh, solved: Solved) -> dict[str, Any]:
    """The nearest landmark and the lowest RTT, among all that measured each target."""
    pairs, offsets = pairs_of(mesh.offsets, solved.asked.number)
    landmark = mesh.pairs["landmark"].to_numpy()[pairs].astype(np.int64)
    marks, all_of = solved.landmarks.marks, solved.landmarks
    nearest = nearest_all(
        marks.lon, marks.lat, marks.centre, landmark, offsets,
        np.radians(solved.lon), np.radians(solved.lat),
    )  # fmt: skip
    apart = sphere.distance_km(solved.lon, solved.lat, all_of.lon[nearest], all_of.lat[nearest])
    rtt = mesh.pairs["rtt_ms"].to_numpy()[pairs]
    lowest = np.minimum.reduceat(rtt, offsets[:-1])
    owner = np.repeat(np.arange(len(lowest)), np.diff(offsets))
    hits = np.flatnonzero(rtt == lowest[owner])
    quickest = landmark[hits[np.unique(owner[hits], return_index=True)[1]]]
    none = solved.n_cells == 0
    km = np.array([round(one, 3) for one in apart.tolist()])
    return {
        "quickest_landmark": pa.array(all_of.name[quickest], pa.string()),
        "nearest_landmark": pa.array(all_of.name[nearest], pa.string(), mask=none),
        "nearest_landmark_km": pa.array(km, mask=none),
        "lowest_rtt_ms": lowest,
    }


def _truth(mesh: Mesh, solved: Solved) -> dict[str, Any]:
    """What is known of the true places, and how the estimates compare with them."""
    lon, lat = (axis[solved.asked.number] for axis in mesh.target_lonlat)
    known = np.isfinite(lon)
    inside = np.zeros(len(lon), dtype=bool)
    some = np.flatnonzero(known)
    regions = solved.nside, solved.ring, solved.start, solved.stop
    inside[some] = contained(*regions, some, lon[some], lat[some])
    error = sphere.distance_km(solved.lon, solved.lat, lon, lat)
    found: dict[str, Any] = {
        "true_lon": pa.array(lon, mask=~known),
        "true_lat": pa.array(lat, mask=~known),
        "error_km": pa.array(error, mask=~known | (solved.n_cells == 0)),
    }
    return found | {"inside": pa.array(inside, mask=~known)}


def _runs(solved: Solved) -> dict[str, Any]:
    """Canonical runs of all regions at once: adjoining pieces are merged."""
    bounds = solved.ring.offsets
    first = np.empty(len(solved.ring.values), np.int64)
    nside = np.repeat(solved.nside, np.diff(bounds))
    for one in np.unique(solved.nside).tolist():
        own = nside == one
        first[own] = ring_tables(one, False).first[solved.ring.values[own]]
    start, stop = first + solved.start.values, first + solved.stop.values
    begins, ends = np.ones(len(start), dtype=bool), np.ones(len(start), dtype=bool)
    begins[1:] = start[1:] != stop[:-1]
    begins[bounds[bounds < len(start)]] = True
    ends[:-1] = begins[1:]
    before = np.concatenate([[0], np.cumsum(begins)])
    offsets = pa.array(before[bounds].astype(np.int32))
    found: dict[str, Any] = {"region_nside": solved.nside.astype(np.int32)}
    for name, values in (("region_start", start[begins]), ("region_stop", stop[ends])):
        found[name] = pa.ListArray.from_arrays(offsets, pa.array(values.astype(np.int32)))
    return found
