"""The columns of results of many targets."""

from __future__ import annotations

import pyarrow as pa

from rttgeo.census.writing import GEOMETRY
from rttgeo.errors import BadInputError

REGIONS = ("none", "runs", "polygons")
"""What is kept of regions in addition to their areas."""
SCHEMA = pa.schema(
    [
        ("method", pa.string()),
        ("target", pa.string()),
        ("lon", pa.float64()),
        ("lat", pa.float64()),
        ("area_km2", pa.float64()),
        ("empty", pa.bool_()),
        ("bounding", pa.string()),
        ("conflict", pa.string()),
        ("notes", pa.string()),
        ("note_kinds", pa.string()),
        ("bound", pa.string()),
        ("bound_kind", pa.string()),
        ("n_landmarks", pa.int64()),
        ("level", pa.float64()),
        ("area50_km2", pa.float64()),
        ("parts", pa.int64()),
        ("lowest_rtt_ms", pa.float64()),
        ("quickest_landmark", pa.string()),
        ("nearest_landmark", pa.string()),
        ("nearest_landmark_km", pa.float64()),
        ("places", pa.string()),
        ("countries", pa.string()),
        ("mesh", pa.string()),
        ("kind", pa.string()),
        ("meaning", pa.string()),
        ("true_lon", pa.float64()),
        ("true_lat", pa.float64()),
        ("error_km", pa.float64()),
        ("inside", pa.bool_()),
    ]
)
"""Lists are joined by semicolons; missing values are null. Units are degrees, km, km² and ms."""
RUN_FIELDS = (
    pa.field("region_nside", pa.int32()),
    pa.field("region_start", pa.list_(pa.int32())),
    pa.field("region_stop", pa.list_(pa.int32())),
)
"""The region as runs of cells of the HEALPix grid of that nside, in ring order."""


def schema_of(regions: str, *, geometry: bool) -> pa.Schema:
    """List the columns of the tables that `column_tables` yields.

    Parameters
    ----------
    regions
        One of `REGIONS`.
    geometry
        Whether each row has a geometry, whatever is kept of the regions.

    Returns
    -------
    pyarrow.Schema
        `SCHEMA`, with the columns of the regions and the geometry.

    Raises
    ------
    BadInputError
        When ``regions`` is not one of `REGIONS`.
    """
    if regions not in REGIONS:
        raise BadInputError(f"regions is {regions!r}, expected one of {', '.join(REGIONS)}")
    schema = SCHEMA
    for field in RUN_FIELDS if regions == "runs" else ():
        schema = schema.append(field)
    return schema.append(GEOMETRY) if geometry or regions == "polygons" else schema
