"""Columns of a pairs table whose numbers have decimal commas."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from rttgeo.machine.separators import WITH_COMMA, WITH_POINT, Decimals


def with_points(array: pa.Array, line: npt.NDArray[np.int64], decimals: Decimals) -> pa.Array:
    """Write the numbers of a column with decimal points.

    Parameters
    ----------
    array
        Texts or codes of texts, shape (rows,).
    line
        Line of each row in the file, shape (rows,).
    decimals
        How the numbers of the table are written; takes those seen here.

    Returns
    -------
    pyarrow.Array
        The same, with points where there were commas.

    Raises
    ------
    BadInputError
        When the table has both.
    """
    coded = pa.types.is_dictionary(array.type)
    texts = array.dictionary if coded else array
    for kind, pattern in (("comma", WITH_COMMA), ("point", WITH_POINT)):
        found = pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False)
        if coded and found.any():
            found = found[array.indices.fill_null(0).to_numpy(zero_copy_only=False)]
        if found.any():
            row = int(np.flatnonzero(found)[0])
            decimals.saw(**{kind: (int(line[row]), str(array[row].as_py()))})
    if decimals.comma is None:
        return array
    texts = pc.replace_substring_regex(texts, WITH_COMMA, r"\1.\2")
    return pa.DictionaryArray.from_arrays(array.indices, texts) if coded else texts
