"""Packets: the samples of every series, streamed one anchor at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from rttgeo.errors import unknown_name
from rttgeo.simulate.parameters import Parameters
from rttgeo.simulate.world import PACKETS, World, build_world

_BUSY_HOUR, _MEDIAN_JITTER_US = 20.5, 500.0


class SeriesBlock(NamedTuple):
    """All series toward one anchor.

    Attributes
    ----------
    target
        Number of the anchor.
    series
        Rows of `World.series`, one per series, with the columns ``probe`` and ``node`` added.
    time_s
        When each round began, shape (series, rounds), seconds since 1970.
    rtt_us
        Shape (series, rounds, packets), int32; -1 where no answer came.
    """

    target: int
    series: pd.DataFrame
    time_s: npt.NDArray[np.int64]
    rtt_us: npt.NDArray[np.int32]


class SampleBatch(NamedTuple):
    """Received samples toward one anchor, as aligned columns.

    Attributes
    ----------
    time_s
        Seconds since 1970.
    probe
        Number of the probe.
    anchor
        Number of the target, in mesh order.
    family
        4 or 6.
    hops
        Routers on the forward way.
    rtt_us
        Round-trip time, whole microseconds.
    """

    time_s: npt.NDArray[np.int64]
    probe: npt.NDArray[np.int32]
    anchor: npt.NDArray[np.int16]
    family: npt.NDArray[np.int8]
    hops: npt.NDArray[np.int16]
    rtt_us: npt.NDArray[np.int32]


def samples(
    *,
    seed: int = 2017,
    dataset: str = "atlas-2017-07-11",
    scale: float = 1.0,
    anchors: Sequence[str] | None = None,
    parameters: Parameters | None = None,
) -> Iterator[SampleBatch]:
    """Stream the received samples of a simulated data set, one batch per anchor.

    Parameters
    ----------
    seed, dataset, scale, parameters
        As for `rttgeo.simulate.simulate_mesh`, whose minimum RTTs are the minima of these.
    anchors
        Only these targets; each one's samples do not depend on which others are asked for.

    Yields
    ------
    iterator of SampleBatch
        The answered packets, in columns, one batch per anchor.

    Raises
    ------
    NotThereError
        When there is no such data set, or no such anchor in it.
    BadInputError
        When the scale is not positive.
    """
    world = build_world(dataset, seed, float(scale), parameters)
    numbers = target_numbers(world, anchors)
    return (flatten(series_block(world, number)) for number in numbers)


def target_numbers(world: World, anchors: Sequence[str] | None) -> list[int]:
    """Numbers of the targets that are named, or of all.

    Parameters
    ----------
    world
        The simulated world.
    anchors
        Names; None for all.

    Returns
    -------
    list of int
        Their numbers in the world, in the order asked for.

    Raises
    ------
    NotThereError
        When the data set has no such anchor.
    """
    names = world.spec.anchors
    for name in anchors or ():
        if name not in names:
            raise unknown_name("anchor", name, names, where=world.spec.name)
    return (
        [names.index(name) for name in anchors] if anchors is not None else list(range(len(names)))
    )


def flatten(block: SeriesBlock) -> SampleBatch:
    """Keep only the answered packets, in columns, series by series in order of time.

    Parameters
    ----------
    block
        All packets toward one anchor.

    Returns
    -------
    SampleBatch
        One row per sample.
    """
    n, rounds, packets = block.rtt_us.shape
    kept = (block.rtt_us >= 0).ravel()
    apart = np.arange(packets) if packets == PACKETS else 0
    time_s = (block.time_s[:, :, None] + apart).reshape(-1)[kept]
    row = np.repeat(np.arange(n, dtype=np.int32), rounds * packets)[kept]
    columns = block.series
    return SampleBatch(
        time_s=time_s,
        probe=columns["probe"].to_numpy(dtype=np.int32)[row],
        anchor=np.full(len(row), block.target, dtype=np.int16),
        family=columns["family"].to_numpy(dtype=np.int8)[row],
        hops=columns["hops"].to_numpy(dtype=np.int16)[row],
        rtt_us=block.rtt_us.reshape(-1)[kept],
    )


def series_block(world: World, target: int) -> SeriesBlock:
    """Draw all packets toward one anchor.

    A series is its floor, plus the queueing of each packet less that of its luckiest answered
    one: the floor is what the minimum over the period is, and at least one sample has it.

    Parameters
    ----------
    world
        The simulated world.
    target
        Number of the anchor.

    Returns
    -------
    SeriesBlock
        Series, times and round-trip times, -1 for a lost packet.
    """
    rng = np.random.default_rng([world.seed, world.spec.start_s, 0xACCE, target])
    first, last = np.searchsorted(world.target, [target, target + 1])
    pair = world.series["pair"].to_numpy()
    rows = slice(*np.searchsorted(pair, [first, last]))
    series = world.series.iloc[rows].reset_index(drop=True)
    node = world.source[series["pair"].to_numpy()]
    series = series.assign(node=node, probe=world.nodes.probe[node])
    time_s = _times(world, len(series), rng)
    extra = _queueing(world, series, time_s, rng)
    extra += _shift(series, world.spec.rounds)[:, :, None]
    lost = _lost(series, world.spec.rounds, rng)
    extra[lost] = np.inf
    extra -= extra.min(axis=(1, 2), keepdims=True)
    extra[lost] = 0
    floor = series["floor_us"].to_numpy(dtype=np.int32)[:, None, None]
    rtt_us = floor + np.rint(extra, out=extra).astype(np.int32)
    rtt_us[lost] = -1
    return SeriesBlock(target, series, time_s, rtt_us)


def _times(world: World, n: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    spec = world.spec
    phase = rng.integers(0, max(1, spec.interval_s - 5), size=(n, 1))
    late = rng.integers(0, 3, size=(n, spec.rounds))
    return spec.start_s + phase + late + np.arange(spec.rounds) * spec.interval_s


def _queueing(
    world: World,
    series: pd.DataFrame,
    time_s: npt.NDArray[np.int64],
    rng: np.random.Generator,
) -> npt.NDArray[np.float32]:
    """Queueing of every packet in µs: exponential, heavier in the evening, with rare bursts."""
    shape = (len(series), world.spec.rounds, PACKETS)
    extra = rng.standard_exponential(shape, dtype=np.float32)
    level = series["jitter_us"].to_numpy(dtype=np.float32)
    lon = world.nodes.lon[series["node"].to_numpy()]
    hour = (time_s / 3600 + lon[:, None] / 15) % 24
    busy = 0.5 * (1 + np.cos((hour - _BUSY_HOUR) * (2 * np.pi / 24)))
    load = level[:, None] * (1 + world.parameters.diurnal * busy).astype(np.float32)
    extra *= load[:, :, None]
    # Quiet lines see few and small bursts.
    rough = np.clip(level / _MEDIAN_JITTER_US, 0.0, 5.0)
    count = rng.poisson(world.parameters.spike_share * rough * shape[1] * PACKETS)
    row = np.repeat(np.arange(len(series)), count)
    column = rng.integers(0, shape[1] * PACKETS, size=len(row))
    height = rng.standard_exponential(len(row), dtype=np.float32) * np.minimum(rough[row], 2.0)
    flat = extra.reshape(len(series), shape[1] * PACKETS)
    flat[row, column] += height * np.float32(world.parameters.spike_ms * 1000)
    return extra


def _shift(series: pd.DataFrame, rounds: int) -> npt.NDArray[np.float32]:
    """Level shifts in µs, shape (series, rounds): a worse route before or after some moment."""
    at = series["shift_at"].to_numpy()[:, None]
    when = (np.arange(rounds) + 0.5) / rounds
    worse = np.where(at < 0, when < -at, when > at)
    found: npt.NDArray[np.float32] = (worse * series["shift_us"].to_numpy()[:, None]).astype(
        np.float32
    )
    return found


def _lost(series: pd.DataFrame, rounds: int, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Which packets are lost: as many as the series says, bunched in rounds."""
    lost = np.zeros((len(series), rounds, PACKETS), dtype=bool)
    count = series["lost"].to_numpy()
    rows = np.flatnonzero(count)
    key = rng.random((len(rows), rounds, 1), dtype=np.float32) * 2
    key = key + rng.random((len(rows), rounds, PACKETS), dtype=np.float32)
    key = key.reshape(len(rows), rounds * PACKETS)
    rank = np.empty(key.shape, dtype=np.int32)
    order = key.argsort(axis=1, kind="stable")
    np.put_along_axis(rank, order, np.arange(key.shape[1], dtype=np.int32)[None, :], axis=1)
    lost[rows] = (rank < count[rows, None]).reshape(len(rows), rounds, PACKETS)
    return lost


