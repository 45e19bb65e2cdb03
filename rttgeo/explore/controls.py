"""The explorer: a handful of controls, a map, and what the map means in words."""

from __future__ import annotations

import gc
import math
import time
from typing import Any, Final

import ipywidgets as widgets

from rttgeo.catalogue.datasets import DATASETS, open_dataset
from rttgeo.cells.following import DEFAULT_RESOLUTION_KM
from rttgeo.constants import HALF_CIRCUMFERENCE_KM
from rttgeo.errors import RttgeoError
from rttgeo.estimators.registry import METHODS
from rttgeo.explore.scene import ORDERS, TICKS_MS, Explorer, Question, Scene
from rttgeo.explore.view import MapView, of_scene
from rttgeo.machine import escaping
from rttgeo.mesh import Mesh
from rttgeo.report.meaning import meaning

FIRST_METHOD: Final = "exclusion"
"""Shown first: it needs nothing learnt, so the first map is there at once."""

WIDE: Final = {"description_width": "7.2rem"}
PROSE: Final = "line-height:1.4;max-width:75em"
LEGEND: Final = (
    f"A hard region is made of cells of some {DEFAULT_RESOLUTION_KM:.0f} km that a circle touches. "
    "Thick circles are those of the vantage points that matter."
)


class Panel(widgets.VBox):
    """Controls, map and words; see `rttgeo.explore.panel`.

    What is loaded when the panel is made is left out of garbage collection from then on
    (`gc.freeze`): looking through a few hundred thousand objects of libraries takes 0.1 s, which
    would be felt every few moves of a slider.

    Parameters
    ----------
    mesh
        Explore this one; by default those that come with rttgeo, by name.

    Attributes
    ----------
    explorer
        What answers.
    scene
        The last answer.
    answers
        How many there were.
    update_seconds
        From a change of a control to the last message sent to the page.
    """

    def __init__(self, mesh: Mesh | None = None) -> None:
        self._explorers: dict[str, Explorer] = {}
        self._given = mesh
        names = [mesh.provenance.name] if mesh is not None else list(DATASETS)
        self.dataset = _dropdown("Data set", names)
        self.target = _dropdown("Target", [])
        self.method = _dropdown("Method", list(METHODS), FIRST_METHOD)
        self.order = _dropdown("Vantage points", list(ORDERS))
        self.count = widgets.IntSlider(1, 1, 1, description="How many", style=WIDE, layout=_line())
        self.tick = widgets.SelectionSlider(
            options=[(f"{tick:g} ms" if tick else "exact", tick) for tick in TICKS_MS],
            description="Clock ticks every",
            style=WIDE,
            layout=_line(),
        )
        self.follow = widgets.Checkbox(True, description="Map follows the region", indent=False)
        self.facts = widgets.HTML()
        self.words = widgets.HTML()
        self.map = MapView()
        self.scene: Scene | None = None
        self.answers = 0
        self.update_seconds = math.nan
        self._quiet = False
        self._open()
        widgets.link((self.follow, "value"), (self.map, "follow"))
        for control in (self.method, self.order, self.count, self.tick, self.follow):
            control.observe(self._update, "value")
        self.dataset.observe(self._open, "value")
        self.target.observe(self._retarget, "value")
        controls = (self.dataset, self.target, self.method, self.order, self.count, self.tick)
        left = widgets.VBox([*controls, self.follow, self.facts], layout={"flex": "1 1 18rem"})
        right = widgets.VBox([self.map, _prose(LEGEND)], layout={"flex": "3 1 20rem"})
        both = widgets.HBox([left, right], layout={"flex_flow": "row wrap"})
        super().__init__([both, self.words])
        gc.collect()
        gc.freeze()

    @property
    def explorer(self) -> Explorer:
        """What answers for the data set chosen."""
        return self._explorers[self.dataset.value]

    @property
    def question(self) -> Question:
        """What is set."""
        return Question(
            target=self.target.value,
            method=self.method.value,
            vantage_points=self.count.value,
            order=self.order.value,
            tick_ms=self.tick.value,
        )

    def _open(self, _change: Any = None) -> None:
        """Another data set: its targets, and all vantage points of the first."""
        name = self.dataset.value
        if name not in self._explorers:
            self._say(f"Opening {name} …")
            self._explorers[name] = Explorer(self._given if self._given else open_dataset(name))
        self._quiet = True
        self.target.options = self.explorer.targets
        self.target.value = self.explorer.first_target
        self._quiet = False
        self._retarget()

    def _retarget(self, _change: Any = None) -> None:
        """Another target: as many vantage points as there are."""
        if self._quiet or self.target.value is None:
            return
        self._quiet = True
        most = self.explorer.available(self.target.value)
        self.count.max = most
        self.count.value = most
        self._quiet = False
        self._update()

    def _update(self, _change: Any = None) -> None:
        if self._quiet:
            return
        started = time.perf_counter()
        question = self.question
        if not self.explorer.knows(question):
            self._say(f"{question.method}: learning from the other pairs …")
        try:
            self.scene = self.explorer.ask(question)
        except RttgeoError as error:
            self._say(str(error))
            return
        self.map.show(of_scene(self.scene))
        self.facts.value = facts(self.scene, self.explorer.mesh)
        self.answers += 1
        # Set last, so that a page shows when an answer is complete.
        self.words.value = f"<div data-answer='{self.answers}'>{words(self.scene)}</div>"
        self.update_seconds = time.perf_counter() - started

    def _say(self, text: str) -> None:
        self.facts.value = ""
        self.words.value = _paragraphs(text)


