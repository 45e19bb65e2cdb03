"""Columns that the readers of records fill: one row per record."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


class RecordColumns(NamedTuple):
    """What is known of each record, filled by the scanner and by the slow reader alike.

    Attributes
    ----------
    status
        What became of it (`rttgeo.atlas.scanner.codes.RECORD_WORDS`).
    time
        Seconds since 1970.
    probe, measurement
        Their numbers.
    family
        4 or 6.
    protocol
        Place in `rttgeo.atlas.scanner.codes.PROTOCOLS`.
    hops
        Number of a traceroute's last hop; `rttgeo.atlas.scanner.codes.NO_HOPS` for none.
    summary
        1 where only the minimum of a ping was there, else 0.
    dst_hash
        Hash of the target's address.
    dst_start, dst_stop
        Where that address stands in the text, and the byte behind it.
    """

    status: npt.NDArray[np.uint8]
    time: Ints
    probe: Ints
    measurement: Ints
    family: npt.NDArray[np.uint8]
    protocol: npt.NDArray[np.uint8]
    hops: npt.NDArray[np.uint8]
    summary: npt.NDArray[np.uint8]
    dst_hash: Ints
    dst_start: Ints
    dst_stop: Ints

    @classmethod
    def empty(cls, n: int) -> RecordColumns:
        """Make columns for some records, all zero.

        Parameters
        ----------
        n
            Number of records.

        Returns
        -------
        RecordColumns
            Arrays of shape (n,).
        """
        wide, narrow = np.int64, np.uint8
        kinds = (narrow, wide, wide, wide, narrow, narrow, narrow, narrow, wide, wide, wide)
        columns: list[Any] = [np.zeros(n, dtype=kind) for kind in kinds]
        return cls(*columns)
