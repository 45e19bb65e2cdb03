"""The pairs table: round-trip times on disk, as CSV or Parquet, to and from a `rttgeo.mesh.Mesh`.

A table has one row per pair, with the columns of `rttgeo.pairs.schema`::

    landmark,landmark_lat,landmark_lon,target,target_lat,target_lon,rtt_ms
    nl-ams-as3333,52.37,4.9,ch-zrh-as559,47.38,8.54,12.4

``pairs.csv`` may be accompanied by ``pairs.csv.meta.json`` with the fields of
`rttgeo.mesh.Provenance`; a Parquet file holds them inside.
"""

from rttgeo.pairs.problems import BadRowsWarning, DoubtWarning, ReadReport
from rttgeo.pairs.reading import read_mesh, read_mesh_report
from rttgeo.pairs.writing import pairs_frame, write_mesh

__all__ = [
    "BadRowsWarning",
    "DoubtWarning",
    "ReadReport",
    "pairs_frame",
    "read_mesh",
    "read_mesh_report",
    "write_mesh",
]
