"""What a folder of shards will hold: the plan of a census, made once and kept in the folder."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from rttgeo.errors import BadInputError

PLAN = "plan.json"
FORMAT = "rttgeo-census"
VERSION = 2
"""Of plans: a folder that was begun with another one cannot be continued."""


@dataclasses.dataclass(frozen=True)
class Plan:
    """What a folder of shards will hold: equal for the same table and options.

    Attributes
    ----------
    source
        The pairs table, as given.
    rows, size
        Number of rows of that table, and its size in bytes.
    method
        Name of a method that `rttgeo.estimators.own.find_method` knows.
    resolution_km, level, regions
        As for `rttgeo.census.columns.locate_columns`.
    skip_bad
        Skip bad rows instead of raising an error.
    share
        Share of the known targets that the method learns from.
    bounds
        Rows of the shards in a table that keeps each target's rows together: shard i is
        ``bounds[i]`` to ``bounds[i + 1]``. Empty if the table was partitioned into ``parts`` files.
    parts
        Number of those files.
    """

    source: str
    rows: int
    size: int
    method: str
    resolution_km: float | None
    level: float
    regions: str
    skip_bad: bool
    share: float
    bounds: tuple[int, ...]
    parts: int

    @property
    def n_shards(self) -> int:
        """Number of shards."""
        return self.parts or len(self.bounds) - 1


def read_plan(folder: Path) -> Plan:
    """Read the plan of a folder.

    Parameters
    ----------
    folder
        Folder of a census.

    Returns
    -------
    Plan
        The plan as written.

    Raises
    ------
    BadInputError
        When this is not the folder of a census.
    """
    try:
        fields = json.loads((folder / PLAN).read_text(encoding="utf-8"))
        if fields.pop("format") != FORMAT or fields.pop("version") != VERSION:
            raise ValueError("another format")
        return Plan(**fields | {"bounds": tuple(fields["bounds"])})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInputError(f"{folder / PLAN}: no plan of a census ({error})") from None
