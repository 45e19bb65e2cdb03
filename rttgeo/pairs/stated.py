"""What a pairs table says of itself: the `rttgeo.mesh.Provenance` in it or beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import BinaryIO

import pyarrow.parquet

from rttgeo.errors import BadInputError
from rttgeo.mesh import Provenance

METADATA_KEY = b"rttgeo"
"""Under which a Parquet file holds it."""


def stated_provenance(source: Path | BinaryIO, file: str) -> Provenance:
    """What the file says of itself: inside a Parquet file, beside a CSV."""
    if not isinstance(source, Path):
        return Provenance(name="input")
    name = source.name.removesuffix(".gz").removesuffix(source.suffix)
    beside = source.with_name(source.name + ".meta.json")
    stated: bytes | None = None
    if source.suffix == ".parquet":
        stated = (pyarrow.parquet.read_schema(source).metadata or {}).get(METADATA_KEY)
        beside = source
    elif beside.exists():
        stated = beside.read_bytes()
    if stated is None:
        # A file called pairs.csv is known by its folder.
        return Provenance(
            name=source.resolve().parent.name if name == "pairs" else name, source=file
        )
    try:
        return Provenance(**json.loads(stated))
    except (TypeError, ValueError) as error:
        raise BadInputError(
            f"{beside}: {error}; expected a JSON object with the fields of rttgeo.mesh.Provenance"
        ) from None
