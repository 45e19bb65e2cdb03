"""How many targets an answer has: those without a place, those whose region has a probability."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pyarrow as pa


class Counted(NamedTuple):
    """Counts of targets.

    Attributes
    ----------
    targets
        All of them.
    without_place
        Those that the method gives no place, or an empty region.
    with_level
        Those whose region holds them with a stated probability.
    """

    targets: int = 0
    without_place: int = 0
    with_level: int = 0

    def and_of(self, table: pa.Table) -> Counted:
        """Add the rows of one more table.

        Parameters
        ----------
        table
            Result columns, one row per target.

        Returns
        -------
        Counted
            The sums.
        """
        import pyarrow.compute as pc  # slow to load, not needed by those who count records

        empty = pc.fill_null(table["empty"], fill_value=False)
        without = pc.sum(pc.or_(pc.is_null(table["lon"]), empty)).as_py() or 0
        return Counted(
            self.targets + len(table),
            self.without_place + without,
            self.with_level + len(table) - table["level"].null_count,
        )

    def and_record(self, record: dict[str, Any]) -> Counted:
        """Add one target.

        Parameters
        ----------
        record
            Of `rttgeo.report.tables.estimate_record`.

        Returns
        -------
        Counted
            The sums.
        """
        return Counted(
            self.targets + 1,
            self.without_place + (record["lon"] is None or record["empty"]),
            self.with_level + (record["level"] is not None),
        )


def counted(folder: str | Path) -> Counted:
    """Count over the shards of a census.

    Parameters
    ----------
    folder
        Folder of the census (`rttgeo.census.shards.census`).

    Returns
    -------
    Counted
        The counts, all 0 for a folder without shards.
    """
    import pyarrow.parquet as pq  # slow to load, not needed by those who count records

    from rttgeo.machine.parquet import native

    found = Counted()
    for path in sorted(Path(folder).glob("shard-*.parquet")):
        with path.open("rb") as handle:
            found = found.and_of(
                pq.read_table(native(handle), columns=["lon", "empty", "level"], pre_buffer=False)
            )
    return found
