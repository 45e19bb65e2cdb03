"""Pings and places of MONROE nodes: mobile probes, so each five minutes count as one probe.

Two CSV files with a header, as dumped from the MONROE database. Ping: ``nodeid``, ``timestamp``
(seconds since 1970), ``rtt`` (ms), and where there ``operator``. GPS: ``nodeid``, ``timestamp``,
``latitude``, ``longitude`` (degrees). Other columns are ignored, and so is the case of the names.
A place at 0°, 0° comes from a receiver without a fix, and does not count.
"""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from rttgeo import sphere
from rttgeo.errors import BadInputError
from rttgeo.machine.opening import opened
from rttgeo.mesh import Kind, Mesh, Provenance, nodes
from rttgeo.sources.leftout import LeftOut
from rttgeo.sources.series import MAX_RTT_MS, one_line

ROWS_AT_ONCE = 500_000
MAX_TIME_S = 253_402_300_799
"""End of the year 9999: larger times are in milliseconds."""
LATE = "rows with a time beyond the year 9999 (in milliseconds? expected seconds since 1970)"


@dataclasses.dataclass(frozen=True, eq=False)
class MonroeBins:
    """One row for each node and stretch of time with both pings and places.

    Attributes
    ----------
    bins
        ``node``, ``time_s`` (start), ``operator``, ``lon``, ``lat`` (mean place on the sphere),
        ``rtt_ms`` (minimum), ``samples``; sorted by node, then time.
    dropped
        Rows and bins left out, by reason.
    """

    bins: pd.DataFrame
    dropped: Mapping[str, int]


def read_monroe(ping: str | Path, gps: str | Path, *, bin_s: int = 300) -> MonroeBins:
    """Read a ping file and a GPS file into bins, as PAM 2018 did; in bounded memory.

    Parameters
    ----------
    ping, gps
        The two files.
    bin_s
        Length of a bin in seconds.

    Returns
    -------
    MonroeBins
        One row for each bin with a ping and a place: lowest RTT in ms, mean place in degrees.

    Raises
    ------
    BadInputError
        When a file cannot be read or lacks a column, or ``bin_s`` is below 1.
    """
    if bin_s < 1:
        raise BadInputError(f"bin_s is {bin_s}, expected at least 1")
    dropped = LeftOut()
    pings = _gather(_pings(ping, bin_s, dropped), {"rtt_ms": "min", "samples": "sum"})
    places = _gather(_places(gps, bin_s, dropped), dict.fromkeys("xyz", "sum"))
    both = pings.join(places, how="inner").reset_index()
    for what, rows in (("bins without a place", pings), ("bins without a ping", places)):
        dropped.add(what, len(rows) - len(both))
    norm = np.sqrt(both["x"] ** 2 + both["y"] ** 2 + both["z"] ** 2)
    bins = pd.DataFrame(
        {
            "node": both["node"],
            "time_s": both["bin"] * bin_s,
            "operator": both["operator"],
            "lon": sphere.wrap_lon(np.degrees(np.arctan2(both["y"], both["x"]))),
            "lat": np.degrees(np.arcsin(np.clip(both["z"] / norm, -1, 1))),
            "rtt_ms": both["rtt_ms"],
            "samples": both["samples"],
        }
    )
    return MonroeBins(bins, dropped)


def _gather(parts: Iterator[pd.DataFrame], how: dict[str, str]) -> pd.DataFrame:
    """Put together what was gathered of one chunk after the other."""
    whole = pd.concat(list(parts))
    if "operator" in whole:
        how = how | {"operator": "first"}
    return whole.groupby(level=["node", "bin"], sort=True).agg(how)


