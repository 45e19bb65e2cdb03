"""A table with which nothing is wrong as a `Mesh`, without the care that `rttgeo.pairs.reading` takes.

Most tables are plain: names without spaces around, one place per node, each target's rows together,
every pair once. That is seen in one pass over codes and numbers. A table that is anything else is
left to the reader, which knows what to say of it; the mesh is the same to the bit.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rttgeo.kernels.tabulating import (
    one_place_each,
    rising_within,
    rows_of_nodes,
    rows_together,
)
from rttgeo.machine.escaping import is_blank
from rttgeo.mesh import Mesh, Provenance, nodes
from rttgeo.pairs.schema import NAME_COLUMNS, NUMBER_COLUMNS, OPTIONAL_COLUMNS, REQUIRED, Column
from rttgeo.typing import BoolArray, FloatArray, IntArray

RTT = NUMBER_COLUMNS[-1]
_PLACES = tuple(column.name for column in NUMBER_COLUMNS[:-1])


def plain_mesh(table: pa.Table, provenance: Provenance) -> Mesh | None:
    """Make a mesh of a pairs table, if it is plain.

    Parameters
    ----------
    table
        With the columns of `rttgeo.pairs.schema`.
    provenance
        What the mesh is.

    Returns
    -------
    Mesh or None
        That of `rttgeo.pairs.read_mesh`, to the bit; None for a table that it has to look at.
    """
    coded = _coded(table)
    if coded is None:
        return None
    landmarks, targets = (
        _distinct_names(coded[column].chunk(0).dictionary) for column in NAME_COLUMNS
    )
    if landmarks is None or targets is None:
        return None
    laid = _laid_out(coded, len(landmarks), len(targets))
    if laid is None or not _one_node_a_name(laid, landmarks, targets):
        return None
    return _mesh(laid, landmarks, targets, provenance)


class _Laid(NamedTuple):
    """Rows as arrays: codes of both ends, what was measured, and where each node is.

    Targets' rows are ``begin:end``, nothing for a name that no row has.
    """

    landmark: npt.NDArray[np.int32]
    target: npt.NDArray[np.int32]
    measured: dict[str, FloatArray]
    landmark_lonlat: tuple[FloatArray, FloatArray]
    target_lonlat: tuple[FloatArray, FloatArray]
    begin: IntArray
    end: IntArray


def _coded(table: pa.Table) -> pa.Table | None:
    """The columns that count, names as codes of one dictionary each, the others as floats."""
    names = table.schema.names
    optional = [column.name for column in OPTIONAL_COLUMNS if column.name in names]
    once = all(names.count(name) == 1 for name in (*REQUIRED, *optional))
    if not len(table) or not once or "resolution_ms" in optional:
        return None
    columns: dict[str, Any] = {}
    for name in (*REQUIRED, *optional):
        column = table[name]
        if not _is_usual(name, column.type) or not column.num_chunks:
            return None
        if name not in NAME_COLUMNS:
            columns[name] = column.cast(pa.float64(), safe=False)
        elif column.null_count:
            return None
        else:
            columns[name] = column
    try:
        found = pa.table(columns)
        # Parquet takes a file's word that its texts are UTF-8 and its codes in range.
        found.validate(full=True)
        for i, name in enumerate(found.schema.names):
            if name in NAME_COLUMNS and not pa.types.is_dictionary(found.schema.types[i]):
                found = found.set_column(i, name, found[name].dictionary_encode())
        return found.unify_dictionaries()
    except pa.ArrowException:
        return None


def _is_usual(name: str, kind: pa.DataType) -> bool:
    if name not in NAME_COLUMNS:
        return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind))
    if pa.types.is_dictionary(kind):
        return bool(pa.types.is_string(kind.value_type) and pa.types.is_int32(kind.index_type))
    return bool(pa.types.is_string(kind))


def _distinct_names(names: pa.Array) -> npt.NDArray[np.object_] | None:
    """Names as a reader takes them; None where it would change one."""
    if names.null_count:
        return None
    texts = names.to_pylist()
    usual = pc.and_(
        pc.ascii_is_printable(names), pc.equal(pc.ascii_trim_whitespace(names), names)
    ).to_numpy(zero_copy_only=False)
    for i in np.flatnonzero(~usual).tolist():
        if texts[i] != texts[i].strip() or is_blank(texts[i]):
            return None
    if len(set(texts)) < len(texts) or "" in texts:
        return None
    return np.array(texts, dtype=object)


def _laid_out(table: pa.Table, n_landmarks: int, n_targets: int) -> _Laid | None:
    """Check all rows and put them into arrays; None as soon as one is not plain."""
    measured = [name for name in table.schema.names if name not in (*NAME_COLUMNS, *_PLACES)]
    laid = _Laid(
        np.empty(len(table), np.int32),
        np.empty(len(table), np.int32),
        {name: np.empty(len(table)) for name in measured},
        (np.full(n_landmarks, np.nan), np.full(n_landmarks, np.nan)),
        (np.full(n_targets, np.nan), np.full(n_targets, np.nan)),
        np.zeros(n_targets, np.int64),
        np.zeros(n_targets, np.int64),
    )
    at = 0
    for batch in table.to_batches():
        if not _take(laid, batch, at):
            return None
        at += len(batch)
    optional = [column for column in OPTIONAL_COLUMNS if column.name in measured]
    return laid if all(_in_range(laid.measured[one.name], one) for one in optional) else None


def _take(laid: _Laid, batch: pa.RecordBatch, at: int) -> bool:
    """Check some rows and put them where they belong."""
    own = slice(at, at + len(batch))
    codes = {}
    for name, to in zip(NAME_COLUMNS, (laid.landmark, laid.target), strict=True):
        to[own] = codes[name] = batch.column(name).indices.to_numpy(zero_copy_only=False)
    values = {
        name: batch.column(name).to_numpy(zero_copy_only=False)
        for name in (*_PLACES, *laid.measured)
    }
    for name, kept in laid.measured.items():
        kept[own] = values[name]
    rtt = values[RTT.name], RTT.low, RTT.high
    return (
        one_place_each(
            codes["landmark"], values["landmark_lon"], values["landmark_lat"], False,
            *laid.landmark_lonlat,
        )
        and one_place_each(
            codes["target"], values["target_lon"], values["target_lat"], True, *laid.target_lonlat
        )
        and rows_together(codes["target"], *rtt, at, laid.begin, laid.end)
    )  # fmt: skip


def _in_range(values: FloatArray, column: Column) -> bool:
    """Whether a column that may be empty holds what it may."""
    right = (values >= column.low) & (values <= column.high)
    if column.whole:
        right &= values == np.round(values)
    return bool((right | np.isnan(values)).all())


def _one_node_a_name(
    laid: _Laid, landmarks: npt.NDArray[np.object_], targets: npt.NDArray[np.object_]
) -> bool:
    """Whether names that are landmark and target are so at one place, which they then share."""
    own = pd.Index(landmarks).get_indexer(targets)
    both = np.flatnonzero((own >= 0) & (laid.end > 0))
    both = both[np.isfinite(laid.landmark_lonlat[0][own[both]])]
    if not len(both):
        return True
    stated = np.isfinite(laid.target_lonlat[0][both])
    for to, of in zip(laid.target_lonlat, laid.landmark_lonlat, strict=True):
        if (to[both[stated]].view(np.int64) != of[own[both[stated]]].view(np.int64)).any():
            return False
        to[both] = of[own[both]]
    return not bool((own[laid.target] == laid.landmark).any())


def _mesh(
    laid: _Laid,
    landmarks: npt.NDArray[np.object_],
    targets: npt.NDArray[np.object_],
    provenance: Provenance,
) -> Mesh | None:
    """Nodes in the order of their names, pairs in that of the nodes; None where a pair appears twice."""
    tables, number, present = [], [], []
    for names, lonlat, used in (
        (landmarks, laid.landmark_lonlat, np.isfinite(laid.landmark_lonlat[0])),
        (targets, laid.target_lonlat, laid.end > 0),
    ):
        codes, numbers = _by_name(names, used)
        tables.append(nodes(names[codes], lonlat[0][codes], lonlat[1][codes]))
        number.append(numbers)
        present.append(codes)
    begin, end = (rows[present[1]] for rows in (laid.begin, laid.end))
    columns = _in_order({"landmark": number[0][laid.landmark], **laid.measured}, begin, end)
    if columns is None:
        return None
    # What `Mesh.build` would look for has been.
    return Mesh(tables[0], tables[1], pd.DataFrame(columns, copy=False), provenance)


def _in_order(
    columns: dict[str, npt.NDArray[Any]], begin: IntArray, end: IntArray
) -> dict[str, npt.NDArray[Any]] | None:
    """Pairs sorted by target and landmark; None where one appears twice."""
    if not (begin[1:] == end[:-1]).all():
        columns = {name: rows_of_nodes(values, begin, end) for name, values in columns.items()}
    counts, landmark = end - begin, columns["landmark"]
    stop = np.cumsum(counts)
    target = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    if not rising_within(landmark, stop - counts, stop):
        order = np.lexsort((landmark, target))
        columns = {name: values[order] for name, values in columns.items()}
        if not rising_within(columns["landmark"], stop - counts, stop):
            return None
    return {"target": target, **columns}


def _by_name(
    names: npt.NDArray[np.object_], used: BoolArray
) -> tuple[IntArray, npt.NDArray[np.int32]]:
    """Codes of the nodes that are there by their names, and the number that gives each code."""
    order = np.argsort(names, kind="stable")
    codes = order[used[order]]
    number = np.zeros(len(names), np.int32)
    number[codes] = np.arange(len(codes), dtype=np.int32)
    return codes, number
