"""What round-trip times tell about where you are.

The names below are the public face; each is imported when it is first used, so that
``import rttgeo`` costs nothing.

>>> import rttgeo
>>> mesh = rttgeo.open_dataset("azure-2026")
>>> len(mesh)
2350
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from rttgeo.compiled import forget_stale

__version__ = "0.1.0"

_WHERE = {
    "BadInputError": "rttgeo.errors",
    "Estimate": "rttgeo.locate.estimate",
    "Grid": "rttgeo.grid",
    "Mesh": "rttgeo.mesh",
    "NotThereError": "rttgeo.errors",
    "Posterior": "rttgeo.posterior",
    "Provenance": "rttgeo.mesh",
    "Region": "rttgeo.region",
    "RttgeoError": "rttgeo.errors",
    "build_paper": "rttgeo.paper",
    "open_dataset": "rttgeo.datasets",
    "read_mesh": "rttgeo.pairs",
    "write_mesh": "rttgeo.pairs",
}
# The package rttgeo.locate can be called as a function.
_PACKAGES = ("atlas", "audit", "evaluate", "figures", "locate", "maps", "simulate", "sphere")

forget_stale()

__all__ = [
    "BadInputError",
    "Estimate",
    "Grid",
    "Mesh",
    "NotThereError",
    "Posterior",
    "Provenance",
    "Region",
    "RttgeoError",
    "build_paper",
    "locate",
    "open_dataset",
    "read_mesh",
    "write_mesh",
]

if TYPE_CHECKING:
    from rttgeo import locate
    from rttgeo.datasets import open_dataset
    from rttgeo.errors import BadInputError, NotThereError, RttgeoError
    from rttgeo.grid import Grid
    from rttgeo.locate.estimate import Estimate
    from rttgeo.mesh import Mesh, Provenance
    from rttgeo.pairs import read_mesh, write_mesh
    from rttgeo.paper import build_paper
    from rttgeo.posterior import Posterior
    from rttgeo.region import Region


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name in _WHERE:
        value = getattr(importlib.import_module(_WHERE[name]), name)
    elif name in _PACKAGES:
        value = importlib.import_module(f"rttgeo.{name}")
    else:
        raise AttributeError(f"module 'rttgeo' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Everything public, for completion."""
    return sorted({*globals(), *__all__, *_PACKAGES})
