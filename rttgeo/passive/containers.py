"""Capture files (pcap and pcapng, also compressed with gzip) as a stream of packets.

The headers of files, sections and interfaces are read with dpkt. The records are parsed here,
because dpkt's own readers accept whatever length a record claims, raise an exception at the first
truncated record, and know only one interface per file. Only the current record is held in memory.
"""

from __future__ import annotations

import gzip
import io
import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

import dpkt

from rttgeo.errors import BadInputError
from rttgeo.machine.opening import unreadable

MAX_PACKET_BYTES: Final = 262_144
"""The longest packet that libpcap writes (its MAXIMUM_SNAPLEN); a record that claims more is
invalid."""
MAX_BLOCK_BYTES: Final = MAX_PACKET_BYTES + 65_536
"""A block of pcapng: the packet and its options."""
BUFFER_BYTES: Final = 1 << 20
GZIP: Final = b"\x1f\x8b"
SECTION: Final = 0x0A0D0D0A
INTERFACE, PACKET_OBSOLETE, SIMPLE, STATISTICS, ENHANCED = 1, 2, 3, 5, 6
SECOND_NS: Final = 1_000_000_000
LATEST_NS: Final = 2**62
"""Year 2116: times later than this, or as long before 1970, are invalid, and their differences
would overflow."""
# Magic numbers of pcap as the file's first four bytes: byte order, and nanoseconds a tick.
PCAP: Final = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}


class Packet(NamedTuple):
    """One packet of a capture: time (ns since 1970), link type, bytes, and length on the wire."""

    time_ns: int
    link: int
    data: bytes
    wire_length: int


