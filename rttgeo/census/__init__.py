"""Very many targets: result columns instead of objects, shards on disk, several machines.

`locate_columns` locates the targets of a mesh in memory and returns one Arrow table. `census` does
so for a table that does not need to fit in memory, and writes a folder of shards; `reduce_samples`
makes such tables from samples. All of them can use external workers (`rttgeo.census.spread`).
"""

from rttgeo.census.columns import locate_columns
from rttgeo.census.minima import reduce_samples
from rttgeo.census.shards import census

__all__ = ["census", "locate_columns", "reduce_samples"]
