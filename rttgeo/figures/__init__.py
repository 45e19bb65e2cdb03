"""Figures: pure functions from data to a drawn figure with its alternative text and numbers."""

from rttgeo.data.coasts import circle
from rttgeo.figures.circles import exclusion_map
from rttgeo.figures.ecdf import error_ecdf, exclusion_radius_ecdf, relative_error_ecdf
from rttgeo.figures.next_landmark import next_landmark_map
from rttgeo.figures.regions import estimate_map, region_map
from rttgeo.figures.scatter import rtt_over_distance
from rttgeo.figures.series import Period, Series, load_series, rtt_series
from rttgeo.figures.style import Drawn, save
from rttgeo.figures.worldmaps import probe_map

__all__ = [
    "Drawn",
    "Period",
    "Series",
    "circle",
    "error_ecdf",
    "estimate_map",
    "exclusion_map",
    "exclusion_radius_ecdf",
    "load_series",
    "next_landmark_map",
    "probe_map",
    "region_map",
    "relative_error_ecdf",
    "rtt_over_distance",
    "rtt_series",
    "save",
]
