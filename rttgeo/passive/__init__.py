"""Passive round-trip times: from packet captures, or logs made from them, to minima and a mesh.

An observer on the path sees when packets pass, and what TCP, QUIC and ICMP reveal unencrypted.
Each method has rules that leave out times that are too short; ``docs/howto/passive.md`` lists them.

=================  ==============================================================================
`read_passive`     captures and logs, recognised by their content: what `rttgeo passive` reads
`read_captures`    captures alone: pcap, pcapng, gzip
`passive_mesh`     a mesh of the results: observers and hosts of known places are landmarks
`document`         everything as plain values, for JSON
`SampleTable`      every sample, in CSV or Parquet
`sample_series`    one flow from such a table, for `rttgeo.load`
=================  ==============================================================================
"""

from __future__ import annotations

from rttgeo.passive.flows import Passive, Series
from rttgeo.passive.reading import read_captures, read_passive
from rttgeo.passive.tables import Names, SampleTable, document, passive_mesh, sample_series

__all__ = [
    "Names",
    "Passive",
    "SampleTable",
    "Series",
    "document",
    "passive_mesh",
    "read_captures",
    "read_passive",
    "sample_series",
]
