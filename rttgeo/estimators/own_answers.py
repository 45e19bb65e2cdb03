"""What methods of the user's own return, checked: one line says what was expected instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn, cast

import numpy as np

from rttgeo.cells.grid import Grid
from rttgeo.delay.statements import Bound, Note
from rttgeo.errors import BadInputError
from rttgeo.estimators.estimate import Estimate, Estimator, Fitted
from rttgeo.estimators.own_code import running
from rttgeo.mesh import Mesh, TargetPairs
from rttgeo.typing import FloatArray


def check_offers(fitted: object, method: str, name: str) -> None:
    """Refuse what a user's model was fitted to when it is not what the protocol asks for.

    Parameters
    ----------
    fitted
        What the model's ``fit`` returned.
    method
        ``bounds_km`` or ``log_density``.
    name
        The model's, for the message.

    Raises
    ------
    BadInputError
        When something is missing, or the bound is not a `rttgeo.delay.statements.Bound`.
    """
    missing = [one for one in (method, "notes", "bound") if not hasattr(fitted, one)]
    if missing:
        raise BadInputError(
            f"delay model {name!r}: its fit returned {_described(fitted)} without "
            f"{', '.join(missing)} (see rttgeo/delay/protocol.py)"
        )
    bound = getattr(fitted, "bound")  # noqa: B009 - looked for just now
    if not isinstance(bound, Bound):
        raise BadInputError(
            f"delay model {name!r}: its bound is a {type(bound).__name__}, expected a "
            "rttgeo.delay.statements.Bound"
        )


def checked_bounds(found: object, name: str, n: int) -> tuple[FloatArray, FloatArray]:
    """Return what ``bounds_km`` returned as two arrays.

    Parameters
    ----------
    found
        What it returned.
    name
        The model's, for the message.
    n
        Number of round-trip times that it was asked about.

    Returns
    -------
    tuple of numpy.ndarray
        Inner and outer radius, km, each of shape (n,).

    Raises
    ------
    BadInputError
        When they are not two arrays of that shape, or an inner radius is above its outer one or
        one of the two is not a number.
    """
    expected = (
        f"the inner and the outer radius, km, each of shape ({n},), one value per round-trip time"
    )
    try:
        inner, outer = (np.asarray(one, dtype=float) for one in _two(found))
    except (TypeError, ValueError):
        _refuse(name, "bounds_km", _described(found), expected)
    if not inner.shape == outer.shape == (n,):
        _refuse(name, "bounds_km", f"shapes {inner.shape} and {outer.shape}", expected)
    if not (inner <= outer).all():
        row = int(np.flatnonzero(~(inner <= outer))[0])
        said = f"an inner radius of {inner[row]:g} km and an outer one of {outer[row]:g} km"
        _refuse(name, "bounds_km", said, "the inner bound not above the outer one")
    return inner, outer


def checked_array(
    found: object, shape: tuple[int, ...], name: str, method: str, unit: str
) -> FloatArray:
    """Return what a method of a model returned as an array of the right shape, without NaN.

    Parameters
    ----------
    found
        What it returned.
    shape
        The shape expected.
    name, method
        Of the model and of its method, for the message.
    unit
        What the values are, for the message.

    Returns
    -------
    numpy.ndarray
        The values, of that shape.

    Raises
    ------
    BadInputError
        When the shape is another, or a value is no number.
    """
    expected = f"{unit} of shape {shape}, none of them NaN"
    try:
        values = np.asarray(found, dtype=float)
    except (TypeError, ValueError):
        _refuse(name, method, _described(found), expected)
    if values.shape != shape:
        _refuse(name, method, _described(found), expected)
    if np.isnan(values).any():
        _refuse(name, method, "NaN", expected)
    return values


def checked_notes(found: object, name: str) -> tuple[Note, ...]:
    """Return what ``notes`` returned as a tuple.

    Parameters
    ----------
    found
        What it returned.
    name
        The model's, for the message.

    Returns
    -------
    tuple of Note
        The notes.

    Raises
    ------
    BadInputError
        When it is anything but a tuple or list of notes.
    """
    if not isinstance(found, tuple | list) or not all(isinstance(one, Note) for one in found):
        _refuse(name, "notes", _described(found), "a tuple of rttgeo.Note, () for none")
    return tuple(found)


def check_fitted(fitted: object, name: str) -> None:
    """Refuse what an estimator of the user's own was fitted to when it cannot locate.

    Parameters
    ----------
    fitted
        What its ``fit`` returned.
    name
        The estimator's, for the message.

    Raises
    ------
    BadInputError
        When there is no ``locate``.
    """
    if not callable(getattr(fitted, "locate", None)):
        expected = "an object with locate(pairs, target)"
        _refuse(name, "fit", _described(fitted), expected, what="method")


def check_estimate(found: object, name: str) -> None:
    """Refuse what an estimator returned when it is not an estimate.

    Parameters
    ----------
    found
        What its ``locate`` returned.
    name
        The estimator's, for the message.

    Raises
    ------
    BadInputError
        When it is anything but a `rttgeo.Estimate`.
    """
    if not isinstance(found, Estimate):
        _refuse(name, "locate", _described(found), "a rttgeo.Estimate", what="method")


def fitted_to(estimator: Estimator, mesh: Mesh, grid: Grid) -> Fitted:
    """Fit an estimator, and see that what it returns can locate.

    Parameters
    ----------
    estimator
        The estimator.
    mesh
        The training pairs.
    grid
        The grid to work on.

    Returns
    -------
    Fitted
        The fitted estimator.

    Raises
    ------
    OwnCodeError
        When another author's estimator fails.
    BadInputError
        When what it returns has no ``locate``.
    """
    with running(estimator, f"method {estimator.name!r}", "fit", mesh):
        fitted = estimator.fit(mesh, grid)
    check_fitted(fitted, estimator.name)
    return fitted


def located_by(fitted: Fitted, name: str, pairs: TargetPairs, target: str) -> Estimate:
    """Locate a target with a fitted estimator, and see that the answer is an estimate.

    Parameters
    ----------
    fitted
        The fitted estimator.
    name
        The estimator's, for messages.
    pairs
        The target's round-trip times.
    target
        Id of the target.

    Returns
    -------
    Estimate
        What it returned.

    Raises
    ------
    OwnCodeError
        When another author's estimator fails.
    BadInputError
        When it returns anything but an estimate.
    """
    with running(fitted, f"method {name!r}", "locate", pairs.rtt_ms):
        estimate = fitted.locate(pairs, target)
    check_estimate(estimate, name)
    return estimate


def _two(found: object) -> Sequence[object]:
    """Inner and outer radii, whatever they are."""
    rows = isinstance(found, np.ndarray) and found.ndim == 2
    if not (rows or isinstance(found, tuple | list)) or len(cast("Sequence[object]", found)) != 2:
        raise TypeError
    return cast("Sequence[object]", found)


def _refuse(
    name: str, method: str, said: str, expected: str, *, what: str = "delay model"
) -> NoReturn:
    raise BadInputError(f"{what} {name!r}: its {method} returned {said}; expected {expected}")


def _described(found: object) -> str:
    """What was returned, in a few words."""
    if found is None:
        return "None"
    if isinstance(found, np.ndarray):
        return f"one array of shape {found.shape}"
    if isinstance(found, tuple | list):
        return f"a {type(found).__name__} of {len(found)}"
    kind = type(found).__name__
    return f"{'an' if kind[0].lower() in 'aeiou' else 'a'} {kind}"
