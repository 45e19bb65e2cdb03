"""`Estimates`: the results of a batch, in order, and as one table."""

from __future__ import annotations

from typing import TYPE_CHECKING, SupportsIndex, overload

from rttgeo.estimators.estimate import AREA_LEVEL, Estimate
from rttgeo.machine.counting import number_of

if TYPE_CHECKING:
    import geopandas as gpd


class Estimates(list[Estimate]):
    """A list of estimates that converts to a table, as returned by `rttgeo.locate_many`.

    Examples
    --------
    >>> import rttgeo
    >>> mesh = rttgeo.open_dataset("azure-2026")
    >>> found = rttgeo.locate_many(mesh, ["UK South", "Japan East"], method="exclusion")
    >>> found.to_geodataframe()["target"].tolist()
    ['UK South', 'Japan East']
    """

    def to_geodataframe(self, level: float = AREA_LEVEL) -> gpd.GeoDataFrame:
        """Convert to a table with one row per estimate and its region as the geometry.

        Parameters
        ----------
        level
            Probability of the credible regions, above 0 and at most 1; regions from hard
            constraints are the same at every level.

        Returns
        -------
        geopandas.GeoDataFrame
            In EPSG:4326 (longitude, latitude), with the fields of `Estimate.to_dict` (lists joined
            by semicolons), ``level`` (missing for hard regions), ``area_km2`` at that level,
            ``places`` and ``countries`` (the most likely ones, in words), ``spread`` (the parts of
            a region that has several, in words), ``area50_km2``, ``nearest_landmark`` (nearest to
            the place), its distance ``nearest_landmark_km``, and the outline of the region, or the
            place as a point if the method gives no region.

        Raises
        ------
        BadInputError
            When the level is not above 0 and at most 1.
        """
        import geopandas as gpd

        from rttgeo import display

        if not self:
            return gpd.GeoDataFrame({"target": []}, geometry=[], crs="EPSG:4326")
        records = [one.to_record(level) | display.in_words(one, level) for one in self]
        shapes = [one.to_shape(level) for one in self]
        return gpd.GeoDataFrame(records, geometry=shapes, crs="EPSG:4326")

    @overload
    def __getitem__(self, item: SupportsIndex) -> Estimate: ...
    @overload
    def __getitem__(self, item: slice) -> Estimates: ...
    def __getitem__(self, item: SupportsIndex | slice) -> Estimate | Estimates:
        """Return one estimate, or a slice of them as `Estimates`."""
        if isinstance(item, slice):
            return Estimates(super().__getitem__(item))
        return super().__getitem__(item)

    def __repr__(self) -> str:
        if not self:
            return "<Estimates: none>"
        methods = ", ".join(dict.fromkeys(one.method for one in self))
        return f"<Estimates of {number_of(len(self), 'target')} by {methods}>"
