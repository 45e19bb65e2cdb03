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
from rttgeo.minima import pair_minima

MAX_RTT_MS = 1e6
MAX_TEXT_BYTES = 1 << 30
"""A log of a billion bytes unpacked holds months of pings; more is a mistake, or malice."""
MAX_WHOLE = 2**63 - 1


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
    samples = pd.concat(
        one.samples[["rtt_ms"]].assign(source=one.source, target=one.target) for one in some
    )
    return mesh_of_samples(samples, landmarks, targets, told=Provenance(name, kind, "ping logs"))


def mesh_of_samples(
    samples: pd.DataFrame,
    landmarks: Mapping[str, tuple[float, float]],
    targets: Mapping[str, tuple[float, float]] | None = None,
    *,
    told: Provenance,
    min_samples: int = 1,
    robust: bool = False,
) -> Mesh:
    """Make a mesh of samples of many pairs.

    Parameters
    ----------
    samples
        One row a sample: ``source``, ``target`` (names), ``rtt_ms`` and where known ``hops``.
    landmarks, targets
        ``(lon, lat)`` in degrees of every source, and of targets of which the place is known.
    told
        What the mesh says of its origin.
    min_samples, robust
        See `rttgeo.minima.pair_minima`.

    Raises
    ------
    NotThereError
        When the place of a source is not given.
    BadInputError
        When no pair has enough samples, or coordinates are out of range.
    """
    source, target = (_sorted(samples[end]) for end in ("source", "target"))
    sources, aims = ([str(name) for name in end.categories] for end in (source, target))
    for name in sources:
        if name not in landmarks:
            raise NotThereError(f"the place of {name!r} is not among the landmarks given")
    pairs = pair_minima(
        target.codes.astype(np.int64),
        source.codes.astype(np.int64),
        samples["rtt_ms"].to_numpy(dtype=float),
        samples["hops"].to_numpy(dtype=float, na_value=np.nan) if "hops" in samples else None,
        min_samples=min_samples,
        robust=robust,
    )
    if pairs.empty:
        raise BadInputError("no pair has enough samples")
    known = targets or {}
    return Mesh.build(
        nodes(sources, *zip(*(landmarks[s] for s in sources), strict=True)),
        nodes(aims, *zip(*(known.get(a, (np.nan, np.nan)) for a in aims), strict=True)),
        pairs,
        told,
    )


def _sorted(names: pd.Series) -> pd.Categorical:
    """Names as codes of those that occur, in the order of the alphabet."""
    used = pd.Categorical(names).remove_unused_categories()
    return used.reorder_categories(sorted(used.categories))


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
        opened = gzip.open if Path(path).suffix == ".gz" else open
        with opened(path, "rb") as file:
            content = file.read(MAX_TEXT_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise BadInputError(f"cannot read {path}: {reason}") from error
    if len(content) > MAX_TEXT_BYTES:
        raise BadInputError(f"{path}: more than {MAX_TEXT_BYTES >> 20} MiB of text; cut it up")
    return content.decode("utf-8", errors="replace")


def number(text: str | None) -> float:
    """Return the number that a text is, NaN for anything else."""
    try:
        return float(text or "nan")
    except ValueError:
        return float("nan")


def whole(text: str | None) -> int | None:
    """Return the whole number of 64 bits that a text is, None for anything else."""
    short = text is not None and text.isdigit() and len(text) < 20
    value = int(text) if short and text else None
    return value if value is not None and value <= MAX_WHOLE else None
