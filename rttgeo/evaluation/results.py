"""What methods did on a mesh, one row per target; all of an evaluation follows from it."""

from __future__ import annotations

import dataclasses

import pandas as pd

LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
"""Levels whose regions are asked for: three for the tables, all for the calibration plot."""


@dataclasses.dataclass(frozen=True, eq=False)
class MethodResult:
    """What one method did on one mesh.

    Attributes
    ----------
    method, default
        Name, and whether it is the method that `rttgeo.locate` takes when none is named.
    targets
        One row per target: ``target``, ``lon``, ``lat`` (of the estimate, NaN without one),
        ``true_lon``, ``true_lat``, ``error_km``, ``baseline_km`` (error of shortest ping),
        ``lowest_rtt_ms``, ``n_landmarks``, ``empty``, ``fallback`` (a note says so), and for
        each of `LEVELS` ``covered_95`` (0 or 1) and ``area_95`` (km²), NaN without a region;
        ``equal_area_95`` (km²): of the 95 % region after widening by ``widened_km``; and what
        strata are made of (`rttgeo.evaluation.strata.with_kinds`).
    seconds_per_target, cpu_seconds_per_target
        Wall time, and time of all cores, of learning and locating together, divided by the
        number of targets. Compiled code and tables have been loaded before (`warm_up`).
    set_aside
        The same of the targets whose declared place light contradicts: no error can be
        told there, and they are in no figure but those of all targets.
    widened_km
        Distance by which every 95 % region must be widened so that 95 % of the targets are
        inside (`rttgeo.evaluation.equal`); NaN without regions, infinite where none is enough.
    """

    method: str
    default: bool
    targets: pd.DataFrame
    seconds_per_target: float
    cpu_seconds_per_target: float = float("nan")
    widened_km: float = float("nan")
    set_aside: pd.DataFrame = dataclasses.field(default_factory=pd.DataFrame)

    def every(self) -> MethodResult:
        """Put the targets set aside among the others.

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
    """Every method on one mesh; ``name``, ``kind`` and counts say which mesh it was.

    ``contradicted`` are the targets that are set aside, since light contradicts where they are
    declared to be: no error can be computed there. ``n_targets`` does not count them.
    """

    name: str
    kind: str
    n_landmarks: int
    n_targets: int
    n_pairs: int
    methods: tuple[MethodResult, ...]
    contradicted: tuple[str, ...] = ()
