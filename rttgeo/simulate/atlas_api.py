"""A simulated data set as the RIPE Atlas API would answer: metadata and result lines.

Addresses are of the ranges for benchmarks and documentation (198.18.0.0/15, 2001:db8::/32), so
that they are not mistaken for real ones. Each anchor has four measurements, as in 2017: from the
other anchors ("mesh") and from home probes, in IPv4 and in IPv6.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from rttgeo.simulate.packets import SeriesBlock, series_block, target_numbers
from rttgeo.simulate.parameters import Parameters
from rttgeo.simulate.world import PACKETS, World, build_world

DOMAIN = ".anchors.atlas.ripe.net"
FIRMWARE = {"ping": 4790, "traceroute": 4790}
_UNPUBLISHED_ID = 90_000_001


class AtlasMetadata(NamedTuple):
    """What the API lists: ``anchors``, ``probes``, ``measurements``, each a list of objects."""

    anchors: list[dict[str, Any]]
    probes: list[dict[str, Any]]
    measurements: list[dict[str, Any]]


def atlas_metadata(
    *,
    seed: int = 2017,
    dataset: str = "atlas-2017-07-11",
    scale: float = 1.0,
    parameters: Parameters | None = None,
) -> AtlasMetadata:
    """List anchors, probes and measurements of a simulated data set in the form of the API.

    Parameters
    ----------
    seed, dataset, scale, parameters
        As for `rttgeo.simulate.simulate_mesh`.

    Returns
    -------
    AtlasMetadata
        Anchors, probes and measurements, each a list of objects.

    Raises
    ------
    NotThereError
        When there is no such data set.
    BadInputError
        When the scale is not positive or the seed negative.
    """
    world = build_world(dataset, seed, float(scale), parameters)
    used = np.unique(np.concatenate([world.source, np.arange(len(world.spec.anchors))]))
    return AtlasMetadata(
        [_anchor(world, row) for row in range(len(world.spec.anchors))],
        [_probe(world, int(row)) for row in used],
        [_measurement(world, *key) for key in _measurement_keys(world)],
    )


def atlas_results(
    *,
    seed: int = 2017,
    dataset: str = "atlas-2017-07-11",
    scale: float = 1.0,
    anchors: Sequence[str] | None = None,
    measurement: int | None = None,
    parameters: Parameters | None = None,
) -> Iterator[bytes]:
    r"""Yield results as JSON lines (each with its ``\n``), series by series in order of time.

    Parameters
    ----------
    seed, dataset, scale, anchors, parameters
        As for `rttgeo.simulate.samples`, whose samples these are.
    measurement
        Only the results of this measurement id; all when None.

    Yields
    ------
    bytes
        One result, with its line feed.

    Raises
    ------
    NotThereError
        When there is no such data set, or no such anchor in it.
    BadInputError
        When the scale is not positive or the seed negative.
    """
    world = build_world(dataset, seed, float(scale), parameters)
    for target in target_numbers(world, anchors):
        ids = {key: measurement_id(world, target, *key) for key in _FAMILIES_AND_SOURCES}
        if measurement is None or measurement in ids.values():
            yield from _lines(world, series_block(world, target), ids, measurement)


_FAMILIES_AND_SOURCES = ((4, True), (6, True), (4, False), (6, False))


def measurement_id(world: World, target: int, family: int, from_anchors: bool) -> int:
    """Measurement id of a target, family and kind of source.

    The published ids are dealt out in order, two to the mesh and two to the probes of each
    anchor in turn (which id belongs to which anchor is not published).

    Parameters
    ----------
    world
        The simulated world.
    target
        Number of the target.
    family
        4 or 6.
    from_anchors
        Whether anchors measure it, else probes.

    Returns
    -------
    int
        A published id as long as there are any, then made-up ones.
    """
    place = 4 * target + _FAMILIES_AND_SOURCES.index((family, from_anchors))
    published = world.spec.measurement_ids
    return published[place] if place < len(published) else _UNPUBLISHED_ID + place


def address(row: int, family: int) -> str:
    """Address of a node, by its number.

    Parameters
    ----------
    row
        Number of the node.
    family
        4 or 6.

    Returns
    -------
    str
        An address that is set aside for tests or documentation (RFC 2544, RFC 3849).
    """
    if family == 6:
        return f"2001:db8:{row >> 16:x}:{row & 0xFFFF:x}::1"
    return f"198.{18 + (row >> 16 & 1)}.{row >> 8 & 255}.{row & 255}"


def _place(world: World, row: int) -> dict[str, Any]:
    lon, lat = float(world.nodes.lon[row]), float(world.nodes.lat[row])
    return {"type": "Point", "coordinates": [round(lon, 6), round(lat, 6)]}


def _anchor(world: World, row: int) -> dict[str, Any]:
    ipv6 = bool(world.nodes.ipv6[row])
    name = str(world.nodes.id[row])
    number = int("".join(filter(str.isdigit, name.split("-as")[-1].split("-")[0])) or 0)
    return {
        "id": 1000 + row, "type": "Anchor", "fqdn": name + DOMAIN,
        "probe": int(world.nodes.probe[row]), "is_ipv4_only": not ipv6,
        "ip_v4": address(row, 4), "as_v4": number, "ip_v6": address(row, 6) if ipv6 else None,
        "as_v6": number if ipv6 else None, "city": name, "country": str(world.nodes.country[row]),
        "geometry": _place(world, row), "is_disabled": False,
        "date_live": "2017-01-01T00:00:00",
    }  # fmt: skip


def _probe(world: World, row: int) -> dict[str, Any]:
    ipv6 = bool(world.nodes.ipv6[row])
    return {
        "id": int(world.nodes.probe[row]), "type": "Probe", "geometry": _place(world, row),
        "country_code": str(world.nodes.country[row]),
        "is_anchor": bool(world.nodes.is_anchor[row]), "is_public": True,
        "address_v4": address(row, 4), "address_v6": address(row, 6) if ipv6 else None,
        "asn_v4": 64512 + int(world.nodes.carrier[row]),
        "asn_v6": 64512 + int(world.nodes.carrier6[row]) if ipv6 else None,
        "status": {"id": 1, "name": "Connected", "since": world.spec.start},
        "tags": [{"name": "simulated", "slug": "simulated"}],
    }  # fmt: skip


def _measurement_keys(world: World) -> list[tuple[int, int, bool]]:
    """Target, family and kind of source of every measurement that has results."""
    pair = world.series["pair"].to_numpy()
    from_anchor = world.nodes.is_anchor[world.source[pair]]
    found = zip(world.target[pair], world.series["family"], from_anchor, strict=True)
    return sorted({(int(t), int(f), bool(a)) for t, f, a in found})


def _measurement(world: World, target: int, family: int, from_anchors: bool) -> dict[str, Any]:
    spec, name = world.spec, str(world.nodes.id[target])
    source, kind = ("Mesh" if from_anchors else "Probes"), spec.kind.capitalize()
    title = f"Anchoring {source} Measurement"
    number = measurement_id(world, target, family, from_anchors)
    described = {
        "id": number, "af": family, "type": spec.kind,
        "description": f"{title}: {kind} IPv{family} for anchor {name}{DOMAIN}",
        "target": name + DOMAIN, "target_ip": address(target, family), "interval": spec.interval_s,
        "packets": PACKETS, "start_time": spec.start_s - 86_400, "stop_time": None,
        "status": {"id": 2, "name": "Ongoing", "when": None}, "is_public": True,
        "is_oneoff": False, "group_id": number, "resolve_on_probe": False,
        "tags": [source.lower(), str(world.nodes.probe[target]), name, "anchoring"],
    }  # fmt: skip
    return described | ({"protocol": "ICMP"} if spec.kind == "traceroute" else {})


def _lines(
    world: World, block: SeriesBlock, ids: dict[tuple[int, bool], int], only: int | None
) -> Iterator[bytes]:
    """Result lines of all series toward one anchor."""
    line = _ping_line if world.spec.kind == "ping" else _trace_line
    for row, series in enumerate(block.series.itertuples(index=False)):
        node, family = int(series.node), int(series.family)
        number = ids[family, bool(world.nodes.is_anchor[node])]
        if only is not None and number != only:
            continue
        head = (
            f'"fw":{FIRMWARE[world.spec.kind]},"lts":{node % 120},'
            f'"dst_name":"{address(block.target, family)}","af":{family},'
            f'"dst_addr":"{address(block.target, family)}","src_addr":"{address(node, family)}",'
            f'"proto":"ICMP","size":48,"msm_id":{number},"prb_id":{series.probe},'
            f'"from":"{address(node, family)}","group_id":{number}'
        )
        hops = int(series.hops)
        times, values = block.time_s[row].tolist(), block.rtt_us[row].tolist()
        for time_s, rtt_us in zip(times, values, strict=True):
            yield line(head, time_s, rtt_us, hops, world.spec.interval_s)


def _ms(rtt_us: int) -> str:
    """Whole microseconds as milliseconds, without a detour through floating point."""
    return f"{rtt_us // 1000}.{rtt_us % 1000:03d}"


def _ping_line(head: str, time_s: int, rtt_us: list[int], hops: int, interval: int) -> bytes:
    good = [rtt for rtt in rtt_us if rtt >= 0]
    packets = ",".join([f'{{"rtt":{_ms(rtt)}}}' if rtt >= 0 else '{"x":"*"}' for rtt in rtt_us])
    numbers = (
        f'"min":{_ms(min(good))},"max":{_ms(max(good))},"avg":{sum(good) / len(good) / 1000:.6f}'
        if good
        else '"min":-1,"max":-1,"avg":-1'
    )
    ttl = f'"ttl":{64 - hops},' if good else ""
    return (
        f'{{{head},{ttl}"result":[{packets}],"dup":0,"rcvd":{len(good)},"sent":{len(rtt_us)},'
        f'{numbers},"timestamp":{time_s},"msm_name":"Ping","type":"ping","step":{interval},'
        f'"stored_timestamp":{time_s + 30}}}\n'
    ).encode()


def _trace_line(head: str, time_s: int, rtt_us: list[int], hops: int, interval: int) -> bytes:
    """Routers answer at growing shares of the way; the last hop is the anchor."""
    target = head.split('"dst_addr":"')[1].split('"')[0]
    six = ":" in target
    best = min([rtt for rtt in rtt_us if rtt >= 0], default=1000)
    steps = []
    for hop in range(1, hops):
        name = f"2001:db8:ffff::{hop:x}" if six else f"198.51.100.{hop}"
        rtt = _ms(max(150, best * hop * hop // (hops * hops)))
        answer = f'{{"from":"{name}","rtt":{rtt},"size":28,"ttl":{256 - hop}}}'
        steps.append(f'{{"hop":{hop},"result":[{answer}]}}')
    last = ",".join(
        [
            f'{{"from":"{target}","rtt":{_ms(rtt)},"size":48,"ttl":{65 - hops}}}'
            if rtt >= 0
            else '{"x":"*"}'
            for rtt in rtt_us
        ]
    )
    steps.append(f'{{"hop":{hops},"result":[{last}]}}')
    return (
        f'{{{head},"result":[{",".join(steps)}],"paris_id":1,"timestamp":{time_s},'
        f'"endtime":{time_s + 2},"msm_name":"Traceroute","type":"traceroute",'
        f'"stored_timestamp":{time_s + 60}}}\n'
    ).encode()
