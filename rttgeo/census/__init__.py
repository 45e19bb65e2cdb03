"""Very many targets: result columns in place of objects, shards on disk, several machines.

`locate_columns` answers for a mesh in memory as one Arrow table, `census` for a table that need not
fit there as a folder of shards; `reduce_samples` makes such tables of samples. All take somebody
else's workers (`rttgeo.census.spread`).
"""

from rttgeo.census.columns import locate_columns
from rttgeo.census.minima import reduce_samples
from rttgeo.census.shards import census

__all__ = ["census", "locate_columns", "reduce_samples"]
