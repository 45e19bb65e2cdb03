"""A folder of downloaded files: each whole and checked, or not there; and a manifest of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

import orjson

from rttgeo.errors import BadInputError
from rttgeo.machine.files import NewFile, file_sha256, is_left_over, write_atomically

MANIFEST = "manifest.json"
_JSON = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE


class Store:
    """Files below one folder, and what is known of each.

    A file counts only once it is in the manifest, with its size and hash. The manifest holds
    nothing of how it was come by (no times, no attempts): the same data give the same bytes.

    Parameters
    ----------
    folder
        Where the files are; it need not be there yet.

    Raises
    ------
    BadInputError
        When its manifest is damaged, or names files outside of it.
    """

    def __init__(self, folder: str | os.PathLike[str]):
        self.folder = Path(folder)
        self.entries: dict[str, dict[str, Any]] = {}
        path = self.folder / MANIFEST
        if path.exists():
            try:
                self.entries = dict(orjson.loads(path.read_bytes())["files"])
                _check_entries(self.entries)
            except (ValueError, KeyError, TypeError, OSError) as error:
                raise BadInputError(f"{path} is not a manifest of rttgeo: {error}") from error

    def path(self, name: str) -> Path:
        """Where a file is, or would be.

        Parameters
        ----------
        name
            Path of the file below the folder, with slashes.

        Returns
        -------
        Path
            The folder and the name; the file need not be there.
        """
        return self.folder / name

    def has(self, *names: str) -> bool:
        """Whether files are there, whole.

        Parameters
        ----------
        *names
            Paths below the folder, with slashes.

        Returns
        -------
        bool
            True where all of them are in the manifest.
        """
        return all(name in self.entries for name in names)

    def facts(self, name: str) -> dict[str, Any]:
        """Return what was said of a file when it was kept.

        Parameters
        ----------
        name
            Path of the file below the folder, with slashes.

        Returns
        -------
        dict
            A copy; empty where nothing was said.

        Raises
        ------
        KeyError
            When the file is not in the manifest.
        """
        return dict(self.entries[name].get("facts", {}))

    def read(self, name: str) -> Any:
        """Read a JSON file of the store.

        Parameters
        ----------
        name
            Path of the file below the folder, with slashes.

        Returns
        -------
        object
            What the file holds.

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
        """Forget files that are gone or changed; remove what a killed run left half-written.

        Nothing else is removed: what somebody put into the folder, or changed, stays. A file that
        is no longer good is replaced when it has been downloaded again.

        Returns
        -------
        list of str
            Names of files that were in the manifest and are no longer good.
        """
        bad = [
            name
            for name, entry in self.entries.items()
            if not _is_file(self.path(name))
            or self.path(name).stat().st_size != entry["bytes"]
            or file_sha256(self.path(name)) != entry["sha256"]
        ]
        for name in bad:
            del self.entries[name]
        if bad:
            self.save()
        for path in sorted(self.folder.rglob("*")):
            if is_left_over(path):
                path.unlink()
        return bad

    def keep(self, parts: Iterable[NewFile], facts: dict[str, dict[str, Any]]) -> None:
        """Give finished parts their names and enter them, all or none, in the manifest.

        Parameters
        ----------
        parts
            Files on their way, from `Store.parts`.
        facts
            What is to be remembered of each, by its name.

        Raises
        ------
        BadInputError
            When the manifest cannot be written.
        """
        for part in parts:
            part.finish()
            name = part.path.relative_to(self.folder).as_posix()
            size, sha256 = part.part.stat().st_size, file_sha256(part.part)
            part.keep()
            self.entries[name] = {"bytes": size, "sha256": sha256, "facts": facts.get(name, {})}
        self.save()

    def write_json(self, name: str, value: object, facts: dict[str, Any] | None = None) -> None:
        """Keep a JSON file.

        Parameters
        ----------
        name
            Path of the file below the folder, with slashes.
        value
            What `orjson` can write.
        facts
            What is to be remembered of it.

        Raises
        ------
        BadInputError
            When it cannot be written, for example because the disk is full.
        """
        with self.parts(name) as parts:
            parts[0].file.write(orjson.dumps(value, option=_JSON))
            self.keep(parts, {name: facts or {}})

    def save(self) -> None:
        """Write the manifest atomically.

        Raises
        ------
        BadInputError
            When it cannot be written.
        """
        content = {"format": 1, "files": self.entries}
        with saying_where(self.path(MANIFEST)):
            write_atomically(self.path(MANIFEST), orjson.dumps(content, option=_JSON))

    @contextmanager
    def parts(self, *names: str) -> Iterator[tuple[NewFile, ...]]:
        """Files on their way for some names; they are gone afterwards unless kept.

        Parameters
        ----------
        *names
            Paths below the folder, with slashes; at least one.

        Yields
        ------
        tuple of NewFile
            One open file a name, to be written and then given to `Store.keep`.

        Raises
        ------
        BadInputError
            When they cannot be written.
        """
        with ExitStack() as stack, saying_where(self.path(names[0])):
            parts = []
            for name in names:
                parts.append(NewFile(self.path(name)))
                stack.callback(parts[-1].drop)
            yield tuple(parts)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # A name longer than any file's can be.
        return False


def _check_entries(entries: dict[str, Any]) -> None:
    """See that a manifest names files of its own folder, with size and hash."""
    for name, entry in entries.items():
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\0" in name or not path.parts:
            raise ValueError(f"{name[:60]!r} is not a file of this folder")
        known = isinstance(entry, dict) and isinstance(entry.get("facts", {}), dict)
        if not (known and isinstance(entry.get("bytes"), int) and "sha256" in entry):
            raise ValueError(f"{name[:60]!r} is listed without its size and hash")


@contextmanager
def saying_where(path: Path) -> Iterator[None]:
    """Turn a failure to write into one clear line.

    Parameters
    ----------
    path
        What is being written.

    Yields
    ------
    None
        To the block that writes.

    Raises
    ------
    BadInputError
        In place of any `OSError`: what could not be written, and why.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise BadInputError(
            f"cannot write {path}: {reason}; what is complete is kept, and the next run continues"
        ) from error
