"""`RttSeries`: round-trip times from one place to one target, in time."""

from __future__ import annotations

import dataclasses
import gzip
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from rttgeo.errors import BadInputError, NotThereError
from rttgeo.mesh import Kind, Mesh, Provenance, nodes

MAX_RTT_MS = 1e6


@dataclasses.dataclass(frozen=True, eq=False)
class RttSeries:
    """Round-trip times from one place to one target.

    Attributes
    ----------
    source
        Where from: a name that the caller gave.
    target
        Where to, as the log names it.
    samples
        One row a reply, in the order of the log: ``time_s`` (seconds since 1970, NaN where the
        log has no times), ``seq`` (number of the packet, <NA> if unknown), ``rtt_ms``, ``ttl``.
    sent
        Packets sent, where the log says so, else None.
    dropped
        Lines and packets that gave no sample, by reason.
    """

    source: str
    target: str
    samples: pd.DataFrame
    sent: int | None = None
    dropped: Mapping[str, int] = dataclasses.field(default_factory=dict)

    def __len__(self) -> int:
        """Count the samples."""
        return len(self.samples)

    @property
    def minimum_rtt_ms(self) -> float:
        """Lowest round-trip time, NaN when there is no sample."""
        return float(self.samples["rtt_ms"].min()) if len(self.samples) else float("nan")


def series_frame(
    time_s: list[float], seq: list[int | None], rtt_ms: list[float], ttl: list[int | None]
) -> pd.DataFrame:
    """Table of samples for an `RttSeries`."""
    return pd.DataFrame(
        {
            "time_s": np.asarray(time_s, dtype=float),
            "seq": pd.array(seq, dtype="Int64"),
            "rtt_ms": np.asarray(rtt_ms, dtype=float),
            "ttl": pd.array(ttl, dtype="Int64"),
        }
    )


def mesh_of_series(
    series: Iterable[RttSeries],
    landmarks: Mapping[str, tuple[float, float]],
    targets: Mapping[str, tuple[float, float]] | None = None,
    *,
    name: str = "pings",
    kind: Kind = "measured",
) -> Mesh:
    """Make a mesh of series from known places, such as "I pinged it from these five places".

    Parameters
    ----------
    series
        Series without a sample are left out; several of one pair count as one.
    landmarks
        ``(lon, lat)`` in degrees of every source.
    targets
        ``(lon, lat)`` of targets of which the place is known.
    name, kind
        For the provenance of the mesh.

    Raises
    ------
    NotThereError
        When the place of a source is not given.
    BadInputError
        When no series has a sample, or coordinates are out of range.
    """
    some = [one for one in series if len(one)]
    if not some:
        raise BadInputError("no series has a sample")
    for one in some:
        if one.source not in landmarks:
            raise NotThereError(f"the place of {one.source!r} is not among the landmarks given")
    sources = sorted({one.source for one in some})
    aims = sorted({one.target for one in some})
    samples = pd.concat(
        one.samples[["rtt_ms"]].assign(
            landmark=sources.index(one.source), target=aims.index(one.target)
        )
        for one in some
    )
    groups = samples.groupby(["target", "landmark"])["rtt_ms"]
    pairs = groups.agg(rtt_ms="min", samples="size", deviation_ms="std").reset_index()
    nowhere = (np.nan, np.nan)
    known = targets or {}
    return Mesh.build(
        nodes(sources, *zip(*(landmarks[s] for s in sources), strict=True)),
        nodes(aims, *zip(*(known.get(a, nowhere) for a in aims), strict=True)),
        pairs,
        Provenance(name, kind, "ping logs"),
    )


def one_line(error: Exception) -> str:
    """First line of what an error of another library says."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def read_text(path: str | Path) -> str:
    """Text of a file, whatever its bytes; of a gzip file (``.gz``), of what is in it.

    Raises
    ------
    BadInputError
        When it cannot be read.
    """
    try:
        content = Path(path).read_bytes()
        if Path(path).suffix == ".gz":
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise BadInputError(f"cannot read {path}: {reason}") from error
    return content.decode("utf-8", errors="replace")
