"""The runnable paper: notebooks executed, numbers and figures collected, documents written."""

from rttgeo.paper.build import DEFAULT_DATASETS, Paper, build_paper
from rttgeo.paper.results import Results

__all__ = ["DEFAULT_DATASETS", "Paper", "Results", "build_paper"]
