"""How large a table is, before it is read."""

from __future__ import annotations

from pathlib import Path

from rttgeo.machine.counting import number_of

BYTES_A_ROW = 165
"""What a row takes while a table is read: 3.3 GB for 20 million (measured)."""


def rows_of(path: Path) -> int:
    """Count the rows of a table that says how many it has.

    Parameters
    ----------
    path
        A file, there or not.

    Returns
    -------
    int
        Rows of a Parquet file, 0 of anything else.
    """
    from rttgeo.machine.parquet import MAGIC

    if not path.is_file():
        return 0
    with path.open("rb") as handle:
        if handle.read(len(MAGIC)) != MAGIC:
            return 0
    from rttgeo.census.opened import opened_table  # slow to load, not needed for small tables

    with opened_table(path) as opened:
        return int(opened.metadata.num_rows)


def refuse_too_large(path: Path) -> None:
    """Give one line in place of a machine out of memory.

    Parameters
    ----------
    path
        A table.

    Raises
    ------
    BadInputError
        When its rows take more than may be used here.
    """
    import os
    import resource

    from rttgeo.errors import BadInputError

    need = rows_of(path) * BYTES_A_ROW
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    has = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    has = has if limit == resource.RLIM_INFINITY else min(has, limit)
    if need > has:
        raise BadInputError(
            f"{path}: {number_of(rows_of(path), 'pair')} take about {need / 1e9:,.0f} GB once read, and "
            f"{has / 1e9:,.0f} GB may be used here; rttgeo locate PAIRS -o FOLDER/ works shard by "
            "shard, rttgeo audit and evaluate read a share"
        )
