"""Reports of ``mtr``: ``--json``, ``--xml``, ``--csv``, ``--raw`` and the text of ``--report``.

In JSON, each report is one object: ``report.mtr`` (``src``, ``dst``, ``tests``) and
``report.hubs``, one entry per hop with ``count``, ``host``, ``Loss%``, ``Snt``, ``Last``, ``Avg``,
``Best``, ``Wrst``, ``StDev`` in ms. Only ``--raw`` has single samples; otherwise the best time of
the last hop is the minimum RTT, if that hop is the target. A file may hold several reports, one
after the other.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from rttgeo.errors import BadInputError
from rttgeo.machine.counting import number_of
from rttgeo.sources.mtr_forms import reports_of_csv, reports_of_raw, reports_of_text, reports_of_xml
from rttgeo.sources.mtr_report import LAST_HOP, NAMES_NOTE, MtrReport, report_of
from rttgeo.sources.series import one_line, read_text

__all__ = ["LAST_HOP", "NAMES_NOTE", "MtrReport", "read_mtr", "read_mtr_reports"]


def read_mtr(path: str | Path, target: str = "") -> MtrReport:
    """Read one report of mtr.

    Parameters
    ----------
    path
        A file that holds one report.
    target
        Target of the trace, if the form does not state it.

    Returns
    -------
    MtrReport
        What the report says of the target and each hop.

    Raises
    ------
    BadInputError
        When it is not one report of mtr.
    """
    found = read_mtr_reports(path, target)
    if len(found) > 1:
        raise BadInputError(f"{path}: {number_of(len(found), 'report')} of mtr, expected one")
    return found[0]


def read_mtr_reports(path: str | Path, target: str = "") -> list[MtrReport]:
    """Read all reports of a file: ``mtr --json >> log`` appends one each time.

    Parameters
    ----------
    path
        A file with one or more reports, in any form of mtr.
    target
        Target of the traces, if the form (``--report``, ``--raw``) does not state it.

    Returns
    -------
    list of MtrReport
        In the order of the file.

    Raises
    ------
    BadInputError
        When something in it is not an mtr report, or its target is unknown.
    """
    text = read_text(path)
    form = form_of_text(text)
    try:
        found = _read(form, text, target)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError, csv.Error) as error:
        said = f"no field {error}" if isinstance(error, KeyError) else one_line(error)
        said = "something else is there" if isinstance(error, TypeError) else said
        raise BadInputError(f"{path}: expected a report of `mtr {form}` ({said})") from error
    if not found:
        raise BadInputError(f"{path}: expected a report of `mtr {form}`, but there is none")
    if any(report.hops.empty for report in found):
        raise BadInputError(f"{path}: the report has no hop")
    return found


def form_of_text(text: str) -> str:
    """Say which option of mtr wrote a text.

    Parameters
    ----------
    text
        Its first lines, or all of it.

    Returns
    -------
    str
        ``--xml``, ``--csv``, ``--raw``, ``--report``; ``--json`` for anything else.
    """
    return next((form for form, sign in _SIGNS.items() if sign.search(text)), "--json")


_SIGNS: Final = {
    "--xml": re.compile(r"\A\s*(?:<\?xml[^>]*>\s*)?<MTR\b"),
    "--csv": re.compile(r"\A\s*(?:Mtr_Version,|MTR\.\S+[,;])"),
    "--raw": re.compile(r"\A\s*[xh] \d{1,3} \S+\s*$", re.MULTILINE),
    "--report": re.compile(r"^\s*HOST:?\s.*\bSnt\b", re.MULTILINE | re.IGNORECASE),
}


def _read(form: str, text: str, target: str) -> list[MtrReport]:
    if form == "--xml":
        return reports_of_xml(text)
    if form == "--csv":
        return reports_of_csv(text)
    if form == "--raw":
        return reports_of_raw(text, target)
    if form == "--report":
        return reports_of_text(text, target)
    return [_report(document) for document in _documents(text)]


def _documents(text: str) -> Iterator[Any]:
    """JSON values of a text, one after the other; those of an array one by one."""
    decoder, place = json.JSONDecoder(), 0
    while (start := re.compile(r"\s*").match(text, place).end()) < len(text):  # type: ignore[union-attr]
        value, place = decoder.raw_decode(text, start)
        yield from value if isinstance(value, list) else [value]


def _report(document: Any) -> MtrReport:
    report = document["report"]
    return report_of(str(report["mtr"]["src"]), str(report["mtr"]["dst"]), report["hubs"])