def facts(scene: Scene, mesh: Mesh) -> str:
    """Lay out the numbers of an answer.

    Parameters
    ----------
    scene
        What the explorer answered.
    mesh
        Where the measurements come from.

    Returns
    -------
    str
        A table in HTML, escaped.
    """
    told = {"Data": mesh.provenance.label(), **_numbers(scene)}
    rows = "".join(
        f"<tr style='vertical-align:top'><th style='text-align:left;padding-right:1em;"
        f"white-space:nowrap'>{escaping.html(name)}</th><td>{escaping.html(value)}</td></tr>"
        for name, value in told.items()
    )
    return f"<table style='line-height:1.4;margin-top:0.5rem'>{rows}</table>"


def words(scene: Scene) -> str:
    """Say what the region means, and which landmarks matter.

    Parameters
    ----------
    scene
        What the explorer answered.

    Returns
    -------
    str
        HTML, escaped.
    """
    listed = "".join(f"<li>{escaping.html(line)}</li>" for line in _mattering(scene))
    title = "Landmarks that contradict each other" if scene.estimate.conflict else (
        "Landmarks that set the region" if scene.estimate.bounding else "Quickest landmarks"
    )  # fmt: skip
    said = _paragraphs(meaning(scene.estimate), *map(str, scene.estimate.notes[:3]), f"{title}:")
    return f"{said}<ul style='{PROSE};margin:0.2rem 0'>{listed}</ul>"


def _paragraphs(*texts: str) -> str:
    return "".join(
        f"<p style='{PROSE};margin:0.4rem 0'>{escaping.html_prose(text)}</p>" for text in texts
    )


def _prose(text: str) -> widgets.HTML:
    return widgets.HTML(_paragraphs(text))


def _numbers(scene: Scene) -> dict[str, str]:
    estimate, inside = scene.estimate, scene.inside
    area = f"{estimate.area_km2:,.0f} km²" if estimate.has_region else "none: a place only"
    error = f"{scene.error_km:,.0f} km" if math.isfinite(scene.error_km) else "not known"
    if inside is not None:
        error += "; the true place is " + ("inside the region" if inside else "outside the region")
    return {
        "Region": area,
        "Error": error,
        "Vantage points": f"{len(scene.names):,}",
        "Worked out in": f"{1000 * scene.seconds:.0f} ms",
    }


def _mattering(scene: Scene) -> list[str]:
    where = {name: row for row, name in enumerate(scene.names)}
    lines = []
    for name in scene.matter:
        if name not in where:
            continue
        row = where[name]
        radius = float(scene.radius_km[row])
        reach = f"within {radius:,.0f} km" if radius < HALF_CIRCUMFERENCE_KM else "excludes nothing"
        lines.append(f"{name}: {scene.pairs.rtt_ms[row]:,.2f} ms, {reach} ({scene.medium})")
    return lines


def _dropdown(label: str, options: list[str], value: str | None = None) -> widgets.Dropdown:
    chosen = value if value is not None else (options[0] if options else None)
    return widgets.Dropdown(
        options=options, value=chosen, description=label, style=WIDE, layout=_line()
    )


def _line() -> dict[str, str]:
    return {"width": "auto", "max_width": "26rem"}
