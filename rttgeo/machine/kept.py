"""Small results that took long, kept in the user's cache folder from one process to the next.

Nothing here may change a result: what cannot be read, or might come from somebody else or from
other code, is as if it were not there, and what cannot be written is not kept.
"""

from __future__ import annotations

import hashlib
import os
import platform
import time
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rttgeo.errors import RttgeoError
from rttgeo.machine.files import is_left_over, sha256
from rttgeo.machine.records import read_record, write_record

CACHE_ENV = "RTTGEO_CACHE"
"""Environment variable that names the folder, or is `OFF`."""
OFF = "off"
ENDING = ".rttgeo"
MOST = 1000
"""Files kept. One is 2 to 4 kB, and a mesh whose targets are all known makes six, one for each
fold and one for targets of unknown place."""
PACKAGE = Path(__file__).resolve().parent.parent
LIBRARIES = ("numpy", "scipy", "pandas", "numba", "llvmlite", "healpix")
"""Libraries whose versions may change the last digit of a result."""
ARITHMETIC = ("NUMBA_", "OPENBLAS_", "NPY_", "MKL_")
"""Beginnings of the environment variables that choose the instructions libraries compute with."""
_LOADED_NS = time.time_ns()


def folder() -> Path | None:
    """Find the folder in which results are kept.

    Returns
    -------
    Path or None
        ``$RTTGEO_CACHE``, else ``rttgeo`` below ``$XDG_CACHE_HOME`` or ``~/.cache``; None where
        the variable is ``off``, or the user's home is unknown.
    """
    named = os.environ.get(CACHE_ENV, "").strip()
    if named.lower() == OFF:
        return None
    try:
        if named:
            return Path(named).expanduser()
        base = os.environ.get("XDG_CACHE_HOME", "")
        # The specification says to ignore relative ones.
        return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "rttgeo"
    except RuntimeError:
        return None


def look_up(key: str) -> Any:
    """Read what was kept under a key.

    Parameters
    ----------
    key
        Of `key_of`.

    Returns
    -------
    object or None
        The value; None where there is none that can be read and is the user's own.
    """
    place = folder()
    if place is None:
        return None
    path = place / f"{key}{ENDING}"
    try:
        if not _private(place):
            return None
        found = read_record(path)
        # Files in use are kept: those not used for longest are deleted first.
        os.utime(path)
    except (OSError, RttgeoError, MemoryError):
        return None
    return found


def keep(key: str, value: object) -> bool:
    """Keep a value under a key, readable by the user alone; of too many files the oldest are deleted.

    Parameters
    ----------
    key
        Of `key_of`.
    value
        What `rttgeo.machine.records.write_record` takes.

    Returns
    -------
    bool
        Whether it was kept: False where the folder cannot be written to, or is not the user's own.
    """
    place = folder()
    if place is None:
        return False
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _private(place):
            return False
        write_record(place / f"{key}{ENDING}", value, mode=0o600)
        _trim(place)
    except (OSError, RttgeoError):
        return False
    return True


def _private(place: Path) -> bool:
    """Whether only the user can write into a folder."""
    status = place.stat()
    return status.st_uid == os.getuid() and not status.st_mode & 0o022


def _trim(place: Path) -> None:
    """Remove the oldest files where there are too many, and with them what killed runs left."""
    ours = [path for path in place.iterdir() if path.suffix == ENDING or is_left_over(path)]
    if len(ours) <= MOST:
        return
    age = {}
    for path in ours:
        # Another process may remove the same ones.
        with suppress(OSError):
            age[path] = path.stat().st_mtime_ns
    for path in sorted(age, key=lambda one: age[one])[: len(ours) - MOST]:
        with suppress(OSError):
            path.unlink()


def key_of(parts: Iterable[object]) -> str:
    """Make the key of a result from all that it depends on.

    Parameters
    ----------
    parts
        Each is told apart by its ``repr``.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    return hashlib.sha256("\0".join(map(repr, parts)).encode()).hexdigest()


@cache
def code_digest(rooms: tuple[str, ...], data: tuple[Path, ...]) -> str | None:
    """Take a digest of the code and data that a result comes from, and of what they run on.

    Parameters
    ----------
    rooms
        Folders and modules of rttgeo, such as ``cells`` and ``mesh.py``.
    data
        Data files.

    Returns
    -------
    str or None
        64 hexadecimal digits; None where a source is younger than this process, which may then
        run other code than the sources say.
    """
    sources = sorted(
        path
        for room in rooms
        for path in ([PACKAGE / room] if room.endswith(".py") else (PACKAGE / room).rglob("*.py"))
    )
    try:
        if any(path.stat().st_mtime_ns > _LOADED_NS for path in (*sources, *data)):
            return None
        return key_of((*map(str, _below(sources)), sha256([*sources, *data]), *_machine()))
    except OSError:
        return None


def _below(sources: Iterable[Path]) -> list[Path]:
    """The paths below the package: the same wherever it is installed."""
    return [path.relative_to(PACKAGE) for path in sources]


def _machine() -> tuple[object, ...]:
    """Python, libraries and instructions: the last digit of a result can depend on each."""
    from llvmlite.binding import get_host_cpu_features, get_host_cpu_name

    chosen = sorted(
        (name, value) for name, value in os.environ.items() if name.startswith(ARITHMETIC)
    )
    features = get_host_cpu_features().flatten()
    libraries = [(name, version(name)) for name in LIBRARIES]
    return platform.python_version(), libraries, get_host_cpu_name(), features, chosen
