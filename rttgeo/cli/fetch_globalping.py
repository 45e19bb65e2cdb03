"""The part of `rttgeo fetch` that gets measurements of Globalping."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

from rttgeo.cli import output
from rttgeo.machine.counting import number_of

ALONE: Final = (
    "--globalping can only be combined with --directory, --pairs, --host, --certificate and --json"
)


def globalping(
    ids: tuple[str, ...],
    pairs: str | None,
    as_json: bool,
    minimum: dict[str, Any],
    **server: str | None,
) -> int:
    """Fetch measurements by their ids, say what is in them, and make the pairs table if asked.

    Parameters
    ----------
    ids
        What stands behind each ``--globalping``, with commas.
    pairs
        The pairs table to write, or None.
    as_json
        Whether the report is JSON.
    minimum
        ``robust`` and ``min_samples``; see `rttgeo.minima.pair_minima`.
    **server
        ``directory``, ``host`` and ``certificate``.

    Returns
    -------
    int
        The exit code.

    Raises
    ------
    click.UsageError
        When no id is given.
    UnreachableError
        When the network is at fault, which may go well next time: exit code 1.
    """
    wanted = list(dict.fromkeys(word.strip() for one in ids for word in one.split(",")))
    if not all(wanted):
        raise click.UsageError("--globalping: the list is empty")
    from rttgeo.sources.convert import mesh_from_files

    paths = _fetched(wanted, server)
    made = mesh_from_files(
        "globalping", paths, {}, name="-".join(["globalping", *wanted])[:100], **minimum
    )
    mesh = made.mesh
    if as_json:
        counts = {
            "files": [str(path) for path in paths],
            "landmarks": len(mesh.landmarks),
            "targets": [str(name) for name in mesh.targets.index],
            "pairs": len(mesh),
            "left_out": dict(made.dropped),
            "notes": list(made.notes),
        }
        output.emit(output.to_json(counts), None)
    else:
        output.emit("\n".join([*map(str, paths), output.pairs(mesh)]), None)
        for line in made.lines():
            output.complain(f"  {line}")
    if pairs is not None:
        from rttgeo.pairs.writing import write_mesh

        write_mesh(mesh, pairs)
        output.complain(f"{pairs}: {number_of(len(mesh), 'pair')}")
    return 0


def _fetched(wanted: list[str], server: dict[str, Any]) -> list[Path]:
    from rttgeo.atlas.session import RefusedError, TemporaryError, UnreachableError
    from rttgeo.sources.globalping_api import fetch_globalping

    try:
        return fetch_globalping(wanted, tell=output.complain, **server)
    except (TemporaryError, RefusedError) as error:
        raise UnreachableError(str(error)) from error
