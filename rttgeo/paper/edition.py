"""The meshes that an edition of the paper rests on, as files for its notebooks."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from rttgeo.auditing.report import audit
from rttgeo.catalogue import clouds
from rttgeo.machine.files import move
from rttgeo.mesh import Mesh
from rttgeo.pairs.writing import write_mesh
from rttgeo.papers.sides import faulty_sides, without_sides

AUDITED = "-audited"
"""Ending of the name of a mesh from which the side that an audit speaks against was left out."""


class OnDisk(NamedTuple):
    """A mesh, and the file of it that the notebooks read.

    Attributes
    ----------
    mesh
        The measurements.
    file
        Their pairs table, Parquet.
    """

    mesh: Mesh
    file: Path


def audited(mesh: Mesh, file: Path, build: Path) -> OnDisk:
    """What the argument rests on: the mesh of three clouds without its faulty side.

    Every other mesh is used as it is: only a reader can know what to leave out of a mesh of theirs.

    Parameters
    ----------
    mesh, file
        What was measured, and the file of it.
    build
        Folder of the build.

    Returns
    -------
    OnDisk
        The mesh to use, which is often the same.
    """
    if mesh.provenance.name != clouds.NAME:
        return OnDisk(mesh, file)
    impossible = np.zeros(len(mesh), dtype=bool)
    impossible[audit(mesh).impossible["pair"].to_numpy(dtype=np.int64)] = True
    faulty = faulty_sides(mesh, impossible)
    if not faulty:
        return OnDisk(mesh, file)
    sound = without_sides(mesh, faulty).renamed(f"{clouds.NAME}{AUDITED}")
    told = f"{sound.provenance.statistic}, without what {' and '.join(faulty)} measured"
    provenance = dataclasses.replace(sound.provenance, statistic=told)
    return materialise(dataclasses.replace(sound, provenance=provenance), build)


def materialise(mesh: Mesh, build: Path) -> OnDisk:
    """Write a mesh for the notebooks, under a name that is fit for files.

    Parameters
    ----------
    mesh
        The measurements.
    build
        Folder of the build.

    Returns
    -------
    OnDisk
        The mesh by its new name, and the file.
    """
    name = mesh.provenance.name
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name):
        safe = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-.") or "mesh"
        mesh = mesh.renamed(safe)
        name = safe
    folder = build / "meshes"
    folder.mkdir(exist_ok=True)
    new = write_mesh(mesh, folder / f"{name}.new.parquet")
    file = folder / f"{name}.parquet"
    # Left alone when nothing changed, so that its time says when it did.
    if file.exists() and file.read_bytes() == new.read_bytes():
        new.unlink()
    else:
        move(new, file)
    return OnDisk(mesh, file)
