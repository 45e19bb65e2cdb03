"""Discs around landmarks: where they all meet, who bounds that, who contradicts whom.

What every method of hard constraints is made of.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rttgeo.cells.grid import Grid
from rttgeo.cells.region import Region
from rttgeo.delay.protocol import check_rtt
from rttgeo.delay.statements import Note, NoteKind
from rttgeo.errors import BadInputError
from rttgeo.estimators.arcs import bounding_discs, conflicting_discs
from rttgeo.mesh import TargetPairs
from rttgeo.sphere import distance_km
from rttgeo.typing import FloatArray

Names = npt.NDArray[np.object_]


class Discs(NamedTuple):
    """Discs that a target lies in, one a landmark; aligned arrays of shape (n,).

    Attributes
    ----------
    name
        Ids of the landmarks.
    lon, lat
        Their places, degrees.
    radius_km
        Great-circle radius of each disc.
    """

    name: Names
    lon: FloatArray
    lat: FloatArray
    radius_km: FloatArray

    def only(self, keep: npt.NDArray[np.bool_]) -> Discs:
        """Keep some of them.

        Parameters
        ----------
        keep
            Mask, shape (n,).

        Returns
        -------
        Discs
            In the same order.
        """
        return Discs(self.name[keep], self.lon[keep], self.lat[keep], self.radius_km[keep])


def discs_of(pairs: TargetPairs, radius_km: FloatArray, names: Names) -> Discs:
    """Discs of one target.

    Parameters
    ----------
    pairs
        Its pairs, n of them.
    radius_km
        Of each pair's disc, shape (n,).
    names
        Ids of all landmarks of the mesh, in table order.

    Returns
    -------
    Discs
        One a pair, in the order of the pairs.
    """
    return Discs(names[pairs.landmark], pairs.lon, pairs.lat, radius_km)


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
        What regions are made of.
    discs
        The discs, one a landmark.

    Returns
    -------
    Region
        Of finer cells than the grid's where that was chosen by nobody and they leave something.
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
        The discs, one a landmark.

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


def bounding_names(discs: Discs) -> tuple[str, ...]:
    """Ids of the landmarks whose discs bound the intersection, in order.

    Parameters
    ----------
    discs
        The discs, one a landmark.

    Returns
    -------
    tuple of str
        Empty when nothing bounds it.
    """
    return tuple(map(str, discs.name[bounding_discs(discs.lon, discs.lat, discs.radius_km)]))


def conflict_names(discs: Discs) -> tuple[str, ...]:
    """Ids of the smallest group of landmarks whose discs conflict, in order.

    Parameters
    ----------
    discs
        The discs, one a landmark.

    Returns
    -------
    tuple of str
        Empty when all discs share a place.
    """
    group = conflicting_discs(discs.lon, discs.lat, discs.radius_km)
    return tuple(map(str, discs.name[group]))


def quickest(pairs: TargetPairs) -> int:
    """Which of a target's pairs has the lowest RTT; the first of several.

    Parameters
    ----------
    pairs
        The target's round-trip times.

    Returns
    -------
    int
        Number of the pair, from 0.

    Raises
    ------
    BadInputError
        When there are none, or one of them is not positive and finite.
    """
    check_rtt(pairs.rtt_ms)
    if not len(pairs.rtt_ms):
        raise BadInputError("a target without round-trip times cannot be located")
    return int(np.argmin(pairs.rtt_ms))
