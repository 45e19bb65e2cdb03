"""The mesh of three clouds: a table that others publish, fetched once and pinned by its SHA-256.

The table (one row per pair of regions, ``min_rtt`` in ms) is not redistributed. Where the regions are
is public knowledge and comes with rttgeo, in ``data/clouds-2022/regions.csv``.
"""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import json
import math
import os
import re
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pandas as pd

from rttgeo.atlas.opening import connection
from rttgeo.atlas.recipe import default_folder
from rttgeo.atlas.session import Patience, TemporaryError
from rttgeo.data.shipped import data_path
from rttgeo.errors import BadInputError, NotThereError
from rttgeo.machine.files import write_atomically
from rttgeo.mesh import Mesh, Provenance
from rttgeo.pairs.reading import read_mesh
from rttgeo.sources.series import read_text

NAME: Final = "clouds-2022"
HOST_ENV: Final = "RTTGEO_CLOUDS_HOST"
CERTIFICATE_ENV: Final = "RTTGEO_CLOUDS_CERTIFICATE"
_ZONE: Final = re.compile(r"^(gcp:.*\d)-[a-z]$")
COLUMNS: Final = ("src_region", "dst_region", "min_rtt")


def clouds_recipe() -> dict[str, str]:
    """Read where the table is published, its digest, licence and date.

    Returns
    -------
    dict of str
        The fields of ``data/clouds-2022/recipe.json``.
    """
    told: dict[str, str] = json.loads(data_path(f"{NAME}/recipe.json").read_text("utf-8"))
    return told


def clouds_file() -> Path:
    """Return the path of the table once it has been fetched.

    Returns
    -------
    Path
        The file, which need not be there.
    """
    return default_folder(NAME) / clouds_recipe()["file"]


def fetch_clouds(
    *,
    directory: str | os.PathLike[str] | None = None,
    host: str | None = None,
    certificate: str | None = None,
    patience: Patience | None = None,
) -> Path:
    """Download the table, unless it is there; what has another digest is refused.

    Parameters
    ----------
    directory
        Folder for the file; by default that of `clouds_file`.
    host, certificate
        Server (``name`` or ``name:port``), and the certificate to trust if not the usual ones; by
        default what ``$RTTGEO_CLOUDS_HOST`` and ``$RTTGEO_CLOUDS_CERTIFICATE`` say, else the
        recipe's.
    patience
        Time-outs and retries.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    BadInputError
        When it cannot be written.
    TemporaryError, RefusedError
        When it cannot be had, or is another file than the recipe's.
    """
    recipe = clouds_recipe()
    folder = Path(directory) if directory is not None else default_folder(NAME)
    path = folder / recipe["file"]
    if path.is_file() and _digest(path.read_bytes()) == recipe["sha256"]:
        return path
    server = host or os.environ.get(HOST_ENV) or recipe["host"]
    trusted = certificate or os.environ.get(CERTIFICATE_ENV) or None
    with closing(connection(server, trusted, patience=patience)) as client:
        content = client.document(recipe["path"])
    if _digest(content) != recipe["sha256"]:
        raise TemporaryError(
            f"{server}: the table of {NAME} has the SHA-256 {_digest(content)}, expected "
            f"{recipe['sha256']}; nothing was kept"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInputError(f"cannot write to {folder}: {error.strerror}") from error
    return write_atomically(path, content)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def open_clouds(path: str | os.PathLike[str] | None = None) -> Mesh:
    """Read the table as a mesh: every region is landmark and target, places as announced.

    Parameters
    ----------
    path
        The table; by default `clouds_file`.

    Returns
    -------
    Mesh
        Measured; of several rows of a pair the lowest. Rows of regions whose place is unknown, of
        a region to itself, or without a positive RTT are left out.

    Raises
    ------
    NotThereError
        When it was not fetched.
    BadInputError
        When the file is not that table.
    """
    table = Path(path) if path is not None else clouds_file()
    if not table.is_file():
        raise NotThereError(f"{NAME} is not fetched: rttgeo fetch {NAME}")
    places = pd.read_csv(data_path(f"{NAME}/regions.csv"), index_col="region")
    pairs = _pairs(table, set(places.index))
    for end in ("landmark", "target"):
        for axis in ("lon", "lat"):
            pairs[f"{end}_{axis}"] = places[axis].loc[pairs[end]].to_numpy()
    recipe = clouds_recipe()
    told = Provenance(
        NAME, "measured", source=recipe["source"], date=recipe["date"], licence=recipe["licence"],
        statistic="minimum of some pings",
    )  # fmt: skip
    return dataclasses.replace(read_mesh(pairs), provenance=told)


def _pairs(path: Path, known: set[str]) -> pd.DataFrame:
    rows: list[dict[str, Any]] = list(csv.DictReader(read_text(path).splitlines()))
    if not rows or not set(COLUMNS) <= set(rows[0]):
        raise BadInputError(f"{path}: expected a table with the columns {', '.join(COLUMNS)}")
    best: dict[tuple[str, str], float] = {}
    for row in rows:
        pair = (_region(row["src_region"]), _region(row["dst_region"]))
        rtt_ms = _number(row["min_rtt"])
        if pair[0] != pair[1] and {*pair} <= known and rtt_ms > 0:
            best[pair] = min(rtt_ms, best.get(pair, math.inf))
    made = [(one, other, rtt_ms) for (one, other), rtt_ms in sorted(best.items())]
    return pd.DataFrame(made, columns=["landmark", "target", "rtt_ms"])


def _region(name: str | None) -> str:
    """The region of a zone: one cloud's machines are named by zone, as in ``gcp:asia-east1-a``."""
    return _ZONE.sub(r"\1", name or "")


def _number(text: str | None) -> float:
    try:
        value = float(text or "")
    except ValueError:
        return 0.0
    return value if math.isfinite(value) else 0.0
