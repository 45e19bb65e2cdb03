"""Where to measure from next, as `rttgeo next` and `rttgeo explain` say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rttgeo.cli import output
from rttgeo.machine.counting import number_of

if TYPE_CHECKING:
    from rttgeo.estimators.estimate import Estimate
    from rttgeo.explanation.candidates import NextCandidates, NextPlace
    from rttgeo.mesh import Mesh

WORTH_WHILE = 0.9
"""A region that would keep more of its area than this is not worth another round: what one
measurement brings scatters far more (`python -m benchmarks.next`)."""

COLUMNS = ("place", "country", "lon", "lat", "area left", "km²")


def candidates(probes: str | None) -> NextCandidates | None:
    """Read the places to choose from; None for the cities of the world.

    Parameters
    ----------
    probes
        A file, or None.

    Returns
    -------
    NextCandidates or None
        Those that could be asked; how many could not is said on standard error.

    Raises
    ------
    BadInputError
        When the file is no list of probes.
    """
    if probes is None:
        return None
    from rttgeo.explanation.candidates import NextCandidates
    from rttgeo.sources.atlas_probes import read_probes

    found = read_probes(probes)
    for note in found.notes:
        output.complain(f"note: {note}")
    for line in found.left_out.lines():
        output.complain(f"{probes}: left out {line}")
    return NextCandidates.of_probes(found.probes)


def places_for(
    mesh: Mesh, estimate: Estimate, some: NextCandidates | None, count: int
) -> list[NextPlace]:
    """Choose places to measure the target of an estimate from.

    Parameters
    ----------
    mesh
        Says which landmarks have measured it.
    estimate
        With a posterior.
    some
        To choose from; None for the cities of the world.
    count
        How many.

    Returns
    -------
    list of NextPlace
        In order.

    Raises
    ------
    NotThereError
        When the estimate has no posterior.
    """
    from rttgeo.explanation.candidates import next_places
    from rttgeo.explanation.following import Outlook

    landmarks = mesh.of_target(estimate.target)
    outlook = Outlook.of(estimate, landmarks.lon, landmarks.lat)
    return next_places(outlook, estimate.area_km2, some, count)


def worth(places: list[NextPlace]) -> str:
    """Say in a sentence whether further measurements are worth while.

    Parameters
    ----------
    places
        In order, at least one.

    Returns
    -------
    str
        What all of them together are expected to leave of the region.
    """
    left, many = places[-1].area_left, len(places)
    those = "this place" if many == 1 else f"these {number_of(many, 'place')}"
    if left > WORTH_WHILE:
        return (
            f"Measuring from {those} is hardly worth while: it is expected to leave "
            f"{100 * left:.0f} % of the region. Landmarks as near are there already."
        )
    return f"Measuring from {those} is expected to leave {100 * left:.0f} % of the region."


def table_of(places: list[NextPlace], title: str, *, to_file: bool = False) -> str:
    """Lay out places for people.

    Parameters
    ----------
    places
        In order.
    title
        A line above.
    to_file
        Whether it goes to a file.

    Returns
    -------
    str
        The lines.
    """
    rows = [
        [
            one.name,
            one.country or "–",
            f"{one.lon:.2f}",
            f"{one.lat:.2f}",
            f"{100 * one.area_left:.0f} %",
            output.number(one.area_km2),
        ]
        for one in places
    ]
    return output.table(COLUMNS, rows, right=COLUMNS[2:], title=title, to_file=to_file)
