"""Cells of a pairs table, whatever the file holds them as: blank ones, and numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from rttgeo.pairs.parquet import Block

_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"


def is_null(array: pa.Array) -> npt.NDArray[np.bool_]:
    """Find the cells without a value.

    Parameters
    ----------
    array
        One column, shape (rows,).

    Returns
    -------
    ndarray of bool
        Shape (rows,); True where there is no value.
    """
    found: npt.NDArray[np.bool_] = array.is_null().to_numpy(zero_copy_only=False)
    return found


def blank_rows(block: Block) -> npt.NDArray[np.bool_]:
    """Find the rows in which nothing stands: a blank line is not a bad row.

    Parameters
    ----------
    block
        Some rows of a pairs table.

    Returns
    -------
    ndarray of bool
        Shape (rows,); True where all cells are empty.
    """
    blank = np.ones(len(block.line), dtype=bool)
    for array in block.columns.values():
        if not blank.any():
            break
        if pa.types.is_dictionary(array.type):
            empty = [not (text or "").strip() for text in array.dictionary.to_pylist()] or [True]
            position = array.indices.fill_null(0).to_numpy(zero_copy_only=False)
            blank &= is_null(array) | np.array(empty)[position]
        elif pa.types.is_string(array.type):
            blank &= pc.equal(array, "").fill_null(True).to_numpy(zero_copy_only=False)
        else:
            blank &= is_null(array)
    return blank


def floats(array: pa.Array) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Read a column as numbers.

    Parameters
    ----------
    array
        Texts, codes of texts, or numbers, shape (rows,).

    Returns
    -------
    tuple of (ndarray of float64, ndarray of bool)
        Values (NaN where there is no number), and where the cell is empty; shape (rows,) both.
    """
    if pa.types.is_dictionary(array.type):
        values, empty = floats(array.dictionary)
        if not len(values):
            values, empty = np.array([np.nan]), np.array([True])
        position = array.indices.fill_null(0).to_numpy(zero_copy_only=False)
        null = is_null(array)
        return np.where(null, np.nan, values[position]), null | empty[position]
    if pa.types.is_string(array.type):
        return _floats_of_text(array)
    values = array.to_numpy(zero_copy_only=False)
    # What pandas writes for "nothing there".
    return values, np.isnan(values)


def _floats_of_text(array: pa.Array) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Do the same for a column of text."""
    text = pc.utf8_trim_whitespace(array)
    empty = pc.equal(text, "").fill_null(True)
    filled = pc.if_else(empty, "nan", text)
    try:
        values = filled.cast(pa.float64())
    except pa.ArrowInvalid:
        good = pc.match_substring_regex(filled, _NUMBER)
        plain = pc.replace_substring_regex(pc.if_else(good, filled, "nan"), r"^\+", "")
        values = plain.cast(pa.float64())
    return values.to_numpy(zero_copy_only=False), empty.to_numpy(zero_copy_only=False)
