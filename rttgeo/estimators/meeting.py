"""Where discs meet: regions on a grid, and places in them."""

from __future__ import annotations

import numpy as np

from rttgeo.cells.grid import Grid
from rttgeo.cells.region import Region
from rttgeo.delay.statements import Note, NoteKind
from rttgeo.estimators.discs import Discs
from rttgeo.sphere import distance_km


def touched_by_all(grid: Grid, discs: Discs) -> Region:
    """Cells that every disc touches: a place in all discs is in it, whatever the cell size.

    Parameters
    ----------
    grid
        What the region is made of.
    discs
        Any number; none leaves the whole globe.

    Returns
    -------
    Region
        Empty when no cell is touched by all.
    """
    return grid.intersection(discs.lon, discs.lat, discs.radius_km, conservative=True)


def common_region(grid: Grid, discs: Discs) -> Region:
    """`touched_by_all`, on cells that are fine enough for the smallest disc.

    Parameters
    ----------
    grid
        The grid of the regions.
    discs
        The discs, one per landmark.

    Returns
    -------
    Region
        Of finer cells than the grid's where that was left to the default and they leave something.
        Discs that miss each other by less than a cell are no conflict: those stay on the grid.
    """
    finer = grid.for_radius(float(discs.radius_km.min(initial=np.inf)))
    if finer != grid:
        region = touched_by_all(finer, discs)
        if region.n_cells:
            return region
    return touched_by_all(grid, discs)


def grid_of(region: Region) -> Grid:
    """The grid that a region is made of.

    Parameters
    ----------
    region
        Any region.

    Returns
    -------
    Grid
        Of the same cells.
    """
    return Grid(nside=region.grid.nside)


def coarse_notes(region: Region, discs: Discs) -> tuple[Note, ...]:
    """Say when the cells are larger than the smallest disc: the region then is as well.

    Parameters
    ----------
    region
        What the discs have in common.
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
        f"(radius {smallest_km:.2g} km): the region is larger than the delays leave"
    )
    return (Note(NoteKind.CELLS, text),)


def nearest_in(region: Region, lon: float, lat: float) -> tuple[float, float]:
    """A place itself where a region contains it, else the centre of the region's nearest cell.

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
