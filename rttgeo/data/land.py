"""Land as a prior: where a server, a probe or a person can be."""

from __future__ import annotations

from functools import lru_cache

from rttgeo.cells.region import Region
from rttgeo.cells.tiling import Tiling
from rttgeo.data import coasts as maps
from rttgeo.data.cities import cities
from rttgeo.errors import BadInputError

MARGIN_KM = 25.0
"""Default coastal margin: places are often known to 10 or 20 km only, and coastlines at 1:50
million are drawn a few kilometres off."""


def land(grid: Tiling, margin_km: float = MARGIN_KM, *, towns: bool = True) -> Region:
    """All cells that land, or a coastal margin around it, may touch.

    Parameters
    ----------
    grid
        The grid.
    margin_km
        Everything within this distance of land counts as land.
    towns
        Also every town of the city table, with the same margin: islands too small for a map of
        1:50 million have harbours too.

    Returns
    -------
    Region
        Never loses a place within the margin of the coastline, whatever the size of the cells.

    Raises
    ------
    BadInputError
        When the margin is negative or not a number.
    """
    if not 0 <= margin_km < float("inf"):
        raise BadInputError(f"margin_km is {margin_km}, expected 0 or more")
    return _land(grid, float(margin_km), towns)


@lru_cache(maxsize=8)
def _land(grid: Tiling, margin_km: float, towns: bool) -> Region:
    region = Region.none(grid)
    # Countries too: small islands that the layer of land leaves out are in that of countries.
    for layer in (maps.land("50m"), maps.countries("50m")):
        for shape in layer.geometry:
            region = region | Region.from_shape(grid, shape, touching=True)
    if towns:
        region = region | Region.from_cells(grid, grid.cell_of(cities().lon, cities().lat))
    # From any point of a cell to its centre, over the margin, to the centre of another cell.
    return region.dilate(margin_km + 2 * grid.cell_radius_km)
