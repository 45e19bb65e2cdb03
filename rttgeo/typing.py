"""Types of arrays that all rooms share."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
"""Float64 array, of the shape stated where it is used."""
IntArray: TypeAlias = npt.NDArray[np.int64]
"""Int64 array, such as numbers of nodes, cells or rows."""
BoolArray: TypeAlias = npt.NDArray[np.bool_]
"""Boolean array: a mask."""
