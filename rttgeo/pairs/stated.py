"""What a pairs table says about itself: the `rttgeo.mesh.Provenance` in it or beside it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import pyarrow as pa

from rttgeo.errors import BadInputError
from rttgeo.machine.files import file_sha256
from rttgeo.mesh import Provenance

METADATA_KEY = b"rttgeo"
"""Key of the metadata in a Parquet file."""
METADATA_ENDING = ".meta.json"
"""Ending that the metadata file beside a CSV adds to its name."""
MAX_METADATA_BYTES = 1 << 20
"""Largest metadata file: six short texts are far smaller, and anything larger is not read into
memory."""
DIGEST = "table_sha256"
"""Field of a metadata file: SHA-256 of the bytes of the table that it was written with."""
_EXPECTED = "expected a JSON object with the fields of rttgeo.mesh.Provenance"
_FIELDS = tuple(field.name for field in dataclasses.fields(Provenance))


def stated_provenance(
    source: Path | BinaryIO | pa.Table, file: str, inside: bytes | None
) -> tuple[Provenance, str]:
    """Find what a table says about its origin; by default, its name and that nothing is stated.

    A metadata file that was written with a table holds for that table only. One that somebody wrote
    by hand, without a digest, holds for whatever is beside it.

    Parameters
    ----------
    source
        The file.
    file
        Name of the file, as given by the caller.
    inside
        What the Parquet file itself states, or None.

    Returns
    -------
    tuple of (Provenance, str)
        What the Parquet file, or the JSON file beside the table, states; and a note if that file
        describes another table and is not used, or else "".

    Raises
    ------
    BadInputError
        When what is stated is not the fields of a `rttgeo.mesh.Provenance`.
    """
    if inside is not None:
        return provenance_of_json(inside, file), ""
    if not isinstance(source, Path):
        return Provenance(name="table" if isinstance(source, pa.Table) else "input"), ""
    beside = source.with_name(source.name + METADATA_ENDING)
    note = ""
    try:
        if beside.is_file():
            with beside.open("rb") as opened:
                fields = _fields(opened.read(MAX_METADATA_BYTES + 1), str(beside))
            digest = fields.pop(DIGEST, None)
            told = _provenance(fields, str(beside))
            if digest is None or digest == file_sha256(source):
                return told, ""
            note = (
                f"{beside} describes another table than {source.name} now is, and is not used; if it "
                f"still holds, remove {DIGEST!r} from it, or else remove the file"
            )
    except OSError as error:
        raise BadInputError(f"{beside}: {error.strerror or error}") from None
    return Provenance(name=_name(source), source=file), note


def _name(source: Path) -> str:
    """A file is named after its name without endings, and a pairs.csv after its folder."""
    name = source.name
    for packed in (".gz", ".bz2", ".xz", ".zst"):
        name = name.removesuffix(packed)
    name = Path(name).stem
    return (source.resolve().parent.name if name == "pairs" else name).strip() or "input"


def provenance_of_json(stated: bytes, where: str) -> Provenance:
    """Read the fields of a provenance, checking each.

    Parameters
    ----------
    stated
        The JSON, as bytes.
    where
        File that it comes from, for messages.

    Returns
    -------
    Provenance
        Of these fields; the others have their defaults.

    Raises
    ------
    BadInputError
        When it is anything but a JSON object of known fields, all of them texts.
    """
    return _provenance(_fields(stated, where), where)


def _fields(stated: bytes, where: str) -> dict[str, Any]:
    """The fields of a metadata file, not checked."""
    if len(stated) > MAX_METADATA_BYTES:
        raise BadInputError(f"{where}: more than {MAX_METADATA_BYTES >> 20} MiB; {_EXPECTED}")
    try:
        # orjson stops at 1,024 brackets in one another, and takes no NaN.
        fields: Any = orjson.loads(stated)
    except orjson.JSONDecodeError as error:
        raise BadInputError(f"{where}: not JSON ({error}); {_EXPECTED}") from None
    if not isinstance(fields, dict):
        raise BadInputError(f"{where}: {_called(fields)}; {_EXPECTED}")
    return fields


def _provenance(fields: dict[str, Any], where: str) -> Provenance:
    for name in fields:
        if name not in _FIELDS:
            raise BadInputError(f"{where}: unknown field {name[:60]!r}; {_EXPECTED}")
    if "name" not in fields:
        raise BadInputError(f"{where}: no field 'name'; {_EXPECTED}")
    try:
        return Provenance(**fields)
    except BadInputError as error:
        raise BadInputError(f"{where}: {error}") from None


def _called(value: object) -> str:
    names = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
