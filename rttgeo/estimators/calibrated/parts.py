"""Cells of several sizes in one list, and values of large cells carried over to their parts."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np

from rttgeo.estimators.calibrated.cells import FINEST, Cells
from rttgeo.kernels.planes import carry_over
from rttgeo.typing import FloatArray, IntArray


class Parts(Protocol):
    """Cells that are parts of coarser ones, of one size or of several."""

    @property
    def centres(self) -> FloatArray:
        """Unit vectors, shape (n, 3)."""
        ...

    @property
    def parent(self) -> IntArray:
        """Rows of the coarser cells that they are parts of, shape (n,)."""
        ...


class MixedCells(NamedTuple):
    """Non-overlapping cells, sorted by the position of their parts in the nested order.

    Attributes
    ----------
    start, size
        Nested number of each cell's first part on the finest grid (`FINEST`), and its number of
        parts.
    centres
        Unit vectors, shape (n, 3).
    parent
        Rows of the coarse cells that they are parts of.
    blocks
        The same cells, grouped by size.
    order
        Rows in the concatenated blocks, in the order of ``start``.
    """

    start: IntArray
    size: IntArray
    centres: FloatArray
    parent: IntArray
    blocks: tuple[Cells, ...]
    order: IntArray

    @classmethod
    def of(cls, blocks: list[Cells]) -> MixedCells:
        """Combine cells of several grids.

        Parameters
        ----------
        blocks
            Cells, one entry for each grid, none inside another.

        Returns
        -------
        MixedCells
            All cells, by their place on the finest grid.
        """
        sizes = [(FINEST.nside // block.grid.nside) ** 2 for block in blocks]
        start = np.concatenate([b.nested * s for b, s in zip(blocks, sizes, strict=True)])
        order = np.argsort(start, kind="stable")
        size = np.repeat(sizes, [len(block.nested) for block in blocks])
        return cls(
            start[order],
            size[order].astype(np.int64),
            np.concatenate([block.centres for block in blocks])[order],
            np.concatenate([block.parent for block in blocks])[order],
            tuple(blocks),
            order,
        )

    @property
    def agreed(self) -> int:
        """Number of landmarks that agree with each cell."""
        return self.blocks[0].agreed


def on_parts(values: FloatArray, coarse: Cells, fine: Parts) -> FloatArray:
    """Interpolate smooth functions to parts of cells, along a plane in each cell.

    The slope is that of the plane through the values of the cell and its siblings (up to four cells
    that are parts of the same one).

    Parameters
    ----------
    values
        Values at the coarse cells, shape (n_coarse,).
    coarse
        The cells.
    fine
        Their parts.

    Returns
    -------
    ndarray
        Values at the parts, shape (n_fine,).
    """
    out = np.empty(len(fine.parent))
    carry_over(coarse.nested, coarse.centres, values, fine.parent, fine.centres, out)
    return out
