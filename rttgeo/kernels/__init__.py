"""Compiled loops over plain arrays; they know nothing of files, tables or delay models.

Each module runs as plain Python too (``NUMBA_DISABLE_JIT=1``). `rings` holds the one formula
that the engine rests on (a spherical cap is one run of cells on a ring), `runs` the algebra of
sorted runs, `caps` intersections and unions, `votes` counts per cell, `batch` many targets at
once, `posterior` sums of log densities, `points` what is asked of the cells of one target.
"""

from rttgeo.machine.compiled import before_kernels

before_kernels()
