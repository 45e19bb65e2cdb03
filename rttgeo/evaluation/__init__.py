"""How good an estimator is on a mesh whose places are known: the protocol, the numbers, the report.

`evaluate` runs methods over the targets of a mesh. Every target is left out of its own
calibration together with every node within ``exclude_km`` of it, and landmarks within that
distance are not used to locate it either (a server in the same building makes the task
trivial). Each method is compared with shortest ping on the same targets, target by target.

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

Where candidates were given, a method has ``candidate_targets`` (how many are within 50 km of one),
``candidate_top1``, ``candidate_top3`` (shares whose own candidate is the first, or among the first
three), ``candidate_log_score`` (mean natural logarithm of its probability, 0 at best) and
``candidate_region`` (share whose own candidate is the one nearest to the estimated point).

Shares are between 0 and 1. What a method does not have (a region, say) is null.
``median_equal_area95_km2`` makes areas comparable between methods that do not cover equally
often: each 95 % region is widened by ``widened95_km``, the smallest distance (0 or more) that
puts 95 % of these targets inside; null where too many regions are empty for that. The
distance is chosen on the same targets, for every method alike. ``seconds_per_target`` is wall
time, ``cpu_seconds_per_target`` that of all cores: what is learnt and the locating of all
targets, over their number; compiled code and tables are loaded before. All estimators leave
out nodes that the audit finds misplaced, shortest ping too; targets whose declared place
light contradicts are set aside and listed in ``contradicted``; they count in ``all_targets``
only. ``difference_km`` is the median error
of the method minus that of shortest ping, with its 95 % interval by a bootstrap over targets that
keeps the two errors of a target together.
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
