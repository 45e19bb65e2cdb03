"""Samples from files of any form in one table, with what was left out and what was measured."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from rttgeo.pairs.places import NodeNumbers
from rttgeo.sources.fping import read_fping
from rttgeo.sources.globalping import Row, read_globalping
from rttgeo.sources.leftout import LeftOut
from rttgeo.sources.mtr import read_mtr_reports
from rttgeo.sources.ping import read_ping_logs
from rttgeo.sources.places import Places
from rttgeo.sources.rows import read_census, read_export
from rttgeo.sources.scamper import read_scamper
from rttgeo.sources.series import RttSeries, in_folder

FORMS: Final = {
    "ping": "logs of ping, in any language",
    "fping": "output of fping",
    "mtr": "reports of mtr, in any of its forms",
    "scamper": "JSON of scamper or sc_warts2json",
    "atlas": "RIPE Atlas results, as the API or a data dump gives them",
    "globalping": "measurements of Globalping, as JSON",
    "census": "tables of anycast censuses: target,hostname,lat,lon,rtt",
    "export": "exports of RIPE Atlas samples: prb_id, dst_addr, rtt",
    "monroe": "MONROE: the CSV of pings, then that of places",
}
PACKED: Final = (".gz", ".bz2", ".xz", ".zst")
"""Endings of compressed files, which are not part of a place's name."""
COLUMNS: Final = ("source", "target", "rtt_ms", "resolution_ms", "hops")


@dataclasses.dataclass
class Gathered:
    """What was read from some files.

    Attributes
    ----------
    samples
        One row per sample: `COLUMNS`; ``resolution_ms`` as in `rttgeo.sources.series.RttSeries`.
    dropped
        What yielded no sample, by reason.
    notes
        What the form cannot tell, a sentence each.
    asked_from, asked_to
        Sources and targets that the files name, with or without samples.
    asked
        Sources and the targets that they asked, with or without samples, as far as the form tells.
    places
        Places that are stated in the files themselves.
    """

    samples: pd.DataFrame
    dropped: LeftOut = dataclasses.field(default_factory=LeftOut)
    notes: list[str] = dataclasses.field(default_factory=list)
    asked_from: list[str] = dataclasses.field(default_factory=list)
    asked_to: list[str] = dataclasses.field(default_factory=list)
    asked: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    places: Places = dataclasses.field(default_factory=Places)


def gather(form: str, files: Sequence[str | Path], target: str = "") -> Gathered:
    """Read all files of one of `FORMS` except monroe, which has a mesh of its own.

    Parameters
    ----------
    form
        One of `FORMS`, but not ``monroe``.
    files
        Paths; where the form allows it, ``PLACE=FILE`` says where the file was made.
    target
        For mtr, the target of the traces, if their form does not state it.

    Returns
    -------
    Gathered
        Samples (RTTs in ms), places found in the files, and what was left out.

    Raises
    ------
    BadInputError
        When a file is not of that form.
    """
    if form == "mtr":
        return _series(lambda one: _mtr(one, target), files)
    return _READERS[form](files)


def _series(read: Callable[[str | Path], list[RttSeries]], files: Sequence[str | Path]) -> Gathered:
    found = Gathered(_frame([]))
    parts = []
    for one in files:
        for series in read(one):
            found.dropped.take(series.dropped)
            found.notes += [f"{series.source} to {series.target}: {note}" for note in series.notes]
            found.asked_from.append(series.source)
            found.asked_to.append(series.target)
            found.asked.append((series.source, series.target))
            rows = series.samples[["rtt_ms", "resolution_ms"]]
            parts.append(rows.assign(source=series.source, target=series.target))
    found.samples = _frame(parts)
    return found


