"""What a command reads: pairs tables from files, standard input, or a data set's name."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from rttgeo.cli import output
from rttgeo.cli.size import refuse_too_large, rows_of
from rttgeo.cli.standard_input import STDIN, refuse_other_forms, standard_input
from rttgeo.machine.counting import number_of

if TYPE_CHECKING:
    from rttgeo.estimators.candidates import Candidates
    from rttgeo.mesh import Mesh
    from rttgeo.provenance import Provenance
    from rttgeo.sources.convert import Converted

MECHANISM = "; mechanism "
"""What the metadata of a table made by `rttgeo sanitise` hold (`rttgeo.privacy.sanitising.STATED`)."""
MOST_ROWS = 20_000_000
"""Of a larger table commands that ask about known targets read these only, and of more a share."""
WITH_PLACES = ("globalping", "census")
"""Forms of other tools that say themselves where their sources are."""


def read_pairs(name: str, *, skip_bad: bool) -> Mesh:
    """Read a pairs table: a file, ``-``, or a data set; what a reader should know goes to stderr.

    Parameters
    ----------
    name
        A file, ``-`` for standard input, or a data set.
    skip_bad
        Whether bad rows are left out and counted, rather than stop at the first.

    Returns
    -------
    Mesh
        RTTs in ms.

    Raises
    ------
    BadInputError
        When the table is not good, in one line.
    NotThereError
        When it is neither a file nor a known name.
    """
    if name == STDIN or Path(name).exists():
        source = standard_input() if name == STDIN else Path(name)
        if isinstance(source, Path):
            refuse_too_large(source)
        mesh = _told(source, skip_bad)
        _tell_of_mechanism(mesh)
        return mesh
    from rttgeo.catalogue.datasets import open_dataset

    return open_dataset(name, skip_bad=skip_bad)


def _tell_of_mechanism(mesh: Mesh) -> None:
    """Noise in a published table is no contradiction between its landmarks."""
    if MECHANISM not in mesh.provenance.statistic:
        return
    from rttgeo.privacy.sanitising import stated_mechanism

    way = stated_mechanism(mesh)
    if not way.bounds:
        output.complain(
            f"note: this table was published with {way.describe()}, as it says itself: light does not "
            "bound its targets, and regions and contradictions found in it may be those of the noise"
        )


def read_typed(pings: tuple[str, ...], places: tuple[str, ...]) -> Mesh:
    """Take round-trip times that were typed, ``PLACE=MS``; what is to be said of them is said.

    Parameters
    ----------
    pings
        One text per landmark.
    places
        Tables of places, which typed times cannot use.

    Returns
    -------
    Mesh
        Of one target, RTTs in ms.

    Raises
    ------
    click.UsageError
        When tables of places are given.
    BadInputError, NotThereError
        When a text is not that, or a city is not known.
    """
    if places:
        raise click.UsageError("--places is for PAIRS that only name their probes, not for --ping")
    from rttgeo.sources.typed import mesh_of_typed

    mesh, notes = mesh_of_typed(pings)
    _tell_behind_the_answer(_but_for_now(mesh, notes))
    return mesh


def _but_for_now(mesh: Mesh, notes: list[str]) -> list[str]:
    """The notes besides what is said at once: a doubt about the unit, and rows that are left out.

    Either may make the answer void, and not each command counts landmarks in its first sentence.
    """
    from rttgeo.pairs.hints import unit_hint
    from rttgeo.sources.typed import LEFT_OUT

    doubt = unit_hint(mesh)
    now = [note for note in notes if note == doubt or LEFT_OUT in note]
    for note in now:
        output.complain(f"note: {note}")
    return [note for note in notes if note not in now]


def _tell_behind_the_answer(notes: list[str]) -> None:
    """Say what was taken for what when the command ends: who asked wants the answer first."""

    def told() -> None:
        for note in notes:
            output.complain(f"note: {note}")

    click.get_current_context().call_on_close(told)


def read_any(name: str, places: tuple[str, ...], *, skip_bad: bool) -> Mesh:
    """Read a pairs table, or a file of another tool, by its content; says which it is.

    Parameters
    ----------
    name
        A file, a folder of them, ``-``, or a data set.
    places
        Tables of places for what names its probes only.
    skip_bad
        Whether bad rows of a pairs table are left out.

    Returns
    -------
    Mesh
        RTTs in ms.

    Raises
    ------
    BadInputError
        When it is not good, in one line.
    NotThereError
        When it is neither a file nor a known name.
    """
    path, form = Path(name), ""
    if name == STDIN:
        refuse_other_forms()
    if name != STDIN and (path.is_file() or path.is_dir()):
        from rttgeo.errors import BadInputError
        from rttgeo.sources.recognise import form_of, not_results

        form = form_of(path)
        if not form and path.is_dir():
            raise BadInputError(not_results(path))
    if form and form != "table":
        return _of_another_tool(path, form, places)
    mesh = _typed_table(path, skip_bad) if form else read_pairs(name, skip_bad=skip_bad)
    if places:
        output.complain(f"note: {name} has places of its own: --places is ignored")
    return mesh


def _typed_table(path: Path, skip_bad: bool) -> Mesh:
    from rttgeo.sources.typed import mesh_of_table

    with _as_options():
        mesh, notes = mesh_of_table(path, skip_bad=skip_bad)
    _tell_behind_the_answer(_but_for_now(mesh, notes))
    return mesh


def _of_another_tool(path: Path, form: str, places: tuple[str, ...]) -> Mesh:
    from rttgeo.errors import BadInputError
    from rttgeo.sources.atlas_places import anchors_of_2020
    from rttgeo.sources.convert import WITH_PLACES, mesh_from_files
    from rttgeo.sources.place_files import read_places
    from rttgeo.sources.places import Places
    from rttgeo.sources.recognise import describe

    if form in ("ping", "fping", "mtr", "places"):
        how = f"rttgeo convert {form} PLACE={path} --places places.csv"
        how = f"rttgeo locate results.json --places {path}" if form == "places" else how
        raise BadInputError(f"{describe(path, form)}, not a pairs table; {how}")
    output.complain(describe(path, form))
    known = read_places(*places) if places else Places()
    if not places and form in ("atlas", "export"):
        known = anchors_of_2020()
    elif not places and form not in WITH_PLACES:
        raise BadInputError(f"{describe(path, form)}; --places says where its sources are")
    converted = mesh_from_files(form, [path], known, name=path.name.split(".")[0] or form)
    tell(converted)
    return converted.mesh


def tell(converted: Converted) -> None:
    """Say on standard error what was left out, and what else a reader should know.

    Parameters
    ----------
    converted
        What a conversion gave.
    """
    for line in converted.lines():
        output.complain(f"  {line}")


def read_places_to_be(name: str | None) -> Candidates | None:
    """Read the list that ``--candidates`` names; what a reader should know goes to stderr.

    Parameters
    ----------
    name
        A file, or None.

    Returns
    -------
    Candidates or None
        None for no file.

    Raises
    ------
    BadInputError
        When the list is not good, in one line.
    """
    if name is None:
        return None
    from rttgeo.estimators.candidate_files import read_candidates

    found = read_candidates(name)
    for note in found.notes:
        output.complain(f"note: {note}")
    return found


def read_all(names: tuple[str, ...], places: tuple[str, ...], *, skip_bad: bool) -> list[Mesh]:
    """Read several tables; standard input at most once.

    Parameters
    ----------
    names
        Files, ``-`` or data sets.
    places
        Tables of places for files that name their probes only.
    skip_bad
        Whether bad rows are left out and counted, rather than stop at the first.

    Returns
    -------
    list of Mesh
        One a name, RTTs in ms.

    Raises
    ------
    click.UsageError
        For standard input twice.
    """
    if names.count(STDIN) > 1:
        raise click.UsageError("standard input (-) can be read once only")
    return [_read_known(name, places, skip_bad) for name in names]


def _read_known(name: str, places: tuple[str, ...], skip_bad: bool) -> Mesh:
    """A table for a command that asks about targets of known place; of a large one only these."""
    path = Path(name)
    rows = rows_of(path)
    if rows <= MOST_ROWS:
        return read_any(name, places, skip_bad=skip_bad)
    from rttgeo.census.known import read_known
    from rttgeo.pairs.stated import METADATA_KEY, stated_provenance

    found = read_known(path, MOST_ROWS)
    table = found.table()
    share = ""
    if found.share < 1:
        share = f"; of these targets {100 * found.share:g} %, chosen by a hash of their names"
        share += f" ({number_of(len(table), 'pair')})"
    output.complain(
        f"note: {number_of(rows, 'pair')}: read are those of targets of known place "
        f"({found.seen:,}){share}; "
        "the result speaks of these"
    )
    stated = (table.schema.metadata or {}).get(METADATA_KEY)
    told, note = stated_provenance(path, name, stated)
    if note:
        output.complain(f"note: {note}")
    return _told(table, skip_bad, told)


def _told(
    source: Path | BinaryIO | Any, skip_bad: bool, provenance: Provenance | None = None
) -> Mesh:
    from rttgeo.pairs.reading import read_mesh_report

    with _as_options():
        mesh, report = read_mesh_report(
            source, skip_bad=skip_bad, provenance=provenance, progress=sys.stderr.isatty()
        )
    for line in [*report.notes(), *([report.text()] if report.skipped else [])]:
        output.complain(line)
    return mesh


@contextlib.contextmanager
def _as_options() -> Iterator[None]:
    """The library names its argument; on a command line it is an option."""
    from rttgeo.errors import RttgeoError

    try:
        yield
    except RttgeoError as error:
        told = str(error).replace("; skip_bad leaves", "; --skip-bad leaves")
        raise type(error)(told) from None