def _chunks(path: str | Path, needed: tuple[str, ...], dropped: LeftOut) -> Iterator[pd.DataFrame]:
    try:
        # Opened here, not by pandas, which would take a text such as http://… for an address.
        with opened(path) as file:
            reader = pd.read_csv(
                file,
                chunksize=ROWS_AT_ONCE,
                dtype=str,
                encoding_errors="replace",
                on_bad_lines="warn",
            )
            for chunk in _counting_bad_lines(reader, dropped):
                chunk.columns = [str(column).strip().lower() for column in chunk.columns]
                missing = [name for name in needed if name not in chunk.columns]
                if missing:
                    raise BadInputError(_missing(path, missing[0], list(chunk.columns)))
                yield chunk
    except BadInputError:
        raise
    except (OSError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise BadInputError(f"cannot read {path}: {one_line(error)}") from error


def _missing(path: str | Path, column: str, columns: list[str]) -> str:
    """Say that a column is not there, and why where the header shows it."""
    for sign, called in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if any(sign in name for name in columns):
            return (
                f"{path}, line 1: columns separated by {called}, expected commas "
                "(and points in numbers)"
            )
    return f"{path}: column {column!r} is missing"


def _counting_bad_lines(reader: Iterator[pd.DataFrame], dropped: LeftOut) -> Iterator[pd.DataFrame]:
    """Count the lines that pandas passes over: it only warns of them, one line of text each."""
    while True:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", pd.errors.ParserWarning)
            chunk = next(reader, None)
        bad = sum(str(one.message).count("Skipping line") for one in caught)
        dropped.add("lines with too many fields", bad)
        if chunk is None:
            return
        yield chunk


def _keys(
    chunk: pd.DataFrame, bin_s: int, path: str | Path, dropped: LeftOut
) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Nodes, bins (NaN without a time), and which rows have a time that is counted already."""
    time = pd.to_numeric(chunk["timestamp"], errors="coerce")
    late = time > MAX_TIME_S
    if late.any():
        text = str(chunk["timestamp"][late].iloc[0])
        dropped.add(LATE, int(late.sum()), where=str(path), text=text)
    time = time.where(time.between(0, MAX_TIME_S))
    return chunk["nodeid"].str.strip(), np.floor(time / bin_s), late


def _pings(path: str | Path, bin_s: int, dropped: LeftOut) -> Iterator[pd.DataFrame]:
    for chunk in _chunks(path, ("nodeid", "timestamp", "rtt"), dropped):
        node, place, late = _keys(chunk, bin_s, path, dropped)
        rtt = pd.to_numeric(chunk["rtt"], errors="coerce")
        good = (rtt > 0) & (rtt <= MAX_RTT_MS) & place.notna() & node.notna()
        bad = ~good & ~late
        dropped.add("pings without a time, node or RTT", int(bad.sum()), **_first(path, chunk[bad]))
        operator = chunk["operator"] if "operator" in chunk else pd.Series("", chunk.index)
        frame = pd.DataFrame(
            {"node": node, "bin": place, "rtt_ms": rtt, "operator": operator, "samples": 1}
        )[good].astype({"bin": np.int64})
        groups = frame.groupby(["node", "bin"])
        yield groups.agg({"rtt_ms": "min", "samples": "sum", "operator": "first"})


def _places(path: str | Path, bin_s: int, dropped: LeftOut) -> Iterator[pd.DataFrame]:
    for chunk in _chunks(path, ("nodeid", "timestamp", "latitude", "longitude"), dropped):
        node, place, late = _keys(chunk, bin_s, path, dropped)
        lat = pd.to_numeric(chunk["latitude"], errors="coerce")
        lon = pd.to_numeric(chunk["longitude"], errors="coerce")
        nowhere = pd.Series(sphere.is_nowhere(lon, lat), index=chunk.index) & ~late
        dropped.add("places at 0°, 0°, which is nowhere", int(nowhere.sum()))
        good = (lat.abs() <= 90) & (lon.abs() <= 180) & place.notna() & node.notna() & ~nowhere
        bad = ~good & ~late & ~nowhere
        what = "places without a time, node or coordinates"
        dropped.add(what, int(bad.sum()), **_first(path, chunk[bad]))
        # Unit vectors add up to the mean place, also across ±180°.
        vectors = sphere.unit_vectors(lon[good], lat[good])
        frame = pd.DataFrame(vectors, columns=list("xyz"))
        frame["node"], frame["bin"] = node[good].to_numpy(), place[good].to_numpy().astype(np.int64)
        yield frame.groupby(["node", "bin"]).sum()


def _first(path: str | Path, rows: pd.DataFrame) -> dict[str, str]:
    """Where the first of some rows stands, and what it says."""
    if rows.empty:
        return {}
    text = ",".join("" if pd.isna(cell) else str(cell) for cell in rows.iloc[0])
    # Below the header; lines with too many fields are not counted by pandas. A table whose rows
    # all have more cells than the header is indexed by the cells in excess: it has no row numbers.
    number = rows.index[0]
    at = f", row {number + 1}" if isinstance(number, int | np.integer) else ""
    return {"where": f"{path}{at}", "text": text}


def monroe_mesh(
    bins: pd.DataFrame, target: str, lon: float, lat: float, *, kind: Kind = "measured"
) -> Mesh:
    """Make a mesh of bins toward the one target that all nodes pinged.

    Parameters
    ----------
    bins
        Of `MonroeBins`.
    target, lon, lat
        Name of the target and its place in degrees.
    kind
        Whether the RTTs were measured or simulated.

    Returns
    -------
    Mesh
        A landmark for each bin, RTTs in ms.
    """
    ids = bins["node"].astype(str) + "@" + bins["time_s"].astype(str)
    pairs = pd.DataFrame(
        {
            "target": 0,
            "landmark": np.arange(len(bins)),
            "rtt_ms": bins["rtt_ms"].to_numpy(),
            "samples": bins["samples"].to_numpy(),
        }
    )
    landmarks = nodes(
        ids.to_numpy(),
        bins["lon"],
        bins["lat"],
        node=bins["node"].to_numpy(),
        operator=bins["operator"].to_numpy(),
    )
    return Mesh.build(
        landmarks, nodes([target], [lon], [lat]), pairs, Provenance("monroe", kind, "MONROE")
    )
