"""Ideas for the default method are tried on what it would have known itself, and judged as said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks.left_out import left_out, scored
from benchmarks.parts_page import TRIED, section_of, with_section
from benchmarks.tried import changed, chosen_option, summary
from benchmarks.tried_ideas import IDEAS
from benchmarks.tried_page import qualifies, section
from rttgeo.estimators import locate_many
from rttgeo.estimators.calibrated.settings import Settings
from rttgeo.simulate import simulate_full_mesh

NEUTRAL = {
    "last mile": 0.05,
    "pooled Gaussians": (8, 0.0),
    "quick landmarks": 0.0,
    "shortest way": 0.0,
    "similar vectors": (3, 0.0),
    "noise of pairs": 1e-9,
    "prior's power": 1.0,
    "hosts in the country": 1e-12,
}
"""Options under which an idea is the method as it is."""


@pytest.fixture(scope="module")
def mesh():
    return simulate_full_mesh(14, seed=3).mesh


@pytest.fixture(scope="module")
def every(mesh):
    return left_out(mesh, Settings())


def test_targets_are_left_out_as_by_the_method_itself(mesh, every):
    found = {one.target: one for one in locate_many(mesh, exclude_km=1.0)}
    assert len(every) == 14
    for left in every:
        place, one = left.mixture.likely_place(), found[left.name]
        if one.posterior.holds(*place):
            assert (one.lon, one.lat) == place
            assert one.n_landmarks == left.mixture.main.n_landmarks


@pytest.mark.parametrize("name", list(NEUTRAL))
def test_an_idea_of_no_weight_changes_nothing(every, name):
    for left, mixture in zip(every, changed(every, IDEAS[name], NEUTRAL[name]), strict=True):
        tempering = Settings().generic_tempering
        for before, after in zip(left.mixture.parts, mixture.parts, strict=True):
            apart = after.log_density(tempering) - before.log_density(tempering)
            # Up to a constant, which no region depends on; residuals are carried over in single
            # precision.
            assert np.ptp(apart) < 5e-3


@pytest.mark.parametrize("name", list(IDEAS))
def test_every_option_of_an_idea_locates_and_changes_something(every, name):
    default = list(scored(every, [left.mixture for left in every], Settings()))
    for option in IDEAS[name].options:
        mixtures = changed(every, IDEAS[name], option)
        rows = list(scored(every, mixtures, Settings(), IDEAS[name].place(option)))
        assert np.isfinite([row["error_km"] for row in rows]).all()
        assert np.isfinite([row["area_km2"] for row in rows]).all()
        assert rows != default


def rows_of(mesh: str, idea: str, option: int, scale: float, kind: str = "measured") -> list[dict]:
    """30 targets whose errors and areas are ``scale`` times those of the method as it is."""
    rng = np.random.default_rng(len(mesh))
    error, area = rng.uniform(50, 500, 30), rng.uniform(1e3, 1e5, 30)
    return [
        {
            "mesh": mesh, "kind": kind, "cities": True, "idea": idea, "option": option,
            "cpu_s": 0.01 if idea == "" else 0.001, "target": f"t{row}",
            "error_km": scale * error[row], "covered": float(row > 0), "area_km2": scale * area[row],
        }
        for row in range(30)
    ]  # fmt: skip


def table(*scales: tuple[float, float], kinds: tuple[str, ...] = ()) -> pd.DataFrame:
    """Meshes on which the two options of an idea change errors by the factors given."""
    rows = []
    for number, both in enumerate(scales):
        mesh, kind = "m" * (number + 1), kinds[number] if kinds else "measured"
        rows += rows_of(mesh, "", 0, 1.0, kind)
        for option, scale in enumerate(both):
            rows += rows_of(mesh, "idea", option, scale, kind)
    return pd.DataFrame(rows)


def test_an_option_is_chosen_on_the_other_measured_meshes():
    rows = table((0.1, 1.0), (1.0, 0.9), (1.0, 0.9))
    assert chosen_option(rows, True, "idea", "m") == 1
    assert chosen_option(rows, True, "idea", "mm") == 0
    simulated = table(
        (0.1, 1.0), (1.0, 0.9), (1.0, 0.9), kinds=("simulated", "measured", "measured")
    )
    assert chosen_option(simulated, True, "idea", "mmm") == 1


@pytest.mark.parametrize(
    ("scales", "taken"),
    [((0.8, 0.8, 1.0), True), ((0.8, 1.0, 1.0), False), ((0.8, 0.8, 1.3), False)],
)
def test_an_idea_is_taken_when_better_on_two_meshes_and_worse_on_none(scales, taken):
    rows = table(*((scale, scale) for scale in scales))
    assert qualifies("idea", summary(rows), rows[rows["idea"] == ""]) is taken
    text = section(rows, summary(rows), {"idea": "does something"})
    assert f"| {'yes' if taken else 'no'} |" in text and "- *idea*: does something." in text


def test_the_section_is_put_in_place_of_itself_and_kept_by_the_page():
    page = with_section("# Parts\n\ntables\n", f"{TRIED}\n\nfirst\n")
    again = with_section(page, f"{TRIED}\n\nsecond\n")
    assert "first" not in again and again.endswith("second\n")
    assert with_section("# Parts\n\nnew tables\n", section_of(again)).endswith(section_of(again))
    assert with_section("# Parts\n", "") == "# Parts\n"
