"""Pings and places of MONROE nodes: mobile probes, so each five minutes count as one probe.

Two CSV files with a header, as dumped from the MONROE database. Ping: ``nodeid``, ``timestamp``
(seconds since 1970), ``rtt`` (ms), and where there ``operator``. GPS: ``nodeid``, ``timestamp``,
``latitude``, ``longitude`` (degrees). Other columns are ignored, and so is the case of the names.
"""

from __future__ import annotations

import dataclasses
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from rttgeo import sphere
from rttgeo.errors import BadInputError
from rttgeo.machine.opening import opened
from rttgeo.mesh import Kind, Mesh, Provenance, nodes
from rttgeo.sources.series import MAX_RTT_MS, one_line

ROWS_AT_ONCE = 500_000
MAX_TIME_S = 253_402_300_799
"""End of the year 9999: times in milliseconds are none of ours."""


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

    Raises
    ------
    BadInputError
        When a file cannot be read or lacks a column, or ``bin_s`` is below 1.
    """
    if bin_s < 1:
        raise BadInputError(f"bin_s is {bin_s}, expected at least 1")
    dropped: Counter[str] = Counter()
    pings = _gather(_pings(ping, bin_s, dropped), {"rtt_ms": "min", "samples": "sum"})
    places = _gather(_places(gps, bin_s, dropped), dict.fromkeys("xyz", "sum"))
    both = pings.join(places, how="inner").reset_index()
    for what, rows in (("bins without a place", pings), ("bins without a ping", places)):
        if len(rows) > len(both):
            dropped[what] += len(rows) - len(both)
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
    return MonroeBins(bins, dict(dropped))


def _gather(parts: Iterator[pd.DataFrame], how: dict[str, str]) -> pd.DataFrame:
    """Put together what was gathered of one chunk after the other."""
    whole = pd.concat(list(parts))
    if "operator" in whole:
        how = how | {"operator": "first"}
    return whole.groupby(level=["node", "bin"], sort=True).agg(how)


def _chunks(
    path: str | Path, needed: tuple[str, ...], dropped: Counter[str]
) -> Iterator[pd.DataFrame]:
    try:
        # An open file: pandas would take a name that is a URL for one.
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
                    raise BadInputError(f"{path}: column {missing[0]!r} is missing")
                yield chunk
    except BadInputError:
        raise
    except (OSError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise BadInputError(f"cannot read {path}: {one_line(error)}") from error


def _counting_bad_lines(
    reader: Iterator[pd.DataFrame], dropped: Counter[str]
) -> Iterator[pd.DataFrame]:
    """Count the lines that pandas passes over: it only warns of them, one line of text each."""
    while True:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", pd.errors.ParserWarning)
            chunk = next(reader, None)
        bad = sum(str(one.message).count("Skipping line") for one in caught)
        if bad:
            dropped["lines with too many fields"] += bad
        if chunk is None:
            return
        yield chunk


def _keys(chunk: pd.DataFrame, bin_s: int) -> tuple[pd.Series, pd.Series]:
    time = pd.to_numeric(chunk["timestamp"], errors="coerce")
    time = time.where(time.between(0, MAX_TIME_S))
    return chunk["nodeid"].str.strip(), np.floor(time / bin_s)


def _pings(path: str | Path, bin_s: int, dropped: Counter[str]) -> Iterator[pd.DataFrame]:
    for chunk in _chunks(path, ("nodeid", "timestamp", "rtt"), dropped):
        node, place = _keys(chunk, bin_s)
        rtt = pd.to_numeric(chunk["rtt"], errors="coerce")
        good = (rtt > 0) & (rtt <= MAX_RTT_MS) & place.notna() & node.notna()
        dropped["pings without a time, node or RTT"] += int((~good).sum())
        operator = chunk["operator"] if "operator" in chunk else pd.Series("", chunk.index)
        frame = pd.DataFrame(
            {"node": node, "bin": place, "rtt_ms": rtt, "operator": operator, "samples": 1}
        )[good].astype({"bin": np.int64})
        groups = frame.groupby(["node", "bin"])
        yield groups.agg({"rtt_ms": "min", "samples": "sum", "operator": "first"})


def _places(path: str | Path, bin_s: int, dropped: Counter[str]) -> Iterator[pd.DataFrame]:
    for chunk in _chunks(path, ("nodeid", "timestamp", "latitude", "longitude"), dropped):
        node, place = _keys(chunk, bin_s)
        lat = pd.to_numeric(chunk["latitude"], errors="coerce")
        lon = pd.to_numeric(chunk["longitude"], errors="coerce")
        good = (lat.abs() <= 90) & (lon.abs() <= 180) & place.notna() & node.notna()
        dropped["places without a time, node or coordinates"] += int((~good).sum())
        # Unit vectors add up to the mean place, also across ±180°.
        vectors = sphere.unit_vectors(lon[good], lat[good])
        frame = pd.DataFrame(vectors, columns=list("xyz"))
        frame["node"], frame["bin"] = node[good].to_numpy(), place[good].to_numpy().astype(np.int64)
        yield frame.groupby(["node", "bin"]).sum()


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
