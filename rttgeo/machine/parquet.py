"""Parquet files of other people: refused in one line when damaged, or when they are a bomb."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from rttgeo.errors import BadInputError
from rttgeo.machine.counting import number_of

MAGIC = b"PAR1"
FREE_ROWS = 1_000_000
"""This many rows are accepted before it is checked how small they are packed."""
ROWS_PER_BYTE = 8
"""Round-trip times differ from pair to pair: even in whole milliseconds each takes bits of a byte. A
file with more rows holds one pair over and over."""
MAX_RATIO = 400
FREE_BYTES = 64 << 20
"""The limit of `rttgeo.machine.opening` for files that are packed otherwise."""


@contextmanager
def one_line(file: str) -> Iterator[None]:
    """Turn what pyarrow says of a damaged file into one line.

    Parameters
    ----------
    file
        How messages call it.

    Yields
    ------
    None
        To the block that reads.

    Raises
    ------
    BadInputError
        For all of pyarrow's errors but a lack of memory.
    """
    try:
        yield
    except BadInputError:
        raise
    except pa.ArrowMemoryError:
        raise
    except (
        pa.ArrowException, OSError, ValueError, TypeError, KeyError, IndexError, OverflowError
    ) as error:  # fmt: skip
        said = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise BadInputError(f"{file}: not a readable Parquet file: {said[:200]}") from None


def open_parquet(handle: BinaryIO, file: str) -> pq.ParquetFile:
    """Open a Parquet file and refuse one that would unpack to far more than it can hold.

    Parameters
    ----------
    handle
        The file; it can be sought in.
    file
        How messages call it.

    Returns
    -------
    pyarrow.parquet.ParquetFile
        To be read from, in `one_line`.

    Raises
    ------
    BadInputError
        When it is damaged, or a bomb.
    """
    with one_line(file):
        size = handle.seek(0, os.SEEK_END)
        handle.seek(0)
        opened = pq.ParquetFile(native(handle), pre_buffer=False)
        about = opened.metadata
        unpacked = sum(
            max(about.row_group(i).total_byte_size, 0) for i in range(about.num_row_groups)
        )
    if about.num_rows > max(FREE_ROWS, size * ROWS_PER_BYTE) or (
        unpacked > max(FREE_BYTES, size * MAX_RATIO)
    ):
        raise BadInputError(
            f"{file}: {number_of(size, 'byte')} that unpack to {number_of(about.num_rows, 'row')} "
            f"({number_of(unpacked, 'byte')}); measurements never do"
        )
    return opened


def native(handle: BinaryIO) -> Any:
    """Give Arrow a file of its own in place of Python's, where it is one on disk.

    Arrow frees what it has read from a Python file in its own threads, and a thread that does so
    while the interpreter ends takes the process with it (SIGABRT, ``terminate called without an
    active exception``). What it has read from its own file is not an object of Python's.

    Parameters
    ----------
    handle
        An open file.

    Returns
    -------
    pyarrow.NativeFile or file
        The same file; ``handle`` itself where it has no name, such as bytes in memory.
    """
    raw = getattr(handle, "raw", None)
    # A packed file is unpacked by Python: its own bytes are not what is to be read.
    if not isinstance(raw, io.FileIO) or not isinstance(raw.name, str | Path):
        return handle
    path = Path(raw.name)
    if not path.is_file() or not os.path.samestat(os.fstat(raw.fileno()), path.stat()):
        return handle
    return pa.OSFile(str(path))
