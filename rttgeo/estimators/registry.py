"""The methods by name, and which one is the default.

Each entry names a module and an object in it, so that the module of a method is imported only when
that method is used.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import Final, cast

from rttgeo.errors import unknown_name
from rttgeo.estimators.estimate import Estimator

_PLACES: Final = {
    "shortest-ping": "rttgeo.estimators.exclusion:SHORTEST_PING",
    "exclusion": "rttgeo.estimators.exclusion:EXCLUSION",
    "exclusion-vacuum": "rttgeo.estimators.exclusion:EXCLUSION_VACUUM",
    "cbg": "rttgeo.estimators.cbg:CBG",
    "cbg++": "rttgeo.estimators.cbg:CBG_PLUS_PLUS",
    "octant": "rttgeo.estimators.octant:OCTANT",
    "spotter": "rttgeo.estimators.spotter:SPOTTER",
    "wls": "rttgeo.estimators.wls:WLS",
    "geoping": "rttgeo.estimators.geoping:GEOPING",
    "calibrated": "rttgeo.estimators.calibrated.estimator:CALIBRATED",
    "calibrated-no-cities": "rttgeo.estimators.calibrated.estimator:NO_CITIES",
}


TITLES: Final = {
    "shortest-ping": "shortest ping",
    "exclusion": "exclusion (fibre)",
    "exclusion-vacuum": "exclusion (vacuum)",
    "cbg": "CBG",
    "cbg++": "CBG++",
    "octant": "Octant",
    "spotter": "Spotter",
    "wls": "weighted least squares",
    "geoping": "GeoPing",
    "calibrated": "calibrated posterior",
    "calibrated-no-cities": "calibrated posterior, no cities",
}
"""What figures, tables and text of the paper call the methods; `title` looks them up."""
_OWN: Final = "rttgeo.estimators.own"
"""Module that makes methods of what the user names or gives."""


class Methods(Mapping[str, Estimator]):
    """Estimators by name, imported when they are looked up; the order is that of tables."""

    def __getitem__(self, name: str) -> Estimator:
        module, _, variable = _PLACES[name].partition(":")
        return cast("Estimator", getattr(importlib.import_module(module), variable))

    def __iter__(self) -> Iterator[str]:
        return iter(_PLACES)

    def __len__(self) -> int:
        return len(_PLACES)

    def __contains__(self, name: object) -> bool:
        return name in _PLACES

    def __repr__(self) -> str:
        return f"<Methods {', '.join(_PLACES)}>"


METHODS: Final = Methods()
"""Every estimator by its name."""

DEFAULT_METHOD: Final = "calibrated"
"""What `rttgeo.locate` uses when no method is named."""


def title(name: str) -> str:
    """Name a method as figures and text do.

    Parameters
    ----------
    name
        One of `METHODS`, or of a method of one's own, which keeps its name.

    Returns
    -------
    str
        Such as ``shortest ping``.
    """
    return TITLES.get(name, name)


def method(name: str) -> Estimator:
    """Return the estimator with a given name.

    Parameters
    ----------
    name
        One of `METHODS`.

    Returns
    -------
    Estimator
        With its usual settings.

    Raises
    ------
    NotThereError
        When there is no such method; the message suggests a similar name and lists all of them.
    """
    if name not in METHODS:
        raise unknown_name("method", name, METHODS)
    return METHODS[name]


def chosen_estimator(chosen: object) -> Estimator:
    """Return the estimator that a caller chose by name, or gave.

    Parameters
    ----------
    chosen
        Name of a registered method; an import path such as ``my_module:Fastest``, whose code is
        then run; an estimator, which is returned unchanged; or a delay model, which comes as
        `rttgeo.Multilateration` on it.

    Returns
    -------
    Estimator
        The estimator, not yet fitted.

    Raises
    ------
    NotThereError
        When there is no method of this name.
    BadInputError
        When the path cannot be imported, or what is given is neither estimator nor delay model.
    """
    if isinstance(chosen, str) and chosen in METHODS:
        return METHODS[chosen]
    own = importlib.import_module(_OWN)
    found = own.find_method if isinstance(chosen, str) else own.estimator_of
    return cast("Estimator", found(chosen))
