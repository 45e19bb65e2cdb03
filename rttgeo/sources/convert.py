"""From files of any known form to a mesh, as `rttgeo convert` does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import pandas as pd

from rttgeo.errors import BadInputError, NotThereError
from rttgeo.machine.counting import number_of
from rttgeo.mesh import Mesh, Provenance
from rttgeo.pairs.hints import unit_hint
from rttgeo.sources.gather import FORMS, Gathered, gather
from rttgeo.sources.leftout import LeftOut
from rttgeo.sources.monroe import monroe_mesh, read_monroe
from rttgeo.sources.places import Places
from rttgeo.sources.series import mesh_of_samples

MANY: Final = 5
"""Up to this many names are listed; beyond that, their number."""
WITH_PLACES: Final = ("globalping", "census")
"""Forms that state where their sources are."""
BY_NUMBER: Final = ("atlas", "scamper", "export")
"""Forms that name their sources themselves: a source of unknown place is not a mistake, but is left
out and counted."""

CALLED: Final = {
    "atlas": "the probes' numbers",
    "scamper": "the sources' addresses",
    "export": "the probes' numbers",
}
"""What those forms call their sources."""
PROBES_URL: Final = "https://atlas.ripe.net/api/v2/probes/"
SHOWN_SOURCES: Final = 5
"""Sources in a message: enough to see how the rest goes."""


class Converted(NamedTuple):
    """A mesh, what yielded nothing (counted by reason), and notes for the user."""

    mesh: Mesh
    dropped: Mapping[str, int]
    notes: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """List what was left out, and what else the user should know.

        Returns
        -------
        list of str
            One line per reason, most frequent first, then one per note.
        """
        left_out = [f"left out: {line}" for line in LeftOut(self.dropped).lines()]
        return left_out + [f"note: {note}" for note in self.notes]


def mesh_from_files(
    form: str,
    files: Sequence[str | Path],
    places: Mapping[str, tuple[float, float]],
    *,
    name: str = "",
    target: str = "",
    min_samples: int = 1,
    robust: bool = False,
) -> Converted:
    """Make a mesh from files of one form.

    Parameters
    ----------
    form
        One of `FORMS`.
    files
        For ping, fping and mtr, ``PLACE=FILE`` says where the tool ran; by default, that is the
        file's name without its ending (for mtr, what the report says).
    places
        ``(lon, lat)`` in degrees by name: for all sources (addresses for scamper, probe numbers for
        atlas), and for targets where known. See `rttgeo.sources.read_places`.
    name
        Name of the mesh; by default that of the form.
    target
        For monroe, what all nodes pinged, one of the places. For mtr's text and ``--raw``, which do
        not state it, the target of the traces.
    min_samples, robust
        See `rttgeo.minima.pair_minima`.

    Returns
    -------
    Converted
        The mesh, what was left out, and notes for the user.

    Raises
    ------
    NotThereError
        When the form is unknown, or the place of a source is not given.
    BadInputError
        When a file is not of that form, or nothing in it can be used.
    """
    if form not in FORMS:
        raise NotThereError(f"no form {form!r}; there are {', '.join(FORMS)}")
    known = Places(places)
    told = Provenance(name or form, "measured", FORMS[form], statistic="minimum")
    if form == "monroe":
        return _monroe(files, known, target, told)
    found = gather(form, files, target)
    known.take(found.places)
    found.dropped.take(known.left_out)
    rows = _placed(form, found, known)
    if rows.empty:
        raise BadInputError(_nothing(form, found))
    notes = [*known.notes, *dict.fromkeys(found.notes), *_silent(found, rows, known)]
    mesh = mesh_of_samples(rows, known, known, told=told, min_samples=min_samples, robust=robust)
    mesh = mesh.without_use_of((known.name_of(to), known.name_of(one)) for one, to in found.asked)
    return Converted(mesh, found.dropped, (*notes, *_doubts(mesh)))


def _placed(form: str, found: Gathered, places: Places) -> pd.DataFrame:
    """Samples with the names of nodes, without those from sources of unknown place."""
    rows = found.samples
    rows = rows.assign(
        source=_renamed(rows["source"], places), target=_renamed(rows["target"], places)
    )
    unnamed = (rows["target"] == "").to_numpy()
    found.dropped.add("samples without a target", int(unnamed.sum()))
    myself = (rows["source"].astype(str) == rows["target"].astype(str)).to_numpy()
    found.dropped.add("samples of a node to itself", int(myself.sum()))
    rows = rows[~unnamed & ~myself]
    if form not in BY_NUMBER or rows.empty:
        return rows
    sources = rows["source"].unique()
    unknown = [name for name in sources if places.find(str(name)) is None]
    if len(unknown) == len(sources):
        raise NotThereError(_nowhere([str(name) for name in sources], form))
    if unknown:
        lost = rows["source"].isin(unknown)
        pairs = rows.loc[lost, ["source", "target"]].drop_duplicates()
        found.asked += list(pairs.astype(str).itertuples(index=False, name=None))
        found.dropped.add("samples from sources without a place", int(lost.sum()))
        found.notes.append(_without_place([str(n) for n in unknown], len(sources), form))
        rows = rows[~lost]
    return rows


def _without_place(unknown: Sequence[str], n_sources: int, form: str) -> str:
    """Some sources that answered have no place: how many, and what would give them one."""
    said = f"no known place for {_names(unknown, 'sources')}: {len(unknown):,} of "
    said += f"{number_of(n_sources, 'source')} that had answers, and not used"
    if form == "scamper":
        return said
    asked = ",".join(unknown[:SHOWN_SOURCES])
    return f"{said}; --places FILE says where they are: JSON of {PROBES_URL}?id__in={asked}"


def _nowhere(sources: Sequence[str], form: str) -> str:
    """No source has a place: what would give them one."""
    some = f"none of the {number_of(len(sources), 'source')}, such as {sources[0]!r}, has a known place"
    if len(sources) == 1:
        some = f"the place of the source {sources[0]!r} is not known"
    how = f"--places FILE says where they are: a CSV of name,lat,lon whose names are {CALLED[form]}"
    if form == "scamper":
        return f"{some}; {how}"
    return f"{some}; {how}, or JSON of {PROBES_URL}?id__in={','.join(sources[:SHOWN_SOURCES])}"


def _renamed(names: pd.Series, places: Places) -> pd.Categorical:
    """Names of nodes in place of their addresses and numbers, each looked up once."""
    old = pd.Categorical(names)
    new = [places.name_of(str(name)) for name in old.categories]
    words = list(dict.fromkeys(new))
    number = {word: i for i, word in enumerate(words)}
    codes = pd.Series([number[word] for word in new], dtype="int64").reindex(old.codes)
    return pd.Categorical.from_codes(codes.fillna(-1).astype("int64").to_numpy(), words)


def _silent(found: Gathered, rows: pd.DataFrame, places: Places) -> list[str]:
    """What yielded nothing: sources without a sample, targets without an answer, idle rows."""
    said = []
    gave = set(rows["source"].unique()) | set(rows["target"].unique())
    silent = [one for one in dict.fromkeys(found.asked_from) if places.name_of(one) not in gave]
    if silent:
        said.append(f"no sample from {_names(silent, 'sources')}")
    mute = [one for one in dict.fromkeys(found.asked_to) if places.name_of(one) not in gave]
    if mute:
        said.append(f"no answer came from {_names(mute, 'targets')}")
    idle = [one for one in places.listed if places.name_of(one) not in gave]
    idle = [one for one in idle if one not in silent and one not in mute]
    if idle:
        said.append(f"nothing was measured from or to {_names(idle, 'of the places given')}")
    return said


def _names(names: Sequence[str], what: str) -> str:
    shown = ", ".join(names[:MANY])
    return shown if len(names) <= MANY else f"{shown} and {len(names) - MANY:,} more {what}"


def _nothing(form: str, found: Gathered) -> str:
    said = [f"left out: {line}" for line in found.dropped.lines()]
    said += [f"no answer came from {_names(found.asked_to, 'targets')}"] if found.asked_to else []
    return "; ".join([f"no file of form {form} has a sample", *said])


def _monroe(
    files: Sequence[str | Path], places: Places, target: str, told: Provenance
) -> Converted:
    if len(files) != 2:
        raise BadInputError(
            f"monroe: {number_of(len(files), 'file')} given, expected the pings' and the places'"
        )
    if target not in places:
        raise NotThereError(f"the place of the target {target!r} is not among those given")
    found = read_monroe(*files)
    dropped = LeftOut(found.dropped)
    if found.bins.empty:
        why = "".join(f"; left out: {line}" for line in dropped.lines())
        raise BadInputError(
            f"{files[0]}: no five minutes of a node have both a ping and a place{why}"
        )
    mesh = monroe_mesh(found.bins, target, *places[target]).renamed(told.name)
    return Converted(mesh, dropped, (*places.notes, *_doubts(mesh)))


def _doubts(mesh: Mesh) -> list[str]:
    return [hint] if (hint := unit_hint(mesh)) else []
