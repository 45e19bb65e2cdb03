"""What methods did on a mesh, one row per target; all of an evaluation follows from it."""

from __future__ import annotations

import dataclasses

import pandas as pd

from rttgeo.machine.counting import number_of

LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
"""Levels of the regions that are computed: three for the tables, all for the calibration plot."""


@dataclasses.dataclass(frozen=True, eq=False)
class MethodResult:
    """What one method did on one mesh.

    Attributes
    ----------
    method, default
        Name, and whether it is the default method of `rttgeo.locate`.
    targets
        One row per target: ``target``, ``lon``, ``lat`` (of the estimate, NaN without one),
        ``true_lon``, ``true_lat``, ``error_km``, ``baseline_km`` (error of shortest ping),
        ``lowest_rtt_ms``, ``n_landmarks``, ``empty``, ``fallback`` (whether a note says that the
        method fell back); for each of `LEVELS`, ``covered_95`` (0 or 1) and ``area_95`` (km²), NaN
        without a region; ``equal_area_95`` (km²), the area of the 95 % region after widening by
        ``widened_km``; and the columns that strata are made from
        (`rttgeo.evaluation.strata.with_kinds`).
    seconds_per_target, cpu_seconds_per_target
        Wall time, and time of all cores, of learning and locating together, divided by the
        number of targets. Compiled code and tables have been loaded before (`warm_up`).
    set_aside
        The same table for the targets whose declared place the speed of light contradicts. Their
        error is unknown; they count only in the figures for all targets.
    widened_km
        Distance by which every 95 % region must be widened to put 95 % of the targets inside, km
        (`rttgeo.evaluation.equal`); NaN without regions, infinite where no widening suffices.
    """

    method: str
    default: bool
    targets: pd.DataFrame
    seconds_per_target: float
    cpu_seconds_per_target: float = float("nan")
    widened_km: float = float("nan")
    set_aside: pd.DataFrame = dataclasses.field(default_factory=pd.DataFrame)

    def __repr__(self) -> str:
        return f"<MethodResult of {self.method}: {number_of(len(self.targets), 'target')}>"

    def every(self) -> MethodResult:
        """Return the targets that were set aside to the others.

        Returns
        -------
        MethodResult
            A copy in which no target is set aside.
        """
        both = [table for table in (self.targets, self.set_aside) if len(table)]
        return dataclasses.replace(
            self, targets=pd.concat(both, ignore_index=True), set_aside=pd.DataFrame()
        )


@dataclasses.dataclass(frozen=True, eq=False)
class MeshResult:
    """The results of every method on one mesh; ``name``, ``kind`` and counts identify the mesh.

    ``contradicted`` lists the targets set aside because the speed of light contradicts their
    declared place: no error can be computed for them. ``n_targets`` does not count them.
    """

    name: str
    kind: str
    n_landmarks: int
    n_targets: int
    n_pairs: int
    methods: tuple[MethodResult, ...]
    contradicted: tuple[str, ...] = ()

    def __repr__(self) -> str:
        methods = ", ".join(one.method for one in self.methods)
        return f"<MeshResult of {self.name} ({self.kind}): {methods}>"
