"""From files of any known form to a mesh: what `rttgeo convert` does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from rttgeo.errors import BadInputError, NotThereError
from rttgeo.mesh import Mesh, Provenance
from rttgeo.sources.monroe import monroe_mesh, read_monroe
from rttgeo.sources.mtr import read_mtr
from rttgeo.sources.ping import read_fping, read_ping_log
from rttgeo.sources.scamper import read_scamper
from rttgeo.sources.series import RttSeries, mesh_of_samples

FORMS: Final[Mapping[str, str]] = {
    "ping": "logs of ping, with or without -D",
    "fping": "output of fping -l, -C n -q or -c n -q",
    "mtr": "reports of mtr --json",
    "scamper": "JSON of scamper or sc_warts2json",
    "atlas": "RIPE Atlas results, as the API or a data dump gives them (.gz, .bz2 too)",
    "monroe": "MONROE: the CSV of pings, then that of places",
}


class Converted(NamedTuple):
    """A mesh, and how many lines, records and packets gave nothing, by reason."""

    mesh: Mesh
    dropped: Mapping[str, int]


def mesh_from_files(
    form: str,
    files: Sequence[str | Path],
    places: Mapping[str, tuple[float, float]],
    *,
    name: str = "",
    target: str = "",
    min_samples: int = 1,
    robust: bool = False,
) -> Converted:
    """Make a mesh of files of one form.

    Parameters
    ----------
    form
        One of `FORMS`.
    files
        Of ping, fping and mtr, ``PLACE=FILE`` says where it ran; without it, the file's name
        without its ending (mtr: what the report says).
    places
        ``(lon, lat)`` in degrees by name: of all sources (addresses for scamper, probe numbers
        for atlas), and of targets where known. See `rttgeo.sources.read_places`.
    name
        Of the mesh; by default that of the form.
    target
        Of monroe: what all nodes pinged, one of the places.
    min_samples, robust
        See `rttgeo.minima.pair_minima`.

    Raises
    ------
    NotThereError
        When the form is not known, or the place of a source not given.
    BadInputError
        When a file is not of that form, or nothing in it can be used.
    """
    if form not in FORMS:
        raise NotThereError(f"no form {form!r}; there are {', '.join(FORMS)}")
    dropped: Counter[str] = Counter()
    told = Provenance(name or form, "measured", FORMS[form], statistic="minimum")
    if form == "monroe":
        return Converted(_monroe(files, places, target, dropped).renamed(told.name), dropped)
    rows = pd.concat([_samples(form, one, dropped) for one in files], ignore_index=True)
    if rows.empty:
        raise BadInputError(f"no file of form {form} has a sample")
    mesh = mesh_of_samples(rows, places, places, told=told, min_samples=min_samples, robust=robust)
    return Converted(mesh, dropped)


def _samples(form: str, one: str | Path, dropped: Counter[str]) -> pd.DataFrame:
    """``source``, ``target``, ``rtt_ms`` and ``hops`` of a file."""
    if form == "scamper":
        table = read_scamper(one)
        dropped.update(table.dropped)
        return table.samples[["source", "target", "rtt_ms", "hops"]]
    if form == "atlas":
        return _atlas(one, dropped)
    parts = [pd.DataFrame(columns=["source", "target", "rtt_ms"]).astype({"rtt_ms": float})]
    for series in _series(form, one):
        dropped.update(series.dropped)
        parts.append(series.samples[["rtt_ms"]].assign(source=series.source, target=series.target))
    return pd.concat([part for part in parts if len(part)] or parts)


def _series(form: str, one: str | Path) -> Iterator[RttSeries]:
    place, path = _placed(one)
    if form == "mtr":
        yield read_mtr(path).series(place or None)
    elif form == "fping":
        yield from read_fping(path, source=place or path.stem)
    else:
        yield read_ping_log(path, source=place or path.stem)


def _placed(one: str | Path) -> tuple[str, Path]:
    """Take ``PLACE=FILE`` apart; a file whose name has an equals sign is taken as it is."""
    place, sign, rest = str(one).partition("=")
    return (place, Path(rest)) if sign and not Path(one).exists() else ("", Path(one))


def _atlas(path: str | Path, dropped: Counter[str]) -> pd.DataFrame:
    # Here, not above: only this form needs the compiled scanner.
    from rttgeo.atlas.parse import read_samples

    table, report = read_samples(path)
    numbers, code = np.unique(table["probe"].to_numpy(), return_inverse=True)
    dropped.update({f"records: {reason}": n for reason, n in report.rejected.items()})
    dropped.update({f"packets: {reason}": n for reason, n in report.dropped.items()})
    return pd.DataFrame(
        {
            # A text for each probe, not for each sample: millions of them stay small.
            "source": pd.Categorical.from_codes(code, [str(n) for n in numbers]),
            "target": table["anchor"].to_pandas(),
            "rtt_ms": table["rtt_us"].to_numpy() / 1000.0,
            "hops": table["hops"].to_pandas().astype("UInt8"),
        }
    )


def _monroe(
    files: Sequence[str | Path],
    places: Mapping[str, tuple[float, float]],
    target: str,
    dropped: Counter[str],
) -> Mesh:
    if len(files) != 2:
        raise BadInputError(
            f"monroe: {len(files)} files given, expected the pings' and the places'"
        )
    if target not in places:
        raise NotThereError(f"the place of the target {target!r} is not among those given")
    found = read_monroe(*files)
    dropped.update({reason: n for reason, n in found.dropped.items() if n})
    if found.bins.empty:
        raise BadInputError(f"{files[0]}: no five minutes of a node have both a ping and a place")
    return monroe_mesh(found.bins, target, *places[target])
