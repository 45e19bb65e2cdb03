"""Intersections of discs: regions on a grid, and places in them."""

from __future__ import annotations

import numpy as np

from rttgeo.cells.grid import Grid
from rttgeo.cells.region import Region
from rttgeo.delay.statements import Note, NoteKind
from rttgeo.estimators.discs import Discs
from rttgeo.sphere import distance_km


def touched_by_all(grid: Grid, discs: Discs) -> Region:
    """Make the region of cells that every disc touches, which holds every place in all discs.

    Parameters
    ----------
    grid
        What the region is made of.
    discs
        Any number of discs; with none, the region is the whole globe.

    Returns
    -------
    Region
        The region; empty if no cell is touched by all.
    """
    return grid.intersection(discs.lon, discs.lat, discs.radius_km, conservative=True)


def common_region(grid: Grid, discs: Discs) -> Region:
    """Apply `touched_by_all` on cells that are fine enough for the smallest disc.

    Parameters
    ----------
    grid
        The grid of the regions.
    discs
        The discs, one per landmark.

    Returns
    -------
    Region
        The region, on finer cells than the grid's if the grid is the default one and they leave
        something. Discs that miss each other by less than a cell are not in conflict, and stay on
        the grid.
    """
    finer = grid.for_radius(float(discs.radius_km.min(initial=np.inf)))
    if finer != grid:
        region = touched_by_all(finer, discs)
        if region.n_cells:
            return region
    return touched_by_all(grid, discs)


def grid_of(region: Region) -> Grid:
    """Return the grid of a region.

    Parameters
    ----------
    region
        Any region.

    Returns
    -------
    Grid
        The grid with the same cells.
    """
    return Grid(nside=region.grid.nside)


def coarse_notes(region: Region, discs: Discs) -> tuple[Note, ...]:
    """Make a note if the cells are larger than the smallest disc, since the region then is as well.

    Parameters
    ----------
    region
        The intersection of the discs.
    discs
        The discs, one per landmark.

    Returns
    -------
    tuple of Note
        One, or none.
    """
    smallest_km = float(discs.radius_km.min(initial=np.inf))
    size_km = region.grid.cell_size_km
    if not region.n_cells or size_km <= smallest_km:
        return ()
    text = (
        f"the cells of {size_km:.2g} km are coarser than the smallest circle "
        f"(radius {smallest_km:.2g} km): the region is larger than the delays allow"
    )
    return (Note(NoteKind.CELLS, text),)


def nearest_in(region: Region, lon: float, lat: float) -> tuple[float, float]:
    """Return a place if a region contains it, otherwise the centre of the region's nearest cell.

    Parameters
    ----------
    region
        Not empty.
    lon
        Longitude, degrees.
    lat
        Latitude, degrees.

    Returns
    -------
    tuple of float
        Longitude and latitude, degrees.
    """
    if region.contains(lon, lat):
        return float(lon), float(lat)
    lons, lats = region.grid.lonlat(region.cells())
    nearest = int(np.argmin(distance_km(lon, lat, lons, lats)))
    return float(lons[nearest]), float(lats[nearest])
