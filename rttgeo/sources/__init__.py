"""Round-trip times in other tools' formats, and tables of where addresses are.

====================  ===========================================  ==========================
reader                reads                                        gives
====================  ===========================================  ==========================
`read_ping_log`       ``ping`` and ``ping -D`` of iputils,         one `RttSeries`
                      BusyBox, BSD, macOS and Windows
`read_fping`          ``fping -l [-D]``, ``-C n -q``, ``-c n -q``  a list of `RttSeries`
`read_mtr`            ``mtr``: JSON, XML, CSV, text, raw           `MtrReport`
`read_scamper`        scamper's JSON (``sc_warts2json``)           `SampleTable`
`read_monroe`         MONROE ping and GPS CSV                      `MonroeBins`
`mesh_of_series`      several series from known places             a mesh
`mesh_of_samples`     a table of samples, and places               a mesh
`read_places`         CSV of names and coordinates                 a dict of places
`locate_by_mmdb`      a local ``.mmdb`` (MaxMind, DB-IP)           a table of places
`locate_by_table`     CSV of networks and coordinates              a table of places
`locate_by_ripestat`  RIPEstat's ``maxmind-geo-lite`` over HTTPS   a table of places
====================  ===========================================  ==========================

Pairs tables are read by `rttgeo.pairs`, RIPE Atlas results by `rttgeo.atlas`. An example of
each form is in ``data/examples``. `mesh_from_files` makes a mesh from files of any of these forms, as
``rttgeo convert`` does.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rttgeo.sources.addresses import (
        locate_by_mmdb,
        locate_by_ripestat,
        locate_by_table,
    )
    from rttgeo.sources.convert import Converted, mesh_from_files
    from rttgeo.sources.fping import read_fping
    from rttgeo.sources.gather import FORMS
    from rttgeo.sources.leftout import LeftOut
    from rttgeo.sources.monroe import MonroeBins, monroe_mesh, read_monroe
    from rttgeo.sources.mtr import MtrReport, read_mtr, read_mtr_reports
    from rttgeo.sources.ping import read_ping_log, read_ping_logs
    from rttgeo.sources.place_files import read_places
    from rttgeo.sources.places import Places
    from rttgeo.sources.scamper import SampleTable, read_scamper
    from rttgeo.sources.series import RttSeries, mesh_of_samples, mesh_of_series

_HOME = {
    "FORMS": "gather",
    "Converted": "convert",
    "LeftOut": "leftout",
    "MonroeBins": "monroe",
    "MtrReport": "mtr",
    "Places": "places",
    "RttSeries": "series",
    "SampleTable": "scamper",
    "locate_by_mmdb": "addresses",
    "locate_by_ripestat": "addresses",
    "locate_by_table": "addresses",
    "mesh_from_files": "convert",
    "mesh_of_samples": "series",
    "mesh_of_series": "series",
    "monroe_mesh": "monroe",
    "read_fping": "fping",
    "read_monroe": "monroe",
    "read_mtr": "mtr",
    "read_mtr_reports": "mtr",
    "read_ping_log": "ping",
    "read_ping_logs": "ping",
    "read_places": "place_files",
    "read_scamper": "scamper",
}
"""Module of each public name, imported when first asked for: most commands need one or two."""

__all__ = [
    "FORMS",
    "Converted",
    "LeftOut",
    "MonroeBins",
    "MtrReport",
    "Places",
    "RttSeries",
    "SampleTable",
    "locate_by_mmdb",
    "locate_by_ripestat",
    "locate_by_table",
    "mesh_from_files",
    "mesh_of_samples",
    "mesh_of_series",
    "monroe_mesh",
    "read_fping",
    "read_monroe",
    "read_mtr",
    "read_mtr_reports",
    "read_ping_log",
    "read_ping_logs",
    "read_places",
    "read_scamper",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"rttgeo.sources.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
