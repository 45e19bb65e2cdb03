"""Output of passive measurements: a document, a table of samples, a mesh."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from rttgeo.errors import BadInputError
from rttgeo.machine.counting import number_of
from rttgeo.machine.files import NewFile
from rttgeo.machine.opening import opened
from rttgeo.machine.parquet import MAGIC, open_parquet
from rttgeo.machine.parquet import one_line as parquet_in_one_line
from rttgeo.mesh import Mesh, Provenance
from rttgeo.passive.flows import Passive, Series
from rttgeo.passive.samples import CLIENT, FULL, SERVER, SIDES, Judged
from rttgeo.sources.series import RttSeries, Sample, mesh_of_samples, one_line, series_frame

SCHEMA: Final = pa.schema(
    [
        ("flow", pa.int64()),
        ("time", pa.float64()),
        ("rtt_ms", pa.float64()),
        ("method", pa.string()),
        ("side", pa.string()),
    ]
)
BATCH: Final = 200_000
Place = tuple[float, float]


class SampleTable:
    """Writes samples to ``.csv`` or ``.parquet`` as they arrive; the file appears when complete.

    Parameters
    ----------
    path
        The file. Its columns are ``flow`` (number), ``time`` (of the packet that ended the sample,
        s since 1970), ``rtt_ms``, ``method`` and ``side`` (``full``, or ``client`` or ``server``
        for the path from the observer to that side and back).

    Raises
    ------
    BadInputError
        For any other ending.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        if self.path.suffix not in (".csv", ".parquet"):
            raise BadInputError(f"{path}: expected a name that ends in .csv or .parquet")
        self._new = NewFile(self.path)
        file = self._new.file
        plain = pa.csv.WriteOptions(quoting_style="none")
        self._writer = (
            pa.csv.CSVWriter(file, SCHEMA, write_options=plain)
            if self.path.suffix == ".csv"
            else pa.parquet.ParquetWriter(file, SCHEMA, compression="zstd")
        )
        self._held: list[tuple[int, str, Judged]] = []
        self._rows = 0

    def add(self, series: Series, judged: Judged) -> None:
        """Add the samples of a series; suitable as the sink of `read_captures`.

        Parameters
        ----------
        series
            The series; its flow and method are entered in each row.
        judged
            Its samples: times in ns since 1970, RTTs in ms.
        """
        # Arrays and a word per series: a table per series would take more memory than the samples.
        self._held.append((series.flow, series.method, judged))
        self._rows += len(judged.rtt_ms)
        if self._rows >= BATCH:
            self._write()

    def close(self) -> None:
        """Write the rest, and move the file into place."""
        self._write()
        self._writer.close()
        self._new.keep()

    def drop(self) -> None:
        """Remove the unfinished file, since reading failed."""
        self._writer.close()
        self._new.drop()

    def _write(self) -> None:
        if self._held:
            flows, methods, parts = zip(*self._held, strict=True)
            lengths = [len(part.rtt_ms) for part in parts]
            time_ns = np.concatenate([part.time_ns for part in parts])
            columns = (
                np.repeat(flows, lengths),
                # To the microsecond: a double is no more precise 1.8e9 seconds after 1970.
                np.round(time_ns / 1e9, 6),
                np.round(np.concatenate([part.rtt_ms for part in parts]), 6),
                np.repeat(methods, lengths),
                np.array(SIDES)[np.concatenate([part.side for part in parts])],
            )
            table = pa.table(list(map(pa.array, columns)), schema=SCHEMA)
            self._writer.write_table(table)
        self._held, self._rows = [], 0


class Names:
    """Names of hosts: their addresses, or ``host-1``, ``host-2``, … in the order of the capture.

    Parameters
    ----------
    anonymise
        Whether to hide addresses.
    """

    def __init__(self, *, anonymise: bool) -> None:
        self.anonymise = anonymise
        self._known: dict[str, str] = {}

    def of(self, host: str) -> str:
        """Return the name to show for a host.

        Parameters
        ----------
        host
            Its address or name.

        Returns
        -------
        str
            The same, or ``host-1`` and so on if names are hidden.
        """
        if not self.anonymise:
            return host
        return self._known.setdefault(host, f"host-{len(self._known) + 1}")


def document(found: Passive, names: Names) -> dict[str, object]:
    """Convert everything to plain values for JSON; see ``docs/howto/passive.md``.

    Parameters
    ----------
    found
        The content of the captures or logs.
    names
        How hosts are shown.

    Returns
    -------
    dict
        The document, ready for `json.dumps`; RTTs in ms.
    """
    return {
        "format": "rttgeo-passive",
        "version": 1,
        "packets": found.packets,
        "used": found.used,
        "flows_seen": found.flows,
        "flows": [_row(one, names) for one in found.series],
        "left_out": dict(found.left_out.most_common()),
        "samples_left_out": dict(found.samples_left_out.most_common()),
        "files": dict(found.troubles.most_common()),
        "evicted": found.evicted,
        "unlisted": found.unlisted,
        "acknowledgements_of_unseen_data": found.unseen,
        "packets_captured_twice": found.seen_twice,
        "spin": dict(found.spin.most_common()),
    }


