"""Tables of other libraries as Arrow tables."""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias, runtime_checkable

import pandas as pd
import pyarrow as pa
import pyarrow.interchange

from rttgeo.errors import BadInputError


@runtime_checkable
class ArrowFrame(Protocol):
    """A table that exports Arrow columns, from polars, pyarrow, DuckDB and others."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Return a capsule with the columns (the Arrow PyCapsule interface)."""
        ...


Frame: TypeAlias = pd.DataFrame | ArrowFrame
"""A pandas data frame, or a table of another library."""


def is_frame(value: object) -> bool:
    """Check whether a value is a table in memory.

    Parameters
    ----------
    value
        Anything, such as what `rttgeo.pairs.read_mesh` was given.

    Returns
    -------
    bool
        True for tables of pandas and Arrow, and what offers the data frame interchange protocol.
    """
    return isinstance(value, (pd.DataFrame, ArrowFrame)) or hasattr(value, "__dataframe__")


def arrow_table(frame: Any, columns: tuple[str, ...], optional: tuple[str, ...] = ()) -> pa.Table:
    """Convert columns of a table in memory to an Arrow table, each in one piece.

    Parameters
    ----------
    frame
        A table from pandas, polars, or any library that supports Arrow columns or the data frame
        interchange protocol.
    columns, optional
        Columns that must exist, and columns taken if they exist.

    Returns
    -------
    pyarrow.Table
        With these columns; names (whatever holds them) are text.

    Raises
    ------
    BadInputError
        When a column is missing, appears twice, or holds what Arrow cannot represent.
    """
    names = list(map(str, _column_names(frame)))
    missing = [name for name in columns if name not in names]
    if missing:
        raise BadInputError(
            f"the table has no column {', '.join(map(repr, missing))}; "
            f"expected {', '.join(columns)}"
        )
    wanted = [name for name in (*columns, *optional) if name in names]
    twice = [name for name in wanted if names.count(name) > 1]
    if twice:
        raise BadInputError(f"column {twice[0]!r} of the table appears twice")
    try:
        table = _table(frame, wanted).combine_chunks()
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise BadInputError(f"the table cannot be read: {error}") from None
    return table


def _column_names(frame: Any) -> list[str]:
    names = getattr(frame, "columns", None)
    if isinstance(frame, pa.Table) or names is None:
        names = getattr(frame, "column_names", None)
    if names is None:
        names = pa.table(frame).column_names
    return list(names)


def _table(frame: Any, wanted: list[str]) -> pa.Table:
    if isinstance(frame, pd.DataFrame):
        return pa.Table.from_pandas(pd.DataFrame(frame[wanted]), preserve_index=False)
    if hasattr(frame, "to_arrow"):
        # Polars chooses older types here, which all of pyarrow can work with.
        frame = frame.to_arrow()
    if isinstance(frame, ArrowFrame):
        return pa.table(frame).select(wanted)
    return pyarrow.interchange.from_dataframe(frame).select(wanted)
