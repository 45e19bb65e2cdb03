"""One way to open any file that people hold: packed or not, UTF-8 or UTF-16, whatever ends its lines.

The first bytes of a file say what it is, never its name: gzip, bzip2, xz and zstd are unpacked, a mark
in front says which Unicode it is, and lines end in LF whether the file has CR LF or CR.
"""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import pyarrow as pa

from rttgeo.errors import BadInputError

BLOCK_BYTES: Final = 1 << 20
MAX_RATIO: Final = 400
"""Measurements shrink to a tenth, at best to a fiftieth; what grows more than this is a trap."""
FREE_BYTES: Final = 64 << 20
"""This much may come out of a packed file before its growth is checked: empty tables are harmless."""

_PACKINGS: Final = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)
_SAVE: Final = "save the sheet as CSV, with a header such as city,ms"
_NO_TEXTS: Final = (
    (b"%PDF", b"", f"a PDF document, not a table; {_SAVE}"),
    (b"PK\x03\x04", b"xl/", f"an Excel workbook (.xlsx); {_SAVE}"),
    (b"PK\x03\x04", b"opendocument.spreadsheet", f"an OpenDocument spreadsheet (.ods); {_SAVE}"),
    (b"PK\x03\x04", b"", "a ZIP archive; unpack it first"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", f"an old Office file (.xls?); {_SAVE}"),
)
"""How files begin that hold no text, what else is in their beginning, and what to do with them."""
# The longer marks first: that of UTF-32 begins with that of UTF-16.
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BROKEN = (EOFError, zlib.error, lzma.LZMAError, UnicodeError, pa.ArrowException)


def packing(head: bytes) -> str:
    """Tell how a file is packed, by its first bytes.

    Parameters
    ----------
    head
        The first bytes, six at least where there are as many.

    Returns
    -------
    str
        ``gzip``, ``bzip2``, ``xz`` or ``zstd``; empty if it is not packed.
    """
    return next((name for magic, name in _PACKINGS if head.startswith(magic)), "")


@contextmanager
def opened(
    source: str | Path | BinaryIO, *, name: str = "", max_bytes: int | None = None
) -> Iterator[BinaryIO]:
    """Open a file for reading: unpacked, as UTF-8 without a mark, with lines that end in LF.

    Bytes that are not UTF-8 stay as they are; what they mean is for the caller to say.

    Parameters
    ----------
    source
        A path, or an open binary file such as ``sys.stdin.buffer``, which is left open.
    name
        What messages call it; by default its path.
    max_bytes
        The most that it may hold, unpacked; None for no limit but that on growth (`MAX_RATIO`).

    Yields
    ------
    io.BufferedReader
        With ``read``, ``readline`` and ``peek``; it cannot be sought in.

    Raises
    ------
    BadInputError
        When there is no such file, it is a folder, damaged, or unpacks to too much; also from
        reads within the ``with``.
    """
    name = name or str(getattr(source, "name", source))
    if not isinstance(source, (str, Path)):
        yield _reader(source, name, max_bytes)
        return
    try:
        handle = Path(source).open("rb")  # noqa: SIM115 -- closed below, whatever happens
    except IsADirectoryError:
        raise BadInputError(f"cannot read {name}: it is a folder, expected a file") from None
    except (OSError, ValueError) as error:
        raise unreadable(name, error) from error
    with handle:
        yield _reader(handle, name, max_bytes)


def read_text(source: str | Path | BinaryIO, *, max_bytes: int | None = None) -> str:
    """Read the text of a file; what is not UTF-8 is read in Windows' encoding of Western languages.

    Parameters
    ----------
    source
        Path or open file, packed or not.
    max_bytes
        Longest text that is read, unpacked; None for no limit.

    Returns
    -------
    str
        The text.

    Raises
    ------
    BadInputError
        When it cannot be read, or is longer than ``max_bytes`` unpacked.
    """
    with opened(source, max_bytes=max_bytes) as file:
        content = file.read()
    return content.decode("utf-8", errors=_WINDOWS)


def _western(error: UnicodeError) -> tuple[str, int]:
    """Read bytes that are not UTF-8 as letters of Western European encodings."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("cp1252", errors="replace"), error.end


# Consoles of Windows write in a code page: their words differ, names and numbers do not.
codecs.register_error(_WINDOWS := "rttgeo-western", _western)


def _reader(handle: BinaryIO, name: str, max_bytes: int | None) -> BinaryIO:
    blocks = _clean_lines(_recoded(_unpacked(handle, name, max_bytes)))
    return cast("BinaryIO", io.BufferedReader(_Stream(blocks, name), BLOCK_BYTES))


class _Counted:
    """A file whose first bytes were looked at, and that counts what is read of it."""

    closed = False

    def __init__(self, head: bytes, handle: BinaryIO) -> None:
        self.head, self.handle, self.count = head, handle, 0

    def read(self, size: int = -1) -> bytes:
        """Read on, first what was looked at."""
        data, self.head = self.head or self.handle.read(size), b""
        if 0 <= size < len(data):
            data, self.head = data[:size], data[size:]
        self.count += len(data)
        return data

    def close(self) -> None:
        """Leave the file to the code that opened it."""


def _unpacked(handle: BinaryIO, name: str, max_bytes: int | None) -> Iterator[bytes]:
    """Bytes of a file as they come out of its packing; growth without end is refused."""
    head = handle.read(BLOCK_BYTES)
    for start, inside, what in _NO_TEXTS:
        if head.startswith(start) and inside in head:
            raise BadInputError(f"{name}: {what}")
    packed = _Counted(head, handle)
    kind, size = packing(head), 0
    file: Any = _unpacker(kind, packed) if kind else packed
    while data := file.read(BLOCK_BYTES):
        size += len(data)
        if max_bytes is not None and size > max_bytes:
            raise BadInputError(f"{name}: more than {max_bytes >> 20} MiB of text; cut it up")
        if kind and size > FREE_BYTES and size > packed.count * MAX_RATIO:
            raise BadInputError(
                f"{name}: {kind} that unpacks to over {MAX_RATIO} times its size; measurements never do"
            )
        yield data


def _unpacker(kind: str, packed: _Counted) -> Any:
    file = cast("BinaryIO", packed)
    if kind == "gzip":
        return gzip.GzipFile(fileobj=file, mode="rb")
    if kind == "bzip2":
        return bz2.BZ2File(file)
    if kind == "xz":
        return lzma.LZMAFile(file)
    return pa.CompressedInputStream(pa.PythonFile(packed, mode="r"), "zstd")


def _recoded(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """UTF-8 of a text with or without a mark; without one, ASCII in two bytes per letter is recognized."""
    first = next(blocks, b"")
    mark, coding = next(((m, c) for m, c in _MARKS if first.startswith(m)), (b"", ""))
    if not mark and len(first) >= 4 and b"\0" not in (first[:1], first[2:3]):
        coding = "utf-16-le" if first[1:4:2] == b"\0\0" else ""
    first = first[len(mark) :]
    if coding in ("", "utf-8"):
        yield first
        yield from blocks
        return
    decoder = codecs.getincrementaldecoder(coding)(errors="replace")
    yield decoder.decode(first).encode()
    for block in blocks:
        yield decoder.decode(block).encode()
    yield decoder.decode(b"", final=True).encode()


def _clean_lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Text whose lines end in one way; a pair of signs may be cut by the end of a block."""
    held = b""
    for block in blocks:
        text = held + block if held else block
        held = b"\r" if text.endswith(b"\r") else b""
        if b"\r" in text:
            text = text[: len(text) - len(held)].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        yield text
    yield b"\n" if held else b""


class _Stream(io.RawIOBase):
    """Blocks of bytes as a file; errors in them name the file."""

    def __init__(self, blocks: Iterator[bytes], name: str) -> None:
        self.blocks, self.title, self.left = blocks, name, memoryview(b"")

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer with what comes next.

        Raises
        ------
        BadInputError
            When the file is damaged or too long.
        """
        try:
            while not self.left:
                self.left = memoryview(next(self.blocks))
        except StopIteration:
            return 0
        except BadInputError:
            raise
        except (OSError, *_BROKEN) as error:
            raise unreadable(self.title, error) from error
        count = min(len(buffer), len(self.left))
        buffer[:count] = self.left[:count]
        self.left = self.left[count:]
        return count


def unreadable(name: str | Path, error: BaseException) -> BadInputError:
    """Make the error for a file that cannot be read, in the one form that all readers use.

    Parameters
    ----------
    name
        The file, as messages call it.
    error
        What went wrong.

    Returns
    -------
    BadInputError
        To be raised, with a message of one line.
    """
    if isinstance(error, FileNotFoundError):
        return BadInputError(f"{name}: there is no such file")
    return BadInputError(f"cannot read {name}: {_why(error)}")


def _why(error: BaseException) -> str:
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(said).strip().splitlines()[0]
