"""`RttSeries`: round-trip times from one place to one target, in time."""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from rttgeo.constants import LONGEST_RTT_MS
from rttgeo.errors import BadInputError, NotThereError
from rttgeo.machine import opening
from rttgeo.machine.escaping import whole_characters
from rttgeo.mesh import Kind, Mesh, Provenance, nodes
from rttgeo.minima import pair_minima
from rttgeo.sources.leftout import LeftOut

MAX_RTT_MS = LONGEST_RTT_MS
MAX_TEXT_BYTES = 1 << 30
"""A log of a billion bytes unpacked holds months of pings; more is a mistake, or malice."""
MAX_WHOLE = 2**63 - 1


@dataclasses.dataclass(frozen=True, eq=False)
class RttSeries:
    """Round-trip times from one place to one target.

    Attributes
    ----------
    source
        Name of the source, given by the caller.
    target
        The target, as the log names it.
    samples
        One row per reply, in the order of the log: ``time_s`` (seconds since 1970, NaN where the
        log has no times), ``seq`` (number of the packet, <NA> if unknown), ``rtt_ms`` (as it
        is printed), ``ttl``, ``resolution_ms`` (by how much the true RTT may be above it, where
        only whole milliseconds are printed; else 0).
    sent
        Number of packets sent if the log states it, otherwise None.
    dropped
        Number of lines and packets that yielded no sample, by reason.
    notes
        What the form cannot tell, one sentence each.
    """

    source: str
    target: str
    samples: pd.DataFrame
    sent: int | None = None
    dropped: Mapping[str, int] = dataclasses.field(default_factory=LeftOut)
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Count the samples."""
        return len(self.samples)

    @property
    def minimum_rtt_ms(self) -> float:
        """Lowest round-trip time, NaN when there is no sample."""
        return float(self.samples["rtt_ms"].min()) if len(self.samples) else float("nan")


class Sample(NamedTuple):
    """One round-trip time as a log has it; see `RttSeries`."""

    rtt_ms: float
    time_s: float = float("nan")
    seq: int | None = None
    ttl: int | None = None
    resolution_ms: float = 0.0


def series_frame(samples: Sequence[Sample]) -> pd.DataFrame:
    """Make the table of samples that an `RttSeries` holds.

    Parameters
    ----------
    samples
        In the order in which they were taken.

    Returns
    -------
    pandas.DataFrame
        One row per sample: ``time_s``, ``seq``, ``rtt_ms``, ``ttl``, ``resolution_ms``.
    """
    rtt_ms, time_s, seq, ttl, resolution_ms = zip(*samples, strict=True) if samples else ((),) * 5
    return pd.DataFrame(
        {
            "time_s": np.asarray(time_s, dtype=float),
            "seq": pd.array(seq, dtype="Int64"),
            "rtt_ms": np.asarray(rtt_ms, dtype=float),
            "ttl": pd.array(ttl, dtype="Int64"),
            "resolution_ms": np.asarray(resolution_ms, dtype=float),
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
    """Make a mesh from series from known places, such as "I pinged it from these five places".

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

    Returns
    -------
    Mesh
        Minimum RTTs in ms, a landmark for each source.

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
        one.samples[["rtt_ms", "resolution_ms"]].assign(source=one.source, target=one.target)
        for one in some
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
    """Make a mesh from samples of many pairs.

    Parameters
    ----------
    samples
        One row per sample: ``source``, ``target`` (names), ``rtt_ms`` and where known ``hops`` and
        ``resolution_ms``, which is added: a bound on distance may only be made of what the RTT
        cannot exceed.
    landmarks, targets
        ``(lon, lat)`` in degrees of every source, and of targets of which the place is known.
    told
        What the mesh says of its origin.
    min_samples, robust
        See `rttgeo.minima.pair_minima`.

    Returns
    -------
    Mesh
        Minimum RTTs in ms; targets without a known place have NaN.

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
        resolution_ms=(
            samples["resolution_ms"].to_numpy(dtype=float) if "resolution_ms" in samples else None
        ),
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
    """Give the first line of what an error of another library says.

    Parameters
    ----------
    error
        The error.

    Returns
    -------
    str
        The line; the type's name if the error says nothing.
    """
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def in_folder(path: str | Path) -> list[Path]:
    """List the files of a folder in the order of their names, or the one file.

    Parameters
    ----------
    path
        A folder or a file.

    Returns
    -------
    list of Path
        Hidden files and folders in it are not among them.

    Raises
    ------
    BadInputError
        When the folder holds none.
    """
    path = Path(path)
    if not path.is_dir():
        return [path]
    found = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
    if not found:
        inner = sorted(p for p in path.iterdir() if p.is_dir() and not p.name.startswith("."))
        hint = f"; folders in it are not searched: give {inner[0]} itself" if inner else ""
        raise BadInputError(f"{path}: the folder holds no file{hint}")
    return found


def read_text(path: str | Path) -> str:
    """Read a text file of whatever packing and encoding; see `rttgeo.machine.opening`.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    str
        All of its text.

    Raises
    ------
    BadInputError
        When it cannot be read, or is too long.
    """
    return opening.read_text(path, max_bytes=MAX_TEXT_BYTES)


def canonical(name: str) -> str:
    """Spell the name of a node in its usual form.

    >>> canonical("2001:0DB8:0:0::0039")
    '2001:db8::39'

    Parameters
    ----------
    name
        A host name, or an IP address in any spelling, with or without brackets.

    Returns
    -------
    str
        Of an IP address its usual spelling, of anything else the name without spaces around it and
        without half characters.
    """
    name = whole_characters(name)
    bare = name.strip().strip("[]")
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        return name.strip()


def is_address(name: str) -> bool:
    """Check whether a name is an IP address.

    Parameters
    ----------
    name
        A host name or an address.

    Returns
    -------
    bool
        True for IPv4 and IPv6 addresses.
    """
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def number(text: str | None) -> float:
    """Read a text as a number.

    Parameters
    ----------
    text
        What stands in the file, or None.

    Returns
    -------
    float
        The number; NaN for anything else.
    """
    try:
        return float(text or "nan")
    except ValueError:
        return float("nan")


def whole(text: str | None) -> int | None:
    """Read a text as a whole number of at most 64 bits.

    Parameters
    ----------
    text
        What stands in the file, or None.

    Returns
    -------
    int or None
        The number, not negative; None for anything else.
    """
    short = text is not None and text.isdigit() and len(text) < 20
    value = int(text) if short and text else None
    return value if value is not None and value <= MAX_WHOLE else None
