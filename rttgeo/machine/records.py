"""Frozen dataclasses, named tuples and arrays as a zip of JSON and ``.npy`` files, and back.

Nothing is unpickled: a file can only name classes of rttgeo that hold data, and fill their
fields. Floats come back to the bit.

The archive holds ``record.json``, and ``arrays/0.npy``, ``arrays/1.npy``, … that it refers to. In
the JSON a value is itself, or an object with one key: ``{"array": 0}``, ``{"text array": [...]}``,
``{"tuple": [...]}``, ``{"float": "inf"}``, or ``{"module:Class": {field: value, ...}}``
(``{"module:Enum": value}`` of an enumeration).
"""

from __future__ import annotations

import dataclasses
import enum
import importlib
import inspect
import io
import json
import math
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from rttgeo.errors import BadInputError, NotThereError
from rttgeo.machine.files import write_atomically

RECORD = "record.json"
WHEN = (1980, 1, 1, 0, 0, 0)
"""The oldest time that a zip can state: the same record makes the same bytes at any time."""
ROOMS = (
    "rttgeo.cells.",
    "rttgeo.delay.",
    "rttgeo.estimators.",
    "rttgeo.mesh:",
    "rttgeo.provenance:",
)
"""Where the classes stand that a file may name: none of them does anything when it is made."""
NUMBERS = "biuf"
"""Kinds of arrays that are kept: truth values, whole numbers and floats."""


def write_record(path: str | Path, value: object, mode: int = 0o666) -> Path:
    """Write a value as one archive, atomically.

    Parameters
    ----------
    path
        Where to.
    value
        Made of dataclasses and named tuples of rttgeo, tuples, dicts with text as keys, arrays of
        numbers or text, numbers, text and None.
    mode
        Permissions of a new file, of which the umask takes away.

    Returns
    -------
    pathlib.Path
        The path.

    Raises
    ------
    BadInputError
        When something in it cannot be kept; says what.
    """
    arrays: list[np.ndarray] = []
    text = json.dumps(_packed(value, arrays), ensure_ascii=False, allow_nan=False)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_entry(RECORD), text)
        for number, array in enumerate(arrays):
            part = io.BytesIO()
            np.lib.format.write_array(part, array, allow_pickle=False)
            archive.writestr(_entry(f"arrays/{number}.npy"), part.getvalue())
    return write_atomically(path, buffer.getvalue(), mode)


def read_record(path: str | Path) -> Any:
    """Read what `write_record` wrote.

    Parameters
    ----------
    path
        The archive.

    Returns
    -------
    object
        The same value.

    Raises
    ------
    NotThereError
        When there is no such file.
    BadInputError
        When it is no such archive, is damaged, or names something that rttgeo does not have.
    """
    if not Path(path).is_file():
        raise NotThereError(f"no file {path}")
    try:
        with zipfile.ZipFile(path) as archive:
            if any(entry.compress_type != zipfile.ZIP_DEFLATED for entry in archive.infolist()):
                raise BadInputError("not packed as rttgeo packs")
            record = json.loads(archive.read(RECORD))
            return _unpacked(record, _arrays(archive))
    except BadInputError as error:
        raise BadInputError(f"{path}: {error}") from None
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError) as error:
        raise BadInputError(f"{path}: damaged, or not an rttgeo archive ({error})") from None
    except (LookupError, ValueError, TypeError, AttributeError, RuntimeError) as error:
        raise BadInputError(f"{path}: not what rttgeo writes ({error})") from None


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, WHEN)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _arrays(archive: zipfile.ZipFile) -> list[np.ndarray]:
    count = sum(name.startswith("arrays/") for name in archive.namelist())
    return [
        np.lib.format.read_array(
            io.BytesIO(archive.read(f"arrays/{number}.npy")), allow_pickle=False
        )
        for number in range(count)
    ]


def _packed(value: object, arrays: list[np.ndarray]) -> object:
    """Return the JSON of a value; its arrays are added to the list."""
    if isinstance(value, enum.Enum):
        return {_name(value): value.value}
    if isinstance(value, (np.bool_, np.integer, np.floating)):
        return _packed(value.item(), arrays)
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, np.ndarray):
        return _packed_array(value, arrays)
    fields = fields_of(value)
    if fields is not None:
        return {_name(value): {name: _packed(one, arrays) for name, one in fields.items()}}
    if isinstance(value, dict):
        return {"dict": {str(name): _packed(one, arrays) for name, one in value.items()}}
    if isinstance(value, (tuple, list)):
        return {type(value).__name__: [_packed(one, arrays) for one in value]}
    raise BadInputError(f"{type(value).__module__}.{type(value).__qualname__} cannot be saved")


def _packed_array(value: np.ndarray, arrays: list[np.ndarray]) -> dict[str, object]:
    if value.dtype.kind in NUMBERS:
        arrays.append(value)
        return {"array": len(arrays) - 1}
    texts = value.tolist()
    if value.ndim != 1 or not all(isinstance(one, str) for one in texts):
        raise BadInputError(f"an array of {value.dtype} cannot be saved: it holds more than text")
    return {"text array": texts}


def fields_of(value: object) -> dict[str, object] | None:
    """List the fields of a dataclass or a named tuple from which it can be made.

    A dataclass with a constructor of its own is made from what that takes.

    Parameters
    ----------
    value
        Any object.

    Returns
    -------
    dict or None
        Values by name; None of anything else.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        taken = inspect.signature(type(value)).parameters
        names = [field.name for field in dataclasses.fields(value) if field.name in taken]
        return {name: getattr(value, name) for name in names}
    if not hasattr(value, "_fields"):
        return None
    return {name: getattr(value, name) for name in value._fields}


def _name(value: object) -> str:
    """How a class is named in a file, checked as it will be when it is read."""
    kind = type(value)
    name = f"{kind.__module__}:{kind.__qualname__}"
    if _class(name) is not kind:
        raise BadInputError(f"{name} cannot be saved: its name does not lead back to it")
    return name


def _class(name: str) -> type:
    """The class that a file names; only one of rttgeo that holds data."""
    module, _, inner = name.partition(":")
    if not f"{module}:".startswith(ROOMS) or not inner.isidentifier():
        raise BadInputError(f"{name.replace(':', '.')} is not an rttgeo class that can be saved")
    try:
        found = getattr(importlib.import_module(module), inner)
    except (ImportError, AttributeError):
        raise BadInputError(f"this rttgeo has no {name.replace(':', '.')}") from None
    holds_data = isinstance(found, type) and (
        dataclasses.is_dataclass(found)
        or issubclass(found, enum.Enum)
        or (issubclass(found, tuple) and hasattr(found, "_fields"))
    )
    if not holds_data:
        raise BadInputError(f"{name.replace(':', '.')} is not a class that can be saved")
    kind: type = found
    return kind


def _unpacked(value: Any, arrays: list[np.ndarray]) -> Any:
    """Make the value of its JSON."""
    if not isinstance(value, dict):
        return value
    ((name, inner),) = value.items()
    if name == "array":
        return arrays[inner]
    if name == "text array":
        return np.array(inner, dtype=object)
    if name == "float":
        return float(inner)
    if name in ("tuple", "list"):
        parts = [_unpacked(one, arrays) for one in inner]
        return tuple(parts) if name == "tuple" else parts
    if name == "dict":
        return {key: _unpacked(one, arrays) for key, one in inner.items()}
    kind = _class(name)
    if issubclass(kind, enum.Enum):
        return kind(inner)
    return kind(**{key: _unpacked(one, arrays) for key, one in inner.items()})
