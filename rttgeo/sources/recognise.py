"""What a file is, by its first lines: so that users need not say what their file shows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from rttgeo.errors import BadInputError
from rttgeo.machine.opening import opened
from rttgeo.machine.separators import SEPARATORS, cells_of, is_blank_line
from rttgeo.sources.mtr import form_of_text
from rttgeo.sources.rows import is_census, is_export
from rttgeo.sources.series import in_folder
from rttgeo.sources.typed import is_table

HEAD_BYTES: Final = 1 << 16
WORDS: Final = {
    "atlas": "RIPE Atlas results",
    "globalping": "a measurement of Globalping",
    "census": "a table of an anycast census",
    "export": "an export of RIPE Atlas samples",
    "ping": "a log of ping",
    "fping": "output of fping",
    "mtr": "a report of mtr",
    "scamper": "measurements of scamper",
    "table": "a table of places and round-trip times",
    "places": "anchors or probes of RIPE Atlas",
}
_JSON_SIGNS: Final = (
    ("fping", re.compile(r'\A\s*\{"(?:resp|timeout|vSum|summary|intSum)"\s*:\s*\{')),
    ("mtr", re.compile(r'"hubs"\s*:')),
    ("scamper", re.compile(r'"(?:responses|ping_sent|cycle-start|stop_reason)"')),
    ("atlas", re.compile(r'"prb_id"\s*:')),
    ("globalping", re.compile(r'"(?:probesCount|resolvedAddress|rawOutput)"\s*:')),
    ("places", re.compile(r'"(?:fqdn|is_anchor|address_v4)"\s*:')),
)
_FPING: Final = re.compile(
    r"^(?:\[[^\]]*\] )?\S+ +: (?:\[\d+\], |xmt/rcv/%)|^\S+ is (?:alive|unreachable)"
    r"|^\S+ +:(?: (?:-|\d+(?:\.\d+)?))+ *$",
    re.MULTILINE,
)
_PING: Final = re.compile(r"^(?:\[[\d.]+\] )?(?:PING6?[ (]|\d+ bytes from |Pinging )", re.MULTILINE)


def form_of(path: str | Path) -> str:
    """Say which form of file this is: one of `WORDS`, or "" for a pairs table and what is unknown.

    Parameters
    ----------
    path
        A file, or a folder of files of one form.

    Returns
    -------
    str
        One of `WORDS`, or "".

    Raises
    ------
    BadInputError
        When it cannot be read.
    """
    first = in_folder(path)[0]
    with first.open("rb") as file:
        if file.read(4) == b"PAR1":
            return _of_parquet(first)
    with opened(first) as text:
        return form_of_head(text.read(HEAD_BYTES).decode("utf-8", errors="replace"))


def form_of_head(head: str) -> str:
    """Say which form a text is of, by its beginning.

    Parameters
    ----------
    head
        Its first lines.

    Returns
    -------
    str
        One of `WORDS`, or "" for a pairs table and what is unknown.
    """
    if head.lstrip()[:1] in ("{", "["):
        return next((form for form, sign in _JSON_SIGNS if sign.search(head)), "")
    if form_of_text(head) != "--json":
        return "mtr"
    if _FPING.search(head):
        return "fping"
    return "ping" if _PING.search(head) else _of_csv(head)


def _of_parquet(path: Path) -> str:
    try:
        names = pq.read_schema(path).names
    except (OSError, pa.ArrowException):
        return ""
    return "export" if is_export(names) else ""


def _of_csv(head: str) -> str:
    first = next((line for line in head.splitlines() if not is_blank_line(line)), "")
    for separator in SEPARATORS:
        row = cells_of(first, separator)
        if is_export(row):
            return "export"
        if is_census(row):
            return "census"
        if is_table(row) and "landmark" not in row:
            return "table"
    return ""


def not_results(folder: Path) -> str:
    """Say why a folder cannot be read: its first file is in no known form.

    Parameters
    ----------
    folder
        A folder of which `form_of` says nothing.

    Returns
    -------
    str
        One line.
    """
    first = in_folder(folder)[0]
    return (
        f"{folder}: is a folder whose first file, {first.name}, holds no measurements in a known "
        "form; expected a folder of results of one form (folders in it are not searched)"
    )


def describe(path: str | Path, form: str) -> str:
    """Say what a file is, in a few words.

    Parameters
    ----------
    path
        The file, for the text.
    form
        What `form_of` says of it.

    Returns
    -------
    str
        The path and its form, in words.

    Raises
    ------
    BadInputError
        When the form is not one of `WORDS`.
    """
    if form not in WORDS:
        raise BadInputError(f"{path}: not in a known format")
    return f"{path}: {WORDS[form]}"
