"""How good a method is on a mesh with known places: the protocol, the figures, the report.

`evaluate` runs methods over the targets of a mesh. Each target is left out of its own calibration,
together with every node within ``exclude_km`` of it, and landmarks within that distance are not
used to locate it (a server in the same building would make the task trivial). Each method is
compared with shortest ping, target by target.

The JSON (`Evaluation.to_dict`, schema in ``schema.json`` beside this file,
`rttgeo.evaluation.report.json_schema`)::

    {"format": "rttgeo-evaluation", "version": 1, "exclude_km": 1.0, "alone": false,
     "landmarks_drawn": null,
     "meshes": [{"name", "kind", "landmarks", "targets", "pairs", "contradicted",
                 "methods": [{"method", "default", "answered", "empty", "fallback",
                              "median_km", "mean_km", "p75_km", "p90_km",
                              "within_10_km", "within_40_km", "within_100_km", "within_500_km",
                              "coverage50", "coverage90", "coverage95",
                              "median_area50_km2", "median_area90_km2", "median_area95_km2",
                              "widened95_km", "median_equal_area95_km2",
                              "seconds_per_target", "cpu_seconds_per_target",
                              "median_ratio", "p90_ratio",
                              "difference_km": {"median", "low", "high"},
                              "all_targets": {the same figures},
                              "strata": [{"by", "stratum", "targets", "few", "median_km",
                                          "p90_km", "median_ratio", "coverage50",
                                          "coverage90", "coverage95"}]}]}]}

When candidates are given, a method also has ``candidate_targets`` (how many targets are within 50
km of a candidate), ``candidate_top1`` and ``candidate_top3`` (share of targets whose own candidate
is ranked first, or among the first three), ``candidate_log_score`` (mean natural logarithm of its
probability, 0 at best) and ``candidate_region`` (share of targets whose own candidate is the one
nearest to the estimated point).

Shares are between 0 and 1. Values that a method does not have (without regions, for example) are
null. ``median_equal_area95_km2`` makes areas comparable between methods whose coverage differs:
each 95 % region is widened by ``widened95_km``, the smallest distance (0 or more) that puts 95 % of
these targets inside. It is null where too many regions are empty for that. For every method the
distance is chosen on these same targets. ``seconds_per_target`` is wall time and
``cpu_seconds_per_target`` the time of all cores: both cover learning and locating all targets,
divided by their number; compiled code and tables are loaded before. All methods, shortest ping
included, leave out nodes that the audit finds misplaced. Targets whose declared place the speed of
light contradicts are set aside, listed in ``contradicted``, and counted only in ``all_targets``.
``difference_km`` is the median error of the method minus that of shortest ping, with a 95 %
interval from a bootstrap over targets that keeps the two errors of each target together.
"""

from rttgeo.evaluation.protocol import eligible_targets, run_method
from rttgeo.evaluation.report import Evaluation, evaluate, write_json
from rttgeo.evaluation.results import MeshResult, MethodResult

__all__ = [
    "Evaluation",
    "MeshResult",
    "MethodResult",
    "eligible_targets",
    "evaluate",
    "run_method",
    "write_json",
]
