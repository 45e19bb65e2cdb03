"""A folder of downloaded files: each whole and checked, or not there; and a manifest of them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import orjson

from rttgeo.errors import BadInputError

MANIFEST = "manifest.json"
PART = ".part"
_JSON = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE


class Store:
    """Files below one folder, and what is known of each.

    A file counts only once it is in the manifest, with its size and hash. The manifest holds
    nothing of how it was come by (no times, no attempts): the same data give the same bytes.
    """

    def __init__(self, folder: str | os.PathLike[str]):
        self.folder = Path(folder)
        self.entries: dict[str, dict[str, Any]] = {}
        path = self.folder / MANIFEST
        if path.exists():
            try:
                self.entries = dict(orjson.loads(path.read_bytes())["files"])
            except (ValueError, KeyError, TypeError, OSError) as error:
                raise BadInputError(f"{path} is not a manifest of rttgeo: {error}") from error

    def path(self, name: str) -> Path:
        """Where a file is, or would be."""
        return self.folder / name

    def has(self, *names: str) -> bool:
        """Whether files are there, whole."""
        return all(name in self.entries for name in names)

    def facts(self, name: str) -> dict[str, Any]:
        """Return what was said of a file when it was kept."""
        return dict(self.entries[name].get("facts", {}))

    def read(self, name: str) -> Any:
        """Read a JSON file of the store.

        Raises
        ------
        BadInputError
            When it is not there or not JSON.
        """
        try:
            return orjson.loads(self.path(name).read_bytes())
        except (OSError, ValueError) as error:
            raise BadInputError(f"cannot read {self.path(name)}: {error}") from error

    def sweep(self) -> list[str]:
        """Forget files that are gone or changed, remove what belongs to no entry.

        Returns
        -------
        list of str
            Names of files that were in the manifest and are no longer good.
        """
        bad = [
            name
            for name, entry in self.entries.items()
            if not self.path(name).is_file()
            or self.path(name).stat().st_size != entry["bytes"]
            or digest(self.path(name)) != entry["sha256"]
        ]
        for name in bad:
            del self.entries[name]
        if bad:
            self.save()
        for path in sorted(self.folder.rglob("*")):
            name = path.relative_to(self.folder).as_posix()
            known = name in self.entries or name in (MANIFEST, ".lock")
            if path.is_file() and not known:
                path.unlink()
        return bad

    def keep(self, facts: dict[str, dict[str, Any]]) -> None:
        """Move finished parts to their names and enter them, all or none, in the manifest."""
        for name in facts:
            part = self.path(name + PART)
            with part.open("rb") as file:
                os.fsync(file.fileno())
            entry = {"bytes": part.stat().st_size, "sha256": digest(part), "facts": facts[name]}
            os.replace(part, self.path(name))
            self.entries[name] = entry
        self.save()

    def write_json(self, name: str, value: object, facts: dict[str, Any] | None = None) -> None:
        """Keep a JSON file."""
        with self.parts(name) as (part,):
            part.write_bytes(orjson.dumps(value, option=_JSON))
            self.keep({name: facts or {}})

    def save(self) -> None:
        """Write the manifest in one move."""
        content = {"format": 1, "files": self.entries}
        part = self.path(MANIFEST + PART)
        with saying_where(part):
            with part.open("wb") as file:
                file.write(orjson.dumps(content, option=_JSON))
                file.flush()
                # Else, after a loss of power, an empty file may bear the name.
                os.fsync(file.fileno())
            os.replace(part, self.path(MANIFEST))

    @contextmanager
    def parts(self, *names: str) -> Iterator[tuple[Path, ...]]:
        """Temporary files for some names; they are gone afterwards unless kept."""
        parts = tuple(self.path(name + PART) for name in names)
        try:
            with saying_where(parts[0]):
                for part in parts:
                    part.parent.mkdir(parents=True, exist_ok=True)
                yield parts
        finally:
            for part in parts:
                # A disk or folder that has gone away must not hide the first error.
                with suppress(OSError):
                    part.unlink(missing_ok=True)


@contextmanager
def saying_where(path: Path) -> Iterator[None]:
    """Turn a failure to write into one clear line."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise BadInputError(
            f"cannot write {path}: {reason}; what is complete is kept, the next run continues"
        ) from error


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
