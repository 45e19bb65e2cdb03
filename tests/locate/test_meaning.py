"""What people are told follows the kinds of notes and bounds, not their words."""

from __future__ import annotations

import re

import numpy as np
import pytest

import rttgeo
from rttgeo.cells.grid import Grid
from rttgeo.cells.posterior import Posterior
from rttgeo.constants import EARTH_RADIUS_KM, KM_PER_MS_RTT
from rttgeo.delay.light import FIBRE, TWO_THIRDS_C, VACUUM
from rttgeo.delay.statements import Bound, BoundKind, Note, NoteKind
from rttgeo.estimators import Estimate
from rttgeo.report.meaning import cells_sentence, meaning
from rttgeo.sources.typed import TARGET, mesh_of_typed

GRID = Grid(nside=4)
CAP = GRID.cap(10, 50, 3000)
FITTED = Bound(BoundKind.FITTED, "as somebody saw it")


def hard(bound: Bound, *notes: NoteKind) -> str:
    made = tuple(Note(kind, "no word that could be searched") for kind in notes)
    return meaning(Estimate("m", "t", 10, 50, feasible=CAP, bound=bound, notes=made))


@pytest.mark.parametrize(
    ("bound", "medium"), [(FIBRE.bound, "glass fibre"), (VACUUM.bound, "vacuum")]
)
def test_a_physical_bound_is_said_with_its_speed(bound: Bound, medium: str) -> None:
    said = hard(bound)
    assert "No answer can come from outside" in said
    assert f"light in {medium}, {bound.km_per_ms:.3f} km per ms RTT" in said


@pytest.mark.parametrize("bound", [TWO_THIRDS_C.bound, FITTED])
def test_any_other_bound_promises_less(bound: Bound) -> None:
    assert "not on a law of nature" in hard(bound) and str(bound) in hard(bound)


@pytest.mark.parametrize("kind", NoteKind)
def test_a_fallback_is_said_whatever_its_words(kind: NoteKind) -> None:
    assert ("fell back" in hard(FITTED, kind)) == (kind is NoteKind.FALLBACK)


def test_generic_delays_are_said() -> None:
    posterior = Posterior(GRID, CAP.cells(), np.full(CAP.n_cells, 1 / CAP.n_cells))
    note = Note(NoteKind.GENERIC, "?")
    generic = Estimate("m", "t", 10, 50, posterior=posterior, bound=FITTED, notes=(note,))
    assert "that probability has not been checked" in meaning(generic)
    assert generic.fell_back


@pytest.mark.parametrize("rtt_ms", [0.1, 0.5, 4.2, 7.0, 20.0])
def test_what_cells_along_the_outline_add_is_said_and_right(rtt_ms: float) -> None:
    found = rttgeo.locate(mesh_of_typed([f"48.2,16.37={rtt_ms}"])[0], TARGET, method="exclusion")
    reach = KM_PER_MS_RTT["fibre"] * rtt_ms / EARTH_RADIUS_KM
    disc = 2 * np.pi * EARTH_RADIUS_KM**2 * (1 - np.cos(reach))
    more = found.area_km2 / disc - 1
    said = cells_sentence(found.area_km2, found.region.grid.cell_size_km)
    assert more >= 0
    if said:
        (percent,) = re.findall(r"about (\d+) %", said)
        assert float(percent) == pytest.approx(100 * more, rel=0.15, abs=0.8)
    else:
        assert more < 0.03


def test_kinds_stand_beside_the_words_in_json() -> None:
    note = Note(NoteKind.CELLS, "coarse")
    record = Estimate("m", "t", feasible=CAP, bound=FIBRE.bound, notes=(note,)).to_dict()
    assert (record["notes"], record["note_kinds"]) == (["coarse"], ["cells"])
    assert (record["bound"], record["bound_kind"]) == (str(FIBRE.bound), "fibre")