class Capture:
    """A capture file, to be read once.

    Parameters
    ----------
    path
        A pcap file (micro- or nanoseconds, either byte order) or pcapng file, or either compressed
        with gzip.

    Attributes
    ----------
    troubles
        After reading, what was wrong with the file itself, by reason. A truncated file is read up
        to its end.

    Raises
    ------
    BadInputError
        When it cannot be opened, or is neither pcap nor pcapng.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.troubles: Counter[str] = Counter()

    def __iter__(self) -> Iterator[Packet]:
        """Iterate over the packets, in the order of the file."""
        try:
            with self.path.open("rb", buffering=0) as raw:
                yield from self._stream(io.BufferedReader(raw, BUFFER_BYTES))
        except OSError as error:
            raise unreadable(self.path, error) from error

    def _stream(self, raw: io.BufferedReader) -> Iterator[Packet]:
        if raw.peek(2)[:2] == GZIP:
            with gzip.GzipFile(fileobj=raw) as unpacked:
                yield from self._packets(_Whole(io.BufferedReader(unpacked, BUFFER_BYTES), self))
        else:
            yield from self._packets(_Whole(raw, self))

    def _packets(self, file: _Whole) -> Iterator[Packet]:
        magic = file.take(4)
        if magic in PCAP:
            return _pcap(file, magic)
        if magic == SECTION.to_bytes(4, "big"):
            return _pcapng(file)
        if self.troubles["broken gzip data"]:
            raise BadInputError(f"{self.path}: broken gzip; nothing in it can be read")
        raise BadInputError(
            f"{self.path}: starts with {magic.hex(' ') or 'nothing'}, expected a capture: pcap, "
            "pcapng, or gzip of one"
        )


def is_capture(path: str | Path) -> bool:
    """Check whether a file begins like a capture, compressed or not.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    bool
        True for pcap and pcapng, and for gzip that cannot be decompressed.

    Raises
    ------
    BadInputError
        When it cannot be opened.
    """
    try:
        with Path(path).open("rb") as file:
            magic = file.read(4)
            if magic.startswith(GZIP):
                file.seek(0)
                try:
                    magic = gzip.GzipFile(fileobj=file).read(4)
                except (EOFError, zlib.error, gzip.BadGzipFile):
                    # What is wrong with a damaged file is reported when it is read.
                    return True
    except OSError as error:
        raise unreadable(path, error) from error
    return magic in PCAP or magic == SECTION.to_bytes(4, "big")


class _Whole:
    """Reads whole pieces; an incomplete piece is recorded as trouble and ends reading."""

    def __init__(self, file: BinaryIO, capture: Capture) -> None:
        self._read, self._capture = file.read, capture

    def take(self, count: int) -> bytes:
        """Exactly this many bytes, or none at all."""
        try:
            data = self._read(count)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            self.trouble("broken gzip data")
            return b""
        if len(data) == count:
            return data
        if data:
            self.trouble("file is cut off")
        return b""

    def trouble(self, reason: str) -> None:
        self._capture.troubles[reason] += 1


def _pcap(file: _Whole, magic: bytes) -> Iterator[Packet]:
    order, tick_ns = PCAP[magic]
    rest = file.take(20)
    if not rest:
        return
    header = (dpkt.pcap.LEFileHdr if order == "<" else dpkt.pcap.FileHdr)(magic + rest)
    # The upper bits describe a frame check sequence (libpcap's LT_FCS_LENGTH), the lower ones the
    # link.
    link = header.linktype & 0xFFFF
    unpack = struct.Struct(order + "4I").unpack
    take = file.take
    while head := take(16):
        seconds, fraction, captured, length = unpack(head)
        if captured > MAX_PACKET_BYTES:
            file.trouble("record of implausible length")
            return
        data = take(captured)
        if len(data) < captured:
            return
        yield Packet(seconds * SECOND_NS + fraction * tick_ns, link, data, length)


class _Interface(NamedTuple):
    link: int
    ticks_a_second: int
    snap_length: int
    offset_ns: int


def _pcapng(file: _Whole) -> Iterator[Packet]:
    """Blocks of pcapng; a new section starts with no interfaces (draft-ietf-opsawg-pcapng)."""
    interfaces: list[_Interface] = []
    order, kind_bytes = "<", SECTION.to_bytes(4, "big")
    while kind_bytes:
        length_bytes = file.take(4)
        if not length_bytes:
            break
        if kind_bytes == SECTION.to_bytes(4, "big"):
            byte_order = file.take(4)
            order = ">" if byte_order == b"\x1a\x2b\x3c\x4d" else "<"
            interfaces, taken = [], 12
        else:
            byte_order, taken = b"", 8
        kind, length = struct.unpack(order + "2I", kind_bytes + length_bytes)
        if not 12 <= length <= MAX_BLOCK_BYTES or length % 4 or length < taken:
            file.trouble("record of implausible length")
            return
        body = byte_order + file.take(length - taken)
        if len(body) < length - 8:
            break
        if kind == INTERFACE:
            interfaces.append(_interface(kind_bytes + length_bytes + body, order))
        elif kind in (ENHANCED, PACKET_OBSOLETE, SIMPLE):
            packet = _block(kind, body, order, interfaces)
            if isinstance(packet, str):
                file.trouble(packet)
            else:
                yield packet
        kind_bytes = file.take(4)


def _interface(block: bytes, order: str) -> _Interface:
    """Link, resolution of times (``if_tsresol``) and their offset; microseconds by default."""
    kind = dpkt.pcapng.InterfaceDescriptionBlockLE if order == "<" else None
    kind = kind or dpkt.pcapng.InterfaceDescriptionBlock
    try:
        read = kind(block)
    except (dpkt.Error, struct.error, ValueError):
        # Options that cannot be read, although the fixed fields can.
        link, _, snap = struct.unpack_from(order + "HHI", block, 8)
        return _Interface(link, 1_000_000, snap, 0)
    ticks, offset_s = 1_000_000, 0
    for option in read.opts:
        if option.code == dpkt.pcapng.PCAPNG_OPT_IF_TSRESOL and option.data:
            power = option.data[0]
            # Beyond 10^18 or 2^60, a tick is finer than anything we can count.
            ticks = 2 ** min(power & 0x7F, 60) if power & 0x80 else 10 ** min(power, 18)
        elif option.code == dpkt.pcapng.PCAPNG_OPT_IF_TSOFFSET and len(option.data) == 8:
            (offset_s,) = struct.unpack(order + "q", option.data)
    return _Interface(read.linktype, ticks, read.snaplen, offset_s * SECOND_NS)


def _block(kind: int, body: bytes, order: str, known: list[_Interface]) -> Packet | str:
    """Extract the packet from its block, or the reason why there is none."""
    if kind == SIMPLE:
        return "packet without a timestamp"
    if len(body) < 24:
        return "record of implausible length"
    if kind == ENHANCED:
        number, high, low, captured, length = struct.unpack_from(order + "5I", body)
    else:
        number, _, high, low, captured, length = struct.unpack_from(order + "2H4I", body)
    if captured > len(body) - 24:
        return "record of implausible length"
    if number >= len(known):
        return "packet from an unknown interface"
    interface = known[number]
    ticks = (high << 32) | low
    time_ns = ticks * SECOND_NS // interface.ticks_a_second + interface.offset_ns
    if abs(time_ns) > LATEST_NS:
        return "packet with an implausible time"
    return Packet(time_ns, interface.link, body[20 : 20 + captured], length)
