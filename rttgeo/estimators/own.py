"""A method by its name, or a user's own method by its import path."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from rttgeo.errors import BadInputError, NotThereError, RttgeoError
from rttgeo.estimators.estimate import Estimator
from rttgeo.estimators.multilateration import Multilateration
from rttgeo.estimators.registry import METHODS, method
from rttgeo.machine.counting import number_of


def find_method(name: str) -> Estimator:
    """Find an estimator by name, or import it from ``module:Name``.

    Parameters
    ----------
    name
        One of `rttgeo.estimators.METHODS`, or an import path such as ``my_module:Fastest`` to an
        estimator or a delay model, or to a class of one that needs no arguments. The current
        directory is searched first. This runs the module's code: do not name a module that you do
        not trust.

    Returns
    -------
    Estimator
        The estimator; a delay model is wrapped in `rttgeo.Multilateration`.

    Raises
    ------
    NotThereError
        When there is no such method.
    BadInputError
        When the path cannot be imported, or is neither an estimator nor a delay model.
    """
    if ":" in name:
        return own_method(name)
    try:
        return method(name)
    except NotThereError as error:
        raise NotThereError(f"{error}; {_own_hint(name)}") from None


def estimator_of(found: object) -> Estimator:
    """The estimator that an object given in Python is, or makes.

    Parameters
    ----------
    found
        An estimator, or a delay model, or a class of one that needs no arguments.

    Returns
    -------
    Estimator
        A delay model comes as `rttgeo.Multilateration` on it; an estimator is returned unchanged.

    Raises
    ------
    BadInputError
        When it is none of these.
    """
    said = found.__name__ if isinstance(found, type) else type(found).__name__
    made = _made(said, found)
    if _takes_grid(said, made):
        return cast("Estimator", made)
    return Multilateration(cast("Any", made))


def own_method(path: str) -> Estimator:
    """The user's own method at ``module:Name``; see `find_method`.

    Parameters
    ----------
    path
        An import path such as ``my_module:Fastest``.

    Returns
    -------
    Estimator
        The estimator; a delay model is wrapped in `rttgeo.Multilateration`.
    """
    module, _, variable = path.partition(":")
    if not (module and variable):
        raise BadInputError(f"method {path!r}: expected module:Name, such as my_module:Fastest")
    found: Any = _imported(path, module)
    for part in variable.split("."):
        if not hasattr(found, part):
            raise BadInputError(f"method {path!r}: {module} has no {variable}")
        found = getattr(found, part)
    return _as_estimator(path, _made(path, found))


def _imported(path: str, module: str) -> object:
    with _current_directory_first():
        try:
            return importlib.import_module(module)
        except (
            Exception,
            SystemExit,
        ) as error:  # whatever the user's code raises is the user's to read
            if Path(f"{module.removesuffix('.py')}.py").is_file() and module.endswith(".py"):
                again = f"{module.removesuffix('.py')}:{path.partition(':')[2]}"
                raise BadInputError(f"method {path!r}: leave out .py: {again}") from error
            said = f"{type(error).__name__}: {error}"
            raise BadInputError(f"method {path!r}: {module} cannot be imported: {said}") from error


@contextmanager
def _current_directory_first() -> Iterator[None]:
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        yield
    finally:
        sys.path.remove(here)


def _made(path: str, found: object) -> object:
    """An instance, where a class was named."""
    if not isinstance(found, type):
        return found
    try:
        return found()
    except TypeError as error:
        raise BadInputError(
            f"method {path!r} needs arguments ({error}); name an instance of it instead"
        ) from error
    except RttgeoError:
        raise
    except Exception as error:  # as where a module is imported
        said = f"{type(error).__name__}: {error}"
        raise BadInputError(f"method {path!r} cannot be made: {said}") from error


def _as_estimator(path: str, found: object) -> Estimator:
    """An estimator as it is, and a delay model within one, under a name of its own."""
    takes_grid, name = _takes_grid(path, found), cast("Any", found).name
    # A name that is taken already would be shown as if it were that method.
    name = path if name in METHODS else name
    if not takes_grid:
        return Multilateration(cast("Any", found), name=name)
    if name != path:
        return cast("Estimator", found)
    return _renamed(path, found)


def _takes_grid(said: str, found: object) -> bool:
    """Whether this is an estimator, whose ``fit`` takes a grid, and not a delay model."""
    fit, name = getattr(found, "fit", None), getattr(found, "name", None)
    if not (callable(fit) and isinstance(name, str) and name):
        raise BadInputError(
            f"method {said!r} is neither an estimator nor a delay model: it needs a name and "
            "fit(mesh, grid) or fit(mesh)"
        )
    takes = _n_arguments(fit)
    if takes not in (1, 2):
        raise BadInputError(
            f"method {said!r}: its fit takes {number_of(takes, 'argument')}, not mesh (and grid)"
        )
    return takes == 2


def _own_hint(name: str) -> str:
    """How to name a method of one's own, with what a file of that name here holds."""
    module = name.removesuffix(".py")
    there = Path(f"{module}.py")
    found = next(iter(_classes_that_fit(there)), "Name") if module.isidentifier() else None
    if found is None or not there.is_file():
        return "one of your own is called module:Name, such as my_module:Fastest"
    return f"a method in {there} is called {module}:{found}"


def _classes_that_fit(path: Path) -> list[str]:
    """Names of the classes in a source that have a ``fit``; the code is read, not run."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError):
        return []
    return [
        one.name
        for one in tree.body
        if isinstance(one, ast.ClassDef)
        and any(isinstance(inner, ast.FunctionDef) and inner.name == "fit" for inner in one.body)
    ]


def _renamed(path: str, found: object) -> Estimator:
    if dataclasses.is_dataclass(found) and not isinstance(found, type):
        return cast("Estimator", dataclasses.replace(found, name=path))
    raise BadInputError(f"method {path!r}: its name is that of a method of rttgeo; give it another")


def _n_arguments(fit: Any) -> int:
    """How many arguments must be given."""
    needed = inspect.Parameter.empty
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(fit).parameters.values()
    return sum(one.kind in kinds and one.default is needed for one in parameters)
