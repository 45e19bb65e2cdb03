"""What round-trip times reveal about where you are.

The names below are the public interface. Each is imported when it is first used, so that
``import rttgeo`` is quick.

>>> import rttgeo
>>> mesh = rttgeo.open_dataset("azure-2026")
>>> len(mesh)
2350
"""

from __future__ import annotations

import importlib as _importlib
import typing as _typing

from rttgeo.machine.compiled import forget_stale as _forget_stale

__version__ = "0.1.0"

_WHERE = {
    "BadInputError": "rttgeo.errors",
    "Bayes": "rttgeo.estimators.bayes",
    "Bound": "rttgeo.delay.statements",
    "BoundKind": "rttgeo.delay.statements",
    "Estimate": "rttgeo.estimators.estimate",
    "Estimates": "rttgeo.estimators.batch",
    "Grid": "rttgeo.cells.grid",
    "Mesh": "rttgeo.mesh",
    "Multilateration": "rttgeo.estimators.multilateration",
    "Model": "rttgeo.estimators.model",
    "NotThereError": "rttgeo.errors",
    "Note": "rttgeo.delay.statements",
    "NoteKind": "rttgeo.delay.statements",
    "Posterior": "rttgeo.cells.posterior",
    "Provenance": "rttgeo.mesh",
    "Region": "rttgeo.cells.region",
    "RttgeoError": "rttgeo.errors",
    "audit": "rttgeo.auditing",
    "build_paper": "rttgeo.paper",
    "evaluate": "rttgeo.evaluation",
    "fit": "rttgeo.estimators.model",
    "load_model": "rttgeo.estimators.model",
    "locate": "rttgeo.estimators.api",
    "locate_many": "rttgeo.estimators.api",
    "open_dataset": "rttgeo.catalogue.datasets",
    "read_mesh": "rttgeo.pairs",
    "read_region": "rttgeo.cells.grid",
    "write_mesh": "rttgeo.pairs",
}
"""Where each public name lives."""
_PACKAGES = ("anycast", "atlas", "figures", "privacy", "simulate", "sphere")
"""Packages and modules that are public under their own names."""

_forget_stale()

__all__ = [
    "BadInputError",
    "Bayes",
    "Bound",
    "BoundKind",
    "Estimate",
    "Estimates",
    "Grid",
    "Mesh",
    "Model",
    "Multilateration",
    "NotThereError",
    "Note",
    "NoteKind",
    "Posterior",
    "Provenance",
    "Region",
    "RttgeoError",
    "audit",
    "build_paper",
    "evaluate",
    "fit",
    "load_model",
    "locate",
    "locate_many",
    "open_dataset",
    "read_mesh",
    "read_region",
    "write_mesh",
]

if _typing.TYPE_CHECKING:
    from rttgeo import anycast as anycast
    from rttgeo import atlas as atlas
    from rttgeo import figures as figures
    from rttgeo import privacy as privacy
    from rttgeo import simulate as simulate
    from rttgeo import sphere as sphere
    from rttgeo.auditing import audit
    from rttgeo.catalogue.datasets import open_dataset
    from rttgeo.cells.grid import Grid, read_region
    from rttgeo.cells.posterior import Posterior
    from rttgeo.cells.region import Region
    from rttgeo.delay.statements import Bound, BoundKind, Note, NoteKind
    from rttgeo.errors import BadInputError, NotThereError, RttgeoError
    from rttgeo.estimators.api import locate, locate_many
    from rttgeo.estimators.batch import Estimates
    from rttgeo.estimators.bayes import Bayes
    from rttgeo.estimators.estimate import Estimate
    from rttgeo.estimators.model import Model, fit, load_model
    from rttgeo.estimators.multilateration import Multilateration
    from rttgeo.evaluation import evaluate
    from rttgeo.mesh import Mesh, Provenance
    from rttgeo.pairs import read_mesh, write_mesh
    from rttgeo.paper import build_paper
else:
    # Hidden from type checkers, which would take a mistyped name for one that is made here.

    def __getattr__(name: str) -> object:
        """Import a public name when it is first asked for."""
        if name in _WHERE:
            value = getattr(_importlib.import_module(_WHERE[name]), name)
        elif name in _PACKAGES:
            value = _importlib.import_module(f"rttgeo.{name}")
        else:
            raise AttributeError(f"module 'rttgeo' has no attribute {name!r}")
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    """Names for completion: the public ones only."""
    return sorted([*__all__, *_PACKAGES, "__version__"])
