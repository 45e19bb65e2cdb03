"""From RIPE Atlas to a `rttgeo.mesh.Mesh`: data are fetched, checked and parsed.

``fetch`` downloads a data set into a folder; ``load_mesh`` makes a mesh from that folder. Parts
that need the compiled scanner or the network are imported on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rttgeo.atlas.recipe import (
    Recipe,
    default_folder,
    fetched_names,
    load_recipe,
    recipe_names,
)

if TYPE_CHECKING:
    from rttgeo.atlas.download import fetch, plan
    from rttgeo.atlas.parse import iter_samples, read_distinct, read_samples, write_samples
    from rttgeo.atlas.parse_report import ParseReport
    from rttgeo.atlas.plans import FetchReport, Plan
    from rttgeo.atlas.samples import load_mesh, minimum_rtts
    from rttgeo.atlas.session import Patience

_HOME = {
    "FetchReport": "plans",
    "ParseReport": "parse_report",
    "Patience": "session",
    "Plan": "plans",
    "fetch": "download",
    "iter_samples": "parse",
    "load_mesh": "samples",
    "minimum_rtts": "samples",
    "plan": "download",
    "read_distinct": "parse",
    "read_samples": "parse",
    "write_samples": "parse",
}

__all__ = [
    "FetchReport",
    "ParseReport",
    "Patience",
    "Plan",
    "Recipe",
    "default_folder",
    "fetch",
    "fetched_names",
    "iter_samples",
    "load_mesh",
    "load_recipe",
    "minimum_rtts",
    "plan",
    "read_distinct",
    "read_samples",
    "recipe_names",
    "write_samples",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"rttgeo.atlas.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
