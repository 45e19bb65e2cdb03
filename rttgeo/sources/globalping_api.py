"""Measurements of Globalping by their numbers, over its API, each kept as one file of JSON.

``GET https://api.globalping.io/v1/measurements/ID`` needs no key, and none is sent. While a
measurement is ``in-progress`` it is asked for again; any other status is final.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from rttgeo.atlas.client import AtlasClient
from rttgeo.atlas.opening import connection
from rttgeo.atlas.recipe import default_folder
from rttgeo.atlas.session import Patience, RefusedError, TemporaryError
from rttgeo.errors import BadInputError, NotThereError
from rttgeo.machine.files import write_json
from rttgeo.sources.objects import objects
from rttgeo.sources.series import read_text

HOST: Final = "api.globalping.io"
HOST_ENV: Final = "RTTGEO_GLOBALPING_HOST"
CERTIFICATE_ENV: Final = "RTTGEO_GLOBALPING_CERTIFICATE"
FOLDER: Final = "globalping"
FIRST_WAIT_S: Final = 0.5
"""Globalping asks for at most two requests per second for one measurement."""
LONGEST_WAIT_S: Final = 5.0
LONGEST_S: Final = 180.0
"""Globalping ends a measurement after half a minute; six times that is a fault."""
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")
Tell = Callable[[str], object]


def fetch_globalping(
    ids: Sequence[str],
    *,
    directory: str | os.PathLike[str] | None = None,
    host: str | None = None,
    certificate: str | None = None,
    patience: Patience | None = None,
    longest_s: float = LONGEST_S,
    tell: Tell | None = None,
) -> list[Path]:
    """Fetch measurements of Globalping, and wait for those that still run.

    Parameters
    ----------
    ids
        Their numbers, such as ``nzGzfAGL7sZfUs3c``.
    directory
        Folder for the files; by default ``globalping`` below ``$RTTGEO_DOWNLOADS``, else below
        ``downloads``.
    host, certificate
        Server (``name`` or ``name:port``), and the certificate to trust if not the usual ones. By
        default what ``$RTTGEO_GLOBALPING_HOST`` and ``$RTTGEO_GLOBALPING_CERTIFICATE`` say, else
        ``api.globalping.io``.
    patience
        Time-outs and retries of one request.
    longest_s
        How long to wait for a measurement to end, seconds.
    tell
        Function to call with a line of text when there is something to wait for.

    Returns
    -------
    list of Path
        One file per measurement, ``ID.json``; one that is there already is not fetched again.

    Raises
    ------
    BadInputError
        When an id or a setting is invalid, or a file cannot be written.
    NotThereError
        When Globalping has no measurement with that id.
    TemporaryError, RefusedError, UnreachableError
        When it cannot be fetched.
    """
    for one in ids:
        if not _ID.fullmatch(one):
            raise BadInputError(f"measurement {one[:60]!r} of Globalping: expected letters, digits")
    folder = Path(directory) if directory is not None else default_folder(FOLDER)
    host = host or os.environ.get(HOST_ENV) or HOST
    certificate = certificate or os.environ.get(CERTIFICATE_ENV) or None
    paths = [folder / f"{one}.json" for one in ids]
    with closing(connection(host, certificate, patience=patience)) as client:
        for one, path in zip(ids, paths, strict=True):
            if not _is_kept(path, one):
                measurement = _finished(client, one, longest_s, tell or _quiet)
                _make(folder)
                write_json(path, measurement)
    return paths


def _quiet(_line: str) -> None:
    """Show nothing."""


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInputError(f"cannot write to {folder}: {error.strerror}") from error


def _is_kept(path: Path, number: str) -> bool:
    """Whether a file holds that measurement, finished; a damaged one is fetched again."""
    try:
        found = list(objects(read_text(path), inside=()))
    except (BadInputError, ValueError, RecursionError):
        return False
    return len(found) == 1 and found[0].get("id") == number and _is_final(found[0])


def _is_final(measurement: dict[str, Any]) -> bool:
    status = measurement.get("status")
    return isinstance(measurement.get("results"), list) and status not in (None, "in-progress")


def _finished(client: AtlasClient, number: str, longest_s: float, tell: Tell) -> dict[str, Any]:
    """Ask for a measurement until it is over."""
    began, wait = time.monotonic(), FIRST_WAIT_S
    while True:
        found = _measurement(client, number)
        if _is_final(found):
            return found
        left = longest_s - (time.monotonic() - began)
        if left <= 0:
            raise TemporaryError(
                f"measurement {number} is still in progress after {longest_s:.0f} s; the same "
                "command asks again"
            )
        if wait == FIRST_WAIT_S:
            tell(f"measurement {number} is in progress; waiting for it")
        time.sleep(min(wait, left))
        wait = min(wait * 2, LONGEST_WAIT_S)


def _measurement(client: AtlasClient, number: str) -> dict[str, Any]:
    try:
        found = client.json(f"/v1/measurements/{number}")
    except RefusedError as error:
        if error.status == 404:
            raise NotThereError(
                f"{client.host} has no measurement {number!r}; it keeps them for a limited time"
            ) from error
        raise
    if not isinstance(found, dict) or found.get("id") != number:
        raise TemporaryError(f"{client.host}: the answer is not measurement {number}")
    return found
