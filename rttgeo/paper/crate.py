"""What a build is made of, as an RO-Crate: files with their digests, data sets, software, licence.

RO-Crate Metadata Specification 1.1 (Sefton et al. 2022, doi:10.5281/zenodo.5841615).
"""

from __future__ import annotations

import hashlib
import json
import mimetypes
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rttgeo import __version__
from rttgeo.machine.files import write_atomically
from rttgeo.mesh import Provenance

CONTEXT = "https://w3id.org/ro/crate/1.1/context"
FILE_NAME = "ro-crate-metadata.json"


def write_crate(
    build: Path, files: Iterable[Path], datasets: Sequence[Provenance], date: str
) -> Path:
    """Describe a build in ``ro-crate-metadata.json`` beside its files.

    Parameters
    ----------
    build
        Folder of the build.
    files
        Files inside it, to be listed with their SHA-256.
    datasets
        The data sets that it was built on.
    date
        Date of the paper, ISO 8601; not that of the clock, so that two builds are the same.

    Returns
    -------
    Path
        The file written.
    """
    listed = [_file(build, path) for path in sorted(files)]
    sources = [_dataset(one) for one in datasets]
    graph = [
        {
            "@id": FILE_NAME,
            "@type": "CreativeWork",
            "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
            "about": {"@id": "./"},
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "name": "What round-trip times tell about where you are: a build of the paper",
            "description": "The paper, its figures and the results files that its numbers are from.",
            "datePublished": date,
            "license": {"@id": "https://spdx.org/licenses/BSD-3-Clause"},
            "hasPart": [{"@id": one["@id"]} for one in listed],
            "isBasedOn": [{"@id": one["@id"]} for one in sources],
        },
        {
            "@id": "#build",
            "@type": "CreateAction",
            "instrument": {"@id": "#rttgeo"},
            "object": [{"@id": one["@id"]} for one in sources],
            "result": [{"@id": one["@id"]} for one in listed],
        },
        {
            "@id": "#rttgeo",
            "@type": "SoftwareApplication",
            "name": "rttgeo",
            "version": __version__,
        },
        *sources,
        *listed,
    ]
    text = json.dumps({"@context": CONTEXT, "@graph": graph}, indent=1, ensure_ascii=False)
    return write_atomically(build / FILE_NAME, text + "\n")


def _file(build: Path, path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {
        "@id": path.relative_to(build).as_posix(),
        "@type": "File",
        "contentSize": str(len(content)),
        "encodingFormat": mimetypes.guess_type(path.name)[0] or "application/octet-stream",
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _dataset(told: Provenance) -> dict[str, Any]:
    said = {
        "@id": f"#{told.name}",
        "@type": "Dataset",
        "name": told.name,
        "description": told.label(),
        "creditText": told.source,
        "license": told.licence,
    }
    return {key: value for key, value in said.items() if value}