def pair_deviation_ms(world: World) -> npt.NDArray[np.float64]:
    """Standard deviation of all answered samples of each pair, in ms.

    Parameters
    ----------
    world
        The simulated world.

    Returns
    -------
    numpy.ndarray
        Milliseconds, shape (pairs,).
    """
    totals = np.zeros((3, len(world.source)))
    for target in range(len(world.spec.anchors)):
        block = series_block(world, target)
        floor = block.series["floor_us"].to_numpy(dtype=float)
        answered = block.rtt_us >= 0
        above = np.where(answered, block.rtt_us - floor[:, None, None], 0.0)
        pair = block.series["pair"].to_numpy()
        count = answered.sum(axis=(1, 2))
        best = pd.Series(floor).groupby(pair).transform("min").to_numpy()
        # Sums about the pair's own floor: subtracting large squares would lose digits.
        offset = floor - best
        first, second = above.sum(axis=(1, 2)), np.square(above).sum(axis=(1, 2))
        np.add.at(totals[0], pair, count)
        np.add.at(totals[1], pair, first + count * offset)
        np.add.at(totals[2], pair, second + 2 * offset * first + count * offset**2)
    n, first, second = totals
    return np.sqrt(np.maximum(second / n - (first / n) ** 2, 0)) / 1000
