"""The samples behind a data set, one target after another: simulated, fetched, or shipped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from rttgeo.catalogue.datasets import fetched_folder
from rttgeo.data.shipped import data_path
from rttgeo.errors import NotThereError

STANDS_FOR: Final = {
    "simulated-2017-07-11": "atlas-2017-07-11",
    "simulated-2017-10-02": "atlas-2017-10-02",
}
"""A simulated data set, and the measured one that it stands for."""

KEPT: Final = "anchor-pings-2020"
KEPT_TARGET: Final = "au-bne-as4608"


class Samples(NamedTuple):
    """Received samples of one target, as aligned columns of shape (samples,).

    ``target`` (name), ``time_s`` (seconds since 1970), ``probe`` (number), ``family`` (4 or 6),
    ``hops`` (NaN where unknown), ``rtt_ms``.
    """

    target: str
    time_s: npt.NDArray[np.int64]
    probe: npt.NDArray[np.int64]
    family: npt.NDArray[np.int64]
    hops: npt.NDArray[np.float64]
    rtt_ms: npt.NDArray[np.float64]

    def of_probe(self, probe: int) -> Samples:
        """Select the samples of one probe, in their original order.

        Parameters
        ----------
        probe
            Id of the probe.

        Returns
        -------
        Samples
            Samples of this probe only.
        """
        rows = np.flatnonzero(self.probe == probe)
        rows = rows[np.argsort(self.time_s[rows], kind="stable")]
        return Samples._make([self.target, *(column[rows] for column in self[1:])])

    def pairs(self) -> pd.DataFrame:
        """Compute number, lowest RTT (ms), deviation of RTTs (ms) and lowest hops of each probe.

        Both address families are combined, as in the papers.

        Returns
        -------
        pd.DataFrame
            One row per probe: ``probe``, ``samples``, ``rtt_ms``, ``deviation_ms``, ``hops``.
        """
        table = pd.DataFrame({"probe": self.probe, "rtt_ms": self.rtt_ms, "hops": self.hops})
        groups = table.groupby("probe")
        return pd.DataFrame(
            {
                "samples": groups.size(),
                "rtt_ms": groups["rtt_ms"].min(),
                "deviation_ms": groups["rtt_ms"].std(ddof=0),
                "hops": groups["hops"].min(),
            }
        ).reset_index()


def has_samples(name: str) -> bool:
    """Check whether the samples of a data set are available, and not only its minima.

    Parameters
    ----------
    name
        Name of the data set.

    Returns
    -------
    bool
        True if `open_samples` can stream them.
    """
    return name in STANDS_FOR or name == KEPT or fetched_folder(name) is not None


def open_samples(name: str, targets: Sequence[str] | None = None) -> Iterator[Samples]:
    """Stream the samples of a data set; memory holds one target at a time.

    Parameters
    ----------
    name
        ``anchor-pings-2020``, one of the simulated data sets, or a recipe that was fetched.
    targets
        Names of targets; all by default. Names that the data set does not have are ignored.

    Returns
    -------
    Iterator[Samples]
        Samples, one target after the other.

    Raises
    ------
    NotThereError
        When only minima of this data set are known, or it was not fetched.
    """
    if name in STANDS_FOR:
        return _simulated(STANDS_FOR[name], targets)
    if name == KEPT:
        return _kept(targets)
    folder = fetched_folder(name)
    if folder is None:
        raise NotThereError(
            f"no samples of {name!r} are here; there are those of {KEPT}, "
            f"{', '.join(STANDS_FOR)} and of what `rttgeo fetch` has fetched"
        )
    return _fetched(folder, targets)


def _simulated(dataset: str, targets: Sequence[str] | None) -> Iterator[Samples]:
    from rttgeo.simulate.packets import samples
    from rttgeo.simulate.tables import dataset as specification

    names = specification(dataset).anchors
    wanted = [name for name in names if targets is None or name in targets]
    for batch in samples(dataset=dataset, anchors=wanted):
        if len(batch.anchor):
            probe, family = batch.probe.astype(np.int64), batch.family.astype(np.int64)
            hops, rtt_ms = batch.hops.astype(float), batch.rtt_us / 1000.0
            yield Samples(names[batch.anchor[0]], batch.time_s, probe, family, hops, rtt_ms)


def _kept(targets: Sequence[str] | None) -> Iterator[Samples]:
    if targets is None or KEPT_TARGET in targets:
        table = pd.read_csv(data_path("anchor-pings-2020/samples.csv"))
        count = len(table)
        yield Samples(
            KEPT_TARGET,
            table["time_s"].to_numpy(),
            table["probe"].to_numpy(),
            np.full(count, 4),
            np.full(count, np.nan),
            table["rtt_ms"].to_numpy(),
        )


def _fetched(folder: Path, targets: Sequence[str] | None) -> Iterator[Samples]:
    from rttgeo.atlas.samples import tables_by_anchor
    from rttgeo.atlas.store import Store

    columns = ("time", "probe", "family", "hops", "rtt_us")
    for name, table in tables_by_anchor(Store(folder), columns, anchors=targets):
        time_s = table["time"].to_numpy().astype("datetime64[s]").astype(np.int64)
        probe, family = (table[c].to_numpy().astype(np.int64) for c in ("probe", "family"))
        hops = table["hops"].to_numpy(zero_copy_only=False).astype(float)
        yield Samples(name, time_s, probe, family, hops, table["rtt_us"].to_numpy() / 1000.0)
