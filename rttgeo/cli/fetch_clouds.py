"""The part of `rttgeo fetch` that gets the mesh of three clouds."""

from __future__ import annotations

from typing import Final

import click

from rttgeo.cli import output
from rttgeo.machine.counting import number_of

NAME: Final = "clouds-2022"
ALONE: Final = (
    f"{NAME} can only be combined with --directory, --pairs, --host, --certificate and --json"
)


def clouds(
    pairs: str | None, as_json: bool, *, plan: bool, given: bool, **server: str | None
) -> int:
    """Fetch the table, say what is in it, and make the pairs table if asked.

    Parameters
    ----------
    pairs
        The pairs table to write, or None.
    as_json
        Whether the report is JSON.
    plan, given
        Whether options were typed that this data set does not have.
    **server
        ``directory``, ``host`` and ``certificate``.

    Returns
    -------
    int
        The exit code.

    Raises
    ------
    click.UsageError
        For an option that does not apply.
    UnreachableError
        When the network is at fault, which may go well next time: exit code 1.
    """
    if plan or given:
        raise click.UsageError(ALONE)
    from rttgeo.atlas.session import RefusedError, TemporaryError, UnreachableError
    from rttgeo.catalogue.clouds import fetch_clouds, open_clouds

    try:
        path = fetch_clouds(**server)  # type: ignore[arg-type]
    except (TemporaryError, RefusedError) as error:
        raise UnreachableError(str(error)) from error
    mesh = open_clouds(path)
    if as_json:
        counts = {"file": str(path), "landmarks": len(mesh.landmarks), "pairs": len(mesh)}
        output.emit(output.to_json(counts), None)
    else:
        output.emit(
            f"{path}\n{number_of(len(mesh), 'pair')} of {number_of(len(mesh.landmarks), 'region')}",
            None,
        )
    if pairs is not None:
        from rttgeo.pairs.writing import write_mesh

        write_mesh(mesh, pairs)
        output.complain(f"{pairs}: {number_of(len(mesh), 'pair')}")
    return 0
