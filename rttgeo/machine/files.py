"""The one way in which rttgeo writes files: a reader sees the old content or the new, never half.

A file is written in its final folder, under a random name, where no one can have placed a
symbolic link, and takes its own name atomically once all of it is on the disk. What fails is
gone. Permissions are those that the user's umask gives to any new file, or fewer where asked.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

PART_PREFIX, PART_SUFFIX = ".rttgeo-", ".part"
"""What a file is called while it grows, with a random number in between."""
_PART = re.compile(re.escape(PART_PREFIX) + "[0-9a-f]{16}" + re.escape(PART_SUFFIX))


class NewFile:
    """A file on its way: written under a random name until `keep` gives it its own.

    Parameters
    ----------
    path
        Where it will stand. Its folder is made.
    mode
        Permissions, of which the umask takes away.

    Attributes
    ----------
    path
        As given.
    part
        Where it grows.
    file
        To write to: binary, open until `finish`.

    Raises
    ------
    OSError
        When the folder cannot be written to; the error names the path that was given.
    """

    def __init__(self, path: str | Path, mode: int = 0o666) -> None:
        self.path = Path(path)
        self.part = self.path.with_name(f"{PART_PREFIX}{secrets.token_hex(8)}{PART_SUFFIX}")
        with naming(self.path):
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            except FileExistsError:
                reason = f"{self.path.parent} is not a folder"
                raise NotADirectoryError(errno.ENOTDIR, reason) from None
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            self.file: BinaryIO = os.fdopen(os.open(self.part, flags, mode), "wb")

    def finish(self) -> None:
        """Bring all of it to the disk, and close it; it still has no name of its own."""
        if not self.file.closed:
            with naming(self.path):
                self.file.flush()
                # Else, after a loss of power, an empty file may bear the name.
                os.fsync(self.file.fileno())
                self.file.close()

    def keep(self) -> Path:
        """Give the file its name, atomically, replacing any file of that name.

        Returns
        -------
        Path
            Where the file now is.

        Raises
        ------
        OSError
            When it cannot be written; the error names that path.
        """
        self.finish()
        with naming(self.path):
            os.replace(self.part, self.path)
        return self.path

    def drop(self) -> None:
        """Remove what was not kept; after `keep`, do nothing."""
        with suppress(OSError, ValueError):
            self.file.close()
        # A disk or folder that has gone away must not hide the first error.
        with suppress(OSError):
            self.part.unlink(missing_ok=True)


@contextmanager
def writing(path: str | Path, mode: int = 0o666) -> Iterator[BinaryIO]:
    """Write a file as a stream: it is there, whole, after the block, or nothing changed.

    What exists and is not a file (``/dev/stdout``, a named pipe) is written through.

    Parameters
    ----------
    path
        The file.
    mode
        Permissions of a new file, of which the umask takes away.

    Yields
    ------
    BinaryIO
        To be written to.

    Raises
    ------
    OSError
        When it cannot be written; the error names the path that was given.
    """
    path = Path(path)
    if path.exists() and not (path.is_file() or path.is_dir()):
        with naming(path), path.open("wb") as file:
            yield file
        return
    with writing_together(path, mode=mode) as (file,):
        yield file


@contextmanager
def writing_together(*paths: str | Path, mode: int = 0o666) -> Iterator[tuple[BinaryIO, ...]]:
    """Write files that belong together; all take their names after the block, or none does.

    The others describe the first: they are removed before it is replaced, so that a reader in
    between finds no description of it rather than the description of an older one.
    Two writers in one folder take turns at this.

    Parameters
    ----------
    *paths
        The files, the first of which the others describe.
    mode
        Their permissions, of which the umask takes away.

    Yields
    ------
    tuple of BinaryIO
        One per path, to be written to.

    Raises
    ------
    OSError
        As `writing`.
    """
    new: list[NewFile] = []
    try:
        for path in paths:
            new.append(NewFile(path, mode))
        with naming(new[0].path):
            yield tuple(one.file for one in new)
        for one in new:
            one.finish()
        with turn(new[0].path.parent):
            for one in new[1:]:
                with naming(one.path):
                    one.path.unlink(missing_ok=True)
            for one in new:
                one.keep()
    finally:
        for one in new:
            one.drop()


@contextmanager
def turn(folder: Path) -> Iterator[None]:
    """Hold a folder's lock, where its disk supports it: nothing is left behind, even by a kill.

    Parameters
    ----------
    folder
        The folder.

    Yields
    ------
    None
        To a block that no other process runs meanwhile.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Put the path that the user knows into an error that names none, or a file on its way.

    Parameters
    ----------
    path
        As the user knows it.

    Yields
    ------
    None
        To the block that writes.

    Raises
    ------
    OSError
        The same, with that path.
    """
    try:
        yield
    except OSError as error:
        if error.filename is not None and PART_PREFIX not in str(error.filename):
            raise
        reason = error.strerror or str(error) or type(error).__name__
        raise OSError(error.errno or errno.EIO, reason, str(path)) from error


def write_atomically(path: str | Path, content: str | bytes, mode: int = 0o666) -> Path:
    """Write a whole file: text in UTF-8, or bytes. Makes the folder it stands in.

    Parameters
    ----------
    path
        The file.
    content
        Text or bytes.
    mode
        Permissions of a new file, of which the umask takes away.

    Returns
    -------
    Path
        The same path.

    Raises
    ------
    OSError
        As `writing`.
    """
    with writing(path, mode) as file:
        file.write(content.encode("utf-8") if isinstance(content, str) else content)
    return Path(path)


def write_json(path: str | Path, value: object) -> Path:
    """Write JSON that is the same in any two runs: sorted only where the caller sorted, no NaN.

    Parameters
    ----------
    path
        The file.
    value
        What JSON can hold, without NaN.

    Returns
    -------
    Path
        The same path.

    Raises
    ------
    OSError
        As `writing`.
    ValueError
        When there is a NaN or an infinity in it.
    """
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    return write_atomically(path, text + "\n")


def move(made: Path, path: Path) -> Path:
    """Give a finished file of another program its name, atomically within one disk.

    Parameters
    ----------
    made
        The finished file.
    path
        Its name from now on; an existing file is replaced.

    Returns
    -------
    Path
        The new path.

    Raises
    ------
    OSError
        When it cannot be moved; the error names ``path``.
    """
    with naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        os.replace(made, path)
    return path


def is_left_over(path: Path) -> bool:
    """Whether a file is one of ours that a killed run left half-written.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    bool
        True by its name, for a plain file.
    """
    return bool(_PART.fullmatch(path.name)) and path.is_file() and not path.is_symlink()


def sha256(paths: Iterable[Path]) -> str:
    """Take one digest over the names and contents of files, in the order given.

    Parameters
    ----------
    paths
        The files.

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    OSError
        When one cannot be read.
    """
    digest = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def file_sha256(path: Path) -> str:
    """Take the digest of one file's content, of whatever size.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    str
        64 hexadecimal digits, as ``sha256sum`` prints them.

    Raises
    ------
    OSError
        When it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
