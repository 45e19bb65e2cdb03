"""Whether the data files that come with rttgeo are whole: their SHA-256 against ``data/README.md``."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Literal, NamedTuple

from rttgeo.data.shipped import data_path
from rttgeo.errors import BadInputError

README = "README.md"
# A row of a Markdown table: a file's name in backticks first, its digest somewhere after it.
_ROW = re.compile(r"^\|\s*`([^`]+)`\s*\|.*`([0-9a-f]{64})`", re.MULTILINE)

Verdict = Literal["good", "changed", "missing", "not listed"]


class Checked(NamedTuple):
    """One data file: its name below ``data/``, what became of it, stated and found digest."""

    name: str
    verdict: Verdict
    stated: str
    found: str


def check_data(folder: Path | None = None) -> list[Checked]:
    """Compare every data file with the digest that ``README.md`` in its folder states.

    Parameters
    ----------
    folder
        The data folder; the one that comes with rttgeo if not given.

    Returns
    -------
    list of Checked
        Sorted by name. Files without a stated digest are ``not listed``.

    Raises
    ------
    BadInputError
        When the table states no digest at all.
    """
    folder = data_path(README).parent if folder is None else folder
    stated = dict(_ROW.findall((folder / README).read_text(encoding="utf-8")))
    if not stated:
        raise BadInputError(f"{folder / README}: no table of SHA-256 digests")
    there = {
        path.relative_to(folder).as_posix(): path
        for path in folder.rglob("*")
        if path.is_file() and path != folder / README and not path.name.startswith(".")
    }
    return [
        _checked(name, stated.get(name, ""), there.get(name)) for name in sorted(stated | there)
    ]


def _checked(name: str, stated: str, path: Path | None) -> Checked:
    if path is None:
        return Checked(name, "missing", stated, "")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if not stated:
        return Checked(name, "not listed", "", found)
    return Checked(name, "good" if found == stated else "changed", stated, found)