def _row(one: Series, names: Names) -> dict[str, object]:
    ports = {"server_port": one.server_port}
    if not names.anonymise:
        ports["client_port"] = one.client_port
    return {
        "flow": one.flow,
        "kind": one.kind,
        "client": names.of(one.client),
        "server": names.of(one.server),
        "method": one.method,
        "side": one.side,
        "samples": one.samples,
        "min_rtt_ms": _rounded(one.minimum_ms()),
        "median_rtt_ms": _rounded(one.median_ms()),
        "sides": {
            SIDES[side]: {
                "samples": tally.count,
                "min_rtt_ms": _rounded(one.minimum_ms(SIDES[side])),
                "median_rtt_ms": _rounded(one.median_ms(SIDES[side])),
                "lowest_rtt_ms": _rounded(float(tally.lowest_ms[0])),
            }
            for side, tally in sorted(one.sides.items())
        },
        **ports,
        "capture": one.capture,
        "first_seen": round(one.first_ns / 1e9, 6),
        **one.facts,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None or value != value else round(value, 6)


def passive_mesh(
    found: Passive,
    places: Mapping[str, Place],
    observers: Sequence[Place] = (),
    *,
    names: Names | None = None,
    name: str = "passive",
) -> Mesh:
    """Make a mesh from the round-trip times that an observer sees.

    Parameters
    ----------
    found
        The content of the captures.
    places
        ``(lon, lat)`` in degrees by address, for hosts whose places are known. A host with a place
        is a landmark for its peers, by the full round trip.
    observers
        ``(lon, lat)`` of the observer in degrees: one for all captures, or one per capture. It is a
        landmark for both ends, by the two halves.
    names
        Names of hosts in the mesh.
    name
        Name of the mesh.

    Returns
    -------
    Mesh
        A mesh in which a pair's RTT is the lowest trustworthy minimum of its flows and methods.

    Raises
    ------
    BadInputError
        When there are several observers but not as many as captures, or no pair has a landmark
        whose place is known.
    """
    captures = max((one.capture for one in found.series), default=0) + 1
    if len(observers) > 1 and len(observers) < captures:
        raise BadInputError(
            f"{number_of(len(observers), 'observer')} for {number_of(captures, 'capture')}"
        )
    names = names or Names(anonymise=False)
    told_of = [row for one in found.series for row in _pairs(one, places, observers, names)]
    rows = pd.DataFrame(told_of, columns=["source", "target", "rtt_ms", "samples"])
    if rows.empty:
        raise BadInputError(
            "no pair has a landmark: give --observer, or the places of hosts in the captures"
        )
    known = {names.of(host): place for host, place in places.items() if _talks(host, found)}
    watchers = {_observer(number, observers): place for number, place in enumerate(observers)}
    source = f"passive round-trip times of {found.source}"
    mesh = mesh_of_samples(
        rows,
        {**known, **watchers},
        known,
        told=Provenance(name, "measured", source, statistic="minimum"),
    )
    # Each row above is a series, and represents its number of samples.
    counted = rows.groupby(["target", "source"])["samples"].sum()
    pairs = mesh.pairs.assign(
        samples=[
            int(counted[mesh.targets.index[target], mesh.landmarks.index[landmark]])
            for target, landmark in zip(mesh.pairs["target"], mesh.pairs["landmark"], strict=True)
        ]
    ).drop(columns="deviation_ms")
    return dataclasses.replace(mesh, pairs=pairs)


def sample_series(path: str | Path, *, flow: int, method: str, side: str = "full") -> RttSeries:
    """Extract the samples of one flow from a table of samples, for `rttgeo.load.detect`.

    Parameters
    ----------
    path
        A file written by `SampleTable` (``rttgeo passive --samples``).
    flow, method, side
        Which samples.

    Returns
    -------
    RttSeries
        The samples in order of time: seconds since 1970, RTTs in ms.

    Raises
    ------
    BadInputError
        When the file cannot be read, or has no such sample.
    """
    try:
        table = _read_table(Path(path))
        wanted = (table["flow"] == flow) & (table["method"] == method) & (table["side"] == side)
        rows = table[wanted].sort_values("time", kind="stable")
    except BadInputError:
        raise
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        raise BadInputError(f"{path}: {one_line(error)}; expected a table of samples") from error
    if rows.empty:
        raise BadInputError(f"{path}: no sample of flow {flow} by {method}, side {side}")
    samples = [
        Sample(rtt_ms, time_s) for rtt_ms, time_s in zip(rows["rtt_ms"], rows["time"], strict=True)
    ]
    return RttSeries("observer", f"flow {flow}", series_frame(samples))


def _read_table(path: Path) -> pd.DataFrame:
    """A table in either format, by content; from open files, since pandas would open a URL."""
    with opened(path) as file:
        if file.peek(4)[:4] != MAGIC:  # type: ignore[attr-defined]
            table: pd.DataFrame = pd.read_csv(file)
            return table
    with path.open("rb") as handle, parquet_in_one_line(str(path)):
        return open_parquet(handle, str(path)).read().to_pandas()


def _talks(host: str, found: Passive) -> bool:
    return any(host in (one.client, one.server) for one in found.series)


def _observer(number: int, observers: Sequence[Place]) -> str:
    return "observer" if len(observers) == 1 else f"observer-{number + 1}"


def _pairs(
    one: Series, places: Mapping[str, Place], observers: Sequence[Place], names: Names
) -> list[tuple[str, str, float, int]]:
    rows: list[tuple[str, str, float | None]] = []
    client, server = names.of(one.client), names.of(one.server)
    if observers:
        watcher = _observer(min(one.capture, len(observers) - 1), observers)
        rows.append((watcher, client, one.minimum_ms(SIDES[CLIENT])))
        rows.append((watcher, server, one.minimum_ms(SIDES[SERVER])))
    if one.side == SIDES[FULL]:
        if one.server in places:
            rows.append((server, client, one.minimum_ms()))
        if one.client in places:
            rows.append((client, server, one.minimum_ms()))
    return [(a, b, rtt, one.samples) for a, b, rtt in rows if rtt is not None and a != b]
