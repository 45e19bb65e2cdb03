"""Runs of the load testbed: the logs of `tools/measure_load.py`, and what was downloaded."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from rttgeo.data.shipped import data_path
from rttgeo.errors import BadInputError
from rttgeo.load.schedule import PUBLISHED, STARTS_AT_UTC
from rttgeo.mesh import Provenance
from rttgeo.sources.ping import read_ping_log
from rttgeo.sources.series import RttSeries

KEPT = "testbed-load-2026"
ORIGINAL: Final = {"near": "pingams_100ms_20171017.txt", "far": "pingsin_100ms_20171017.txt"}
"""Logs of the load experiment of PAM 2018, from Amsterdam and from Singapore."""


class Download(NamedTuple):
    """One download: from and to (seconds since 1970), its label, and its bytes per second.

    ``rate_bytes_s`` is the rate that arrived, not the one requested.

    Attributes
    ----------
    start_s, stop_s
        Seconds since 1970.
    label
        What it is called.
    rate_bytes_s
        Bytes per second; infinite if the download was not limited.
    """

    start_s: float
    stop_s: float
    label: str
    rate_bytes_s: float


class Run(NamedTuple):
    """One run: the series of each vantage point, the downloads, and how it was made.

    Attributes
    ----------
    name
        Name of the files.
    series
        By vantage point.
    downloads
        What was downloaded when.
    meta
        How it was made, as its description says.
    """

    name: str
    series: Mapping[str, RttSeries]
    downloads: tuple[Download, ...]
    meta: Mapping[str, Any]


def open_runs(dataset: str | Path = KEPT) -> tuple[list[Run], Provenance]:
    """Open all runs in a folder, by default those shipped with rttgeo.

    Parameters
    ----------
    dataset
        ``testbed-load-2026``, a folder that ``tools/measure_load.py --out`` wrote, or one with the
        logs of the original experiment (`ORIGINAL`).

    Returns
    -------
    tuple
        The runs, and where they come from.

    Raises
    ------
    BadInputError
        When the folder has no runs, or a description does not match its logs.
    """
    kept = str(dataset) == KEPT
    folder = data_path("load") if kept else Path(dataset)
    found = sorted(folder.glob("*.meta.json"))
    if not found and all((folder / name).is_file() for name in ORIGINAL.values()):
        return [_open_original(folder)], Provenance(
            "load-2017-10-17",
            "measured",
            "logs of the load experiment of PAM 2018, from Amsterdam and from Singapore",
            "2017-10-17",
            "not stated",
            "samples",
        )
    if not found:
        raise BadInputError(f"{folder}: no runs of the load testbed (*.meta.json)")
    runs = [_open(path) for path in found]
    first = runs[0].meta
    name = KEPT if kept else folder.name
    return runs, dataclasses.replace(provenance_of_run(first), name=name)


def provenance_of_run(meta: Any) -> Provenance:
    """Read where a run comes from, as its description says.

    Parameters
    ----------
    meta
        The description from the JSON file.

    Returns
    -------
    Provenance
        With kind, source, date and licence.

    Raises
    ------
    BadInputError, KeyError, TypeError
        When the description lacks a field, or a field is not text.
    """
    return Provenance(
        name=str(meta["name"]),
        kind=meta["kind"],
        source=meta["source"],
        date=meta["date"],
        licence=meta["licence"],
        statistic="samples",
    )


def _open(path: Path) -> Run:
    try:
        meta = orjson.loads(path.read_bytes())
        provenance_of_run(meta)
        downloads = tuple(
            Download(one["start"], one["stop"], one["label"],
                     one["bytes"] / (one["stop"] - one["start"]))
            for one in meta["downloads"]
        )  # fmt: skip
        vantages, name = list(meta["path_rtt_ms"]), meta["name"]
    except (OSError, ValueError, KeyError, TypeError, ZeroDivisionError) as error:
        raise BadInputError(f"{path}: not a description of a load run: {error!r}") from None
    series = {
        vantage: read_ping_log(path.parent / f"{name}.{vantage}.log.gz", source=vantage)
        for vantage in vantages
    }
    return Run(name, series, downloads, meta)


def _open_original(folder: Path) -> Run:
    series = {
        vantage: read_ping_log(folder / name, source=vantage) for vantage, name in ORIGINAL.items()
    }
    start = datetime.datetime.fromisoformat(STARTS_AT_UTC).replace(tzinfo=datetime.UTC)
    return Run("run-2017", series, published_downloads(start.timestamp()), {})


def published_downloads(start_s: float) -> tuple[Download, ...]:
    """List the periods of the published schedule, from a moment on; idle ones are left out.

    The published times are when a period began; its download may have ended well before the next.
    Where nothing limited it, ``rate_bytes_s`` is infinite.

    Parameters
    ----------
    start_s
        The moment, seconds since 1970.

    Returns
    -------
    tuple of Download
        In order of time.
    """
    return tuple(
        Download(
            start_s + step.start_s,
            start_s + step.stop_s,
            step.label,
            step.rate_bytes_s or float("inf"),
        )
        for step in PUBLISHED
        if step.kind != "idle"
    )
