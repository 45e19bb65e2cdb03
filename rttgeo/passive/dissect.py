"""From the bytes of a frame to what the trackers need: addresses, ports, headers.

A packet that yields nothing has a reason, in words; all of them are counted.
"""

from __future__ import annotations

from struct import Struct
from typing import Final, NamedTuple

ICMP, TCP, UDP, ICMP6 = 1, 6, 17, 58
IPV4, IPV6 = 0x0800, 0x86DD
VLAN: Final = frozenset({0x8100, 0x88A8, 0x9100, 0x9200})
"""IEEE 802.1Q and 802.1ad, and the numbers used before them."""
MAX_TAGS: Final = 4
NOT_IP: Final = {
    0x0806: "ARP",
    0x8847: "MPLS (a tunnel)",
    0x8848: "MPLS (a tunnel)",
    0x8864: "PPPoE (a tunnel)",
    0x8863: "PPPoE (a tunnel)",
    0x88E5: "MACsec (encrypted)",
    0x894F: "network service header (a tunnel)",
    0x22F3: "TRILL (a tunnel)",
}
TUNNELS: Final = {
    4: "IPv4 in IP (a tunnel)",
    41: "IPv6 in IP (a tunnel)",
    47: "GRE (a tunnel)",
    50: "ESP (encrypted)",
    55: "minimal encapsulation (a tunnel)",
    94: "IP in IP (a tunnel)",
    97: "EtherIP (a tunnel)",
    98: "encapsulation header (a tunnel)",
    108: "IPComp (compressed)",
    115: "L2TP (a tunnel)",
    137: "MPLS in IP (a tunnel)",
}
EXTENSIONS: Final = frozenset({0, 43, 60, 135, 139, 140})
"""IPv6 extension headers whose length counts eight bytes each, without the first eight (RFC 6564)."""
FRAGMENT, AUTHENTICATION, NO_NEXT = 44, 51, 59
MAX_EXTENSIONS: Final = 16
UDP_TUNNELS: Final = {
    4789: "VXLAN (a tunnel)",
    8472: "VXLAN (a tunnel)",
    6081: "Geneve (a tunnel)",
    2152: "GTP (a tunnel)",
    1701: "L2TP (a tunnel)",
    3544: "Teredo (a tunnel)",
    4754: "GRE in UDP (a tunnel)",
}
CUT: Final = "cut off within the header"
_U16 = Struct(">H").unpack_from


class LeftOut(Exception):  # noqa: N818 -- it is a verdict on a packet, not an error
    """Raised when a packet yields nothing; the text says why."""


class Network(NamedTuple):
    """The network layer of a packet: where its payload starts and ends, in the bytes captured.

    ``end`` is by the header's length: it may be beyond the bytes that were captured.
    """

    protocol: int
    source: bytes
    destination: bytes
    ttl: int
    start: int
    end: int


def network_start(link: int, data: bytes) -> int:
    """Find where the IP header starts, by type of link (libpcap's list of link types).

    Parameters
    ----------
    link
        Type of link, as the capture states it.
    data
        Bytes of the frame, as far as they were captured.

    Returns
    -------
    int
        Offset of the IP header, bytes.

    Raises
    ------
    LeftOut
        When there is none; the message is the reason.
    """
    if link == 1:
        return _after_ethernet(data)
    if link in (12, 14, 101, 228, 229):
        return 0
    if link in (0, 108):
        return 4
    if link == 113:
        return _after_type(data, 14)
    if link == 276:
        return _after_type(data, 0, header=20)
    raise LeftOut(f"link type {link}")


def _after_ethernet(data: bytes) -> int:
    if len(data) > 14 and data[12] == 8 and data[13] == 0:
        return 14
    return _after_type(data, 12)


def _after_type(data: bytes, at: int, header: int = 0) -> int:
    """Follow the type at that place through VLAN tags."""
    start = header or at + 2
    for _ in range(MAX_TAGS):
        if len(data) < start or len(data) < at + 2:
            raise LeftOut(CUT)
        (kind,) = _U16(data, at)
        if kind in (IPV4, IPV6):
            return start
        if kind not in VLAN:
            raise LeftOut(NOT_IP.get(kind, "no IP"))
        at, start = start + 2, start + 4
    raise LeftOut("too many VLAN tags")


def network(data: bytes, start: int) -> Network:
    """Read the IP header at an offset.

    Parameters
    ----------
    data
        Bytes of the frame, as far as they were captured.
    start
        Offset of the IP header, bytes.

    Returns
    -------
    Network
        Protocol, addresses, TTL, and where the payload starts and ends.

    Raises
    ------
    LeftOut
        For fragments, tunnels, and headers that are cut off or invalid.
    """
    if len(data) <= start:
        raise LeftOut(CUT)
    version = data[start] >> 4
    if version == 4:
        return _ipv4(data, start)
    if version == 6:
        return _ipv6(data, start)
    raise LeftOut("no IP")


def _ipv4(data: bytes, start: int) -> Network:
    if len(data) < start + 20:
        raise LeftOut(CUT)
    header = (data[start] & 15) * 4
    if header < 20:
        raise LeftOut("invalid IP header")
    # More fragments, or an offset: the rest is elsewhere.
    if data[start + 6] & 0x3F or data[start + 7]:
        raise LeftOut("fragment")
    (length,) = _U16(data, start + 2)
    # Zero: the network card split it into packets after it was captured (segmentation offload).
    end = start + length if length else len(data)
    if end < start + header:
        raise LeftOut("invalid IP header")
    return Network(
        data[start + 9],
        data[start + 12 : start + 16],
        data[start + 16 : start + 20],
        data[start + 8],
        start + header,
        end,
    )


def _ipv6(data: bytes, start: int) -> Network:
    if len(data) < start + 40:
        raise LeftOut(CUT)
    (length,) = _U16(data, start + 4)
    end = start + 40 + length if length else len(data)
    following, at = data[start + 6], start + 40
    if following not in (TCP, UDP, ICMP6):
        following, at = _past_extensions(data, following, at)
    return Network(
        following,
        data[start + 8 : start + 24],
        data[start + 24 : start + 40],
        data[start + 7],
        at,
        end,
    )


def _past_extensions(data: bytes, following: int, at: int) -> tuple[int, int]:
    for _ in range(MAX_EXTENSIONS):
        if following not in EXTENSIONS and following not in (FRAGMENT, AUTHENTICATION):
            return following, at
        if len(data) < at + 8:
            raise LeftOut(CUT)
        if following == FRAGMENT:
            # A fragment that is the whole packet (RFC 6946) does not count as one.
            if data[at + 2] or data[at + 3] & 0xF9:
                raise LeftOut("fragment")
            size = 8
        elif following == AUTHENTICATION:
            size = (data[at + 1] + 2) * 4
        else:
            size = (data[at + 1] + 1) * 8
        following, at = data[at], at + size
    raise LeftOut("too many IPv6 extension headers")


def why_not(protocol: int) -> str:
    """Say why a protocol above IP gives no samples.

    Parameters
    ----------
    protocol
        Its number (IANA's protocol numbers).

    Returns
    -------
    str
        The reason, as it is counted.
    """
    if protocol == NO_NEXT:
        return "IPv6 without a payload"
    return TUNNELS.get(protocol, f"protocol {protocol}")