def _frame(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """One table of some, with all of `COLUMNS`; hops are <NA> where a form has none."""
    some = [part for part in parts if len(part)]
    frame = pd.concat(some, ignore_index=True) if some else pd.DataFrame()
    frame = frame.reindex(columns=[c for c in COLUMNS if c != "hops" or "hops" in frame])
    return frame.astype({"rtt_ms": float, "resolution_ms": float})


def placed(one: str | Path) -> tuple[str, Path]:
    """Split ``PLACE=FILE``; an existing file whose name has an equals sign is taken as it is.

    Parameters
    ----------
    one
        A path, or ``PLACE=FILE``.

    Returns
    -------
    tuple of (str, Path)
        The place ("" where none is given) and the path.
    """
    place, sign, rest = str(one).partition("=")
    return (place, Path(rest)) if sign and not Path(one).exists() else ("", Path(one))


def _stem(path: Path) -> str:
    return Path(path.stem).stem if path.suffix in PACKED else path.stem


def _ping(one: str | Path) -> list[RttSeries]:
    place, path = placed(one)
    return read_ping_logs(path, source=place or _stem(path))


def _fping(one: str | Path) -> list[RttSeries]:
    place, path = placed(one)
    return read_fping(path, source=place or _stem(path))


def _mtr(one: str | Path, target: str) -> list[RttSeries]:
    place, path = placed(one)
    reports = read_mtr_reports(path, target)
    return [report.series(place or report.source or _stem(path)) for report in reports]


def _scamper(files: Sequence[str | Path]) -> Gathered:
    found = Gathered(_frame([]))
    parts = []
    for one in files:
        table = read_scamper(one)
        found.dropped.take(table.dropped)
        found.asked_to += table.targets
        found.asked += table.asked
        parts.append(table.samples[["source", "target", "rtt_ms", "hops", "time_s", "kind"]])
    rows = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    found.samples = _frame([rows.assign(resolution_ms=0.0)] if len(rows) else [])
    return found


def _atlas(files: Sequence[str | Path]) -> Gathered:
    # Here, not above: only this form needs the compiled scanner.
    from rttgeo.atlas.parse import read_distinct
    from rttgeo.atlas.scanner.codes import OF_PACKETS

    table, report, again, silent = read_distinct([path for one in files for path in in_folder(one)])
    numbers, code = np.unique(table["probe"].to_numpy(), return_inverse=True)
    # A record of lost packets alone is not counted beside its packets: samples are packets, too.
    whole = {reason: n for reason, n in report.rejected.items() if reason not in OF_PACKETS}
    dropped = LeftOut({f"records: {reason}": n for reason, n in whole.items()})
    dropped.take({f"packets: {reason}": n for reason, n in report.dropped.items()})
    dropped.add("records: the same record again", again)
    frame = pd.DataFrame(
        {
            # A text for each probe, not for each sample: millions of them stay small.
            "source": pd.Categorical.from_codes(code, [str(n) for n in numbers]),
            "target": table["anchor"].to_pandas(),
            "rtt_ms": table["rtt_us"].to_numpy() / 1000.0,
            "hops": table["hops"].to_pandas().astype("UInt8"),
        }
    )
    asked = [(str(probe), target) for probe, target in silent]
    return Gathered(frame, dropped, asked=asked)


def _globalping(files: Sequence[str | Path]) -> Gathered:
    found = Gathered(_frame([]))
    seen: set[str] = set()
    rows = [row for one in files for row in read_globalping(one, found.dropped, seen, found.asked)]
    frame = pd.DataFrame(rows, columns=list(Row._fields)).astype({"hops": "UInt8"})
    return _with_places(found, frame)


def _census(files: Sequence[str | Path]) -> Gathered:
    found = Gathered(_frame([]))
    frame = pd.concat(
        [read_census(one, found.dropped, found.notes, found.asked) for one in files],
        ignore_index=True,
    )
    return _with_places(found, frame.assign(resolution_ms=0.0))


def _export(files: Sequence[str | Path]) -> Gathered:
    found = Gathered(_frame([]))
    paths = [path for one in files for path in in_folder(one)]
    parts = [
        read_export(path, found.dropped, found.notes, found.asked).assign(resolution_ms=0.0)
        for path in paths
    ]
    found.samples = _frame(parts)
    return found


def _with_places(found: Gathered, frame: pd.DataFrame) -> Gathered:
    """Samples whose rows say where their sources are; a name at two places is two sources."""
    nodes = NodeNumbers()
    lon, lat = (frame[name].to_numpy(dtype=float) for name in ("lon", "lat"))
    codes = nodes.place(nodes.numbers(frame["source"]), lon, lat)
    labels, places = nodes.labels(), nodes.lonlat
    found.places.take({labels[n]: tuple(places[n].tolist()) for n in set(codes.tolist())})
    if nodes.split:
        found.notes.append(
            f"{len(nodes.split)} names have a second place, which became a source of its own "
            f"(such as {labels[nodes.split[0]]})"
        )
    found.samples = _frame([frame.assign(source=[labels[n] for n in codes])])
    return found


_READERS: Final[dict[str, Callable[[Sequence[str | Path]], Gathered]]] = {
    "ping": lambda files: _series(_ping, files),
    "fping": lambda files: _series(_fping, files),
    "scamper": _scamper,
    "atlas": _atlas,
    "globalping": _globalping,
    "census": _census,
    "export": _export,
}
