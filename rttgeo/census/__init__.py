"""Very many targets: result columns in place of objects, shards on disk, several machines.

`locate_columns` answers for a mesh in memory as one Arrow table, `census` for a table that need not
fit there as a folder of shards. Both take somebody else's workers (`spread`).
"""

from rttgeo.census.columns import locate_columns
from rttgeo.census.shards import census
from rttgeo.census.spread import spread

__all__ = ["census", "locate_columns", "spread"]
