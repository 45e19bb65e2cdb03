"""What a pairs table says about itself: the `rttgeo.mesh.Provenance` in it or beside it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import pyarrow as pa

from rttgeo.errors import BadInputError
from rttgeo.mesh import Provenance

METADATA_KEY = b"rttgeo"
"""Key of the metadata in a Parquet file."""
METADATA_ENDING = ".meta.json"
"""Ending that the metadata file beside a CSV adds to its name."""
MAX_METADATA_BYTES = 1 << 20
"""Largest metadata file: six short texts are far smaller, and anything larger is not read into
memory."""
_FIELDS = tuple(field.name for field in dataclasses.fields(Provenance))


def stated_provenance(
    source: Path | BinaryIO | pa.Table, file: str, inside: bytes | None
) -> Provenance:
    """Find what a table says about its origin; by default, its name and that nothing is stated.

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
    Provenance
        What the Parquet file, or the JSON file beside the table, states.

    Raises
    ------
    BadInputError
        When what is stated is not the fields of a `rttgeo.mesh.Provenance`.
    """
    if inside is not None:
        return provenance_of_json(inside, file)
    if not isinstance(source, Path):
        return Provenance(name="table" if isinstance(source, pa.Table) else "input")
    beside = source.with_name(source.name + METADATA_ENDING)
    try:
        if beside.is_file():
            with beside.open("rb") as opened:
                return provenance_of_json(opened.read(MAX_METADATA_BYTES + 1), str(beside))
    except OSError as error:
        raise BadInputError(f"{beside}: {error.strerror or error}") from None
    return Provenance(name=_name(source), source=file)


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
    expected = "expected a JSON object with the fields of rttgeo.mesh.Provenance"
    if len(stated) > MAX_METADATA_BYTES:
        raise BadInputError(f"{where}: more than {MAX_METADATA_BYTES >> 20} MiB; {expected}")
    try:
        # orjson stops at 1,024 brackets in one another, and takes no NaN.
        fields: Any = orjson.loads(stated)
    except orjson.JSONDecodeError as error:
        raise BadInputError(f"{where}: not JSON ({error}); {expected}") from None
    if not isinstance(fields, dict):
        raise BadInputError(f"{where}: {_called(fields)}; {expected}")
    for name in fields:
        if name not in _FIELDS:
            raise BadInputError(f"{where}: unknown field {name[:60]!r}; {expected}")
    if "name" not in fields:
        raise BadInputError(f"{where}: no field 'name'; {expected}")
    try:
        return Provenance(**fields)
    except BadInputError as error:
        raise BadInputError(f"{where}: {error}") from None


def _called(value: object) -> str:
    names = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
