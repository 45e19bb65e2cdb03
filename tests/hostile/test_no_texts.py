"""Files that are no texts: named as what they are, with what to do, by whatever reads tables."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from rttgeo.cli.main import main
from rttgeo.errors import BadInputError
from rttgeo.sources import read_places

MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"


def _zipped(*names: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in names:
            archive.writestr(
                name, "application/vnd.oasis.opendocument.spreadsheet"[: 99 * ("mime" in name)]
            )
    return held.getvalue()


FILES = {
    "pdf": (b"%PDF-1.7\n1 0 obj\n", "a PDF document, not a table; save the sheet as CSV"),
    "xlsx": (_zipped("[Content_Types].xml", "xl/workbook.xml"), "an Excel workbook (.xlsx); save"),
    "ods": (_zipped("mimetype", "content.xml"), "an OpenDocument spreadsheet (.ods); save"),
    "zip": (_zipped("pings.csv"), "a ZIP archive; unpack it first"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504), "an old Office file (.xls?); save"),
}


@pytest.mark.parametrize("kind", FILES)
def test_what_is_no_text_is_named(kind: str, tmp_path: Path, capsys):
    content, says = FILES[kind]
    path = tmp_path / "pings.csv"
    path.write_bytes(content)
    for command in ("locate", "audit", "anycast"):
        assert main([command, str(path)]) == 2
        told = capsys.readouterr().err
        assert f"pings.csv: {says}" in told and told.count("\n") == 1
    with pytest.raises(BadInputError, match=r"pings\.csv: an? "):
        read_places(path)
