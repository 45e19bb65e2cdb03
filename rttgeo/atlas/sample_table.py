"""Arrow tables of samples, one row each, from the columns of records and their samples."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rttgeo.atlas.scanner import codes
from rttgeo.atlas.scanner.columns import RecordColumns

SAMPLE_SCHEMA = pa.schema(
    [
        pa.field("time", pa.timestamp("ms", tz="UTC"), nullable=False),
        pa.field("probe", pa.int32(), nullable=False),
        pa.field("measurement", pa.int32(), nullable=False),
        pa.field("anchor", pa.dictionary(pa.int32(), pa.string()), nullable=False),
        pa.field("family", pa.uint8(), nullable=False),
        pa.field("protocol", pa.dictionary(pa.int32(), pa.string()), nullable=False),
        pa.field("hops", pa.uint8()),
        pa.field("rtt_us", pa.int32(), nullable=False),
        pa.field("summary", pa.bool_(), nullable=False),
    ]
)
"""One row per sample. ``anchor``: name of the measured anchor where it is known, else the address
that the record gives. ``hops``: number of the last hop of a traceroute, null where there is
none. ``summary``: the record only gave the minimum of its packets, and this is it."""


def sample_table(
    out: RecordColumns,
    rtt: npt.NDArray[np.float64],
    record: npt.NDArray[np.int64],
    anchors: Mapping[int, str],
    addresses: Mapping[int, str],
) -> pa.Table:
    """Lay out samples; an anchor's name is that of its measurement, else its address by hash.

    Parameters
    ----------
    out
        What is known of each record.
    rtt
        Round-trip times, ms, one per sample.
    record
        Of each sample, the number of its record.
    anchors
        Name of the anchor by measurement number.
    addresses
        Text of the target's address by its hash.

    Returns
    -------
    pyarrow.Table
        One row per sample, of `SAMPLE_SCHEMA`.
    """
    hops = out.hops[record]
    columns = [
        pa.array((out.time * 1000)[record]).cast(SAMPLE_SCHEMA.field("time").type),
        pa.array(out.probe.astype(np.int32)[record]),
        pa.array(out.measurement.astype(np.int32)[record]),
        _anchors(out, record, anchors, addresses),
        pa.array(out.family[record]),
        pa.DictionaryArray.from_arrays(
            pa.array(out.protocol[record].astype(np.int32)), pa.array(codes.PROTOCOLS)
        ),
        pa.array(hops, mask=hops == codes.NO_HOPS),
        pa.array(to_microseconds(rtt)),
        pa.array(out.summary[record].astype(bool)),
    ]
    return pa.Table.from_arrays(columns, schema=SAMPLE_SCHEMA)


def _anchors(
    out: RecordColumns,
    record: npt.NDArray[np.int64],
    anchors: Mapping[int, str],
    addresses: Mapping[int, str],
) -> pa.DictionaryArray:
    """Name of the anchor of each sample."""
    # One number for (measurement, address): nearly always the same all through a file.
    key = out.dst_hash ^ (out.measurement << 31)
    unique, first, number = distinct(key)
    said = [
        anchors.get(int(out.measurement[i])) or addresses.get(int(out.dst_hash[i]), "")
        for i in first
    ]
    words = list(dict.fromkeys(said))
    place = np.array([words.index(word) for word in said], dtype=np.int32)
    index = np.zeros(len(record), np.int32) if len(unique) < 2 else place[number[record]]
    return pa.DictionaryArray.from_arrays(
        pa.array(index.astype(np.int32)), pa.array(words, type=pa.string())
    )


def distinct(
    key: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Distinct values, where each is first, and which of them each is: nearly always just one.

    Parameters
    ----------
    key
        Numbers, shape (n,).

    Returns
    -------
    tuple
        Distinct values; of each the first index; of each element the index of its value.
    """
    if len(key) and (key == key[0]).all():
        return key[:1], np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
    return np.unique(key, return_index=True, return_inverse=True)


def to_microseconds(rtt_ms: npt.NDArray[np.float64]) -> npt.NDArray[np.int32]:
    """Whole microseconds, rounded as ``round(rtt, 3)`` rounds: by the decimal value.

    A product with 1000 may fall on the other side of a half; those few are done one by one.

    Parameters
    ----------
    rtt_ms
        Round-trip times, ms, shape (n,).

    Returns
    -------
    numpy.ndarray
        Microseconds, shape (n,).
    """
    scaled = rtt_ms * 1000
    whole = np.rint(scaled)
    for i in np.flatnonzero(np.abs(np.abs(scaled - whole) - 0.5) < 1e-6):
        whole[i] = np.rint(round(float(rtt_ms[i]), 3) * 1000)
    return whole.astype(np.int32)
