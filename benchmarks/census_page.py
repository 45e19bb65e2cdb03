"""The page of the documentation on a census of a billion addresses: every number from the record."""

from __future__ import annotations

from typing import Any, NamedTuple

from rttgeo.census.grouping import MOST_RUNS
from rttgeo.census.shards import SHARD_PAIRS

ADDRESSES, VANTAGE_POINTS = 1_000_000_000, 200
PINGS = 3
"""Packets a pair, of which the lowest round trip counts: what RIPE Atlas sends by default."""
PACKET_BYTES = 84
"""An echo request of 56 bytes with 8 of ICMP and 20 of IPv4."""
PACKETS_A_SECOND = 10_000
"""Of one vantage point: a rate that public scans have kept to for years without complaint."""
DAY_HOURS = 24
FEW_FILES = 1024
"""Files that a process may have open, as systems come."""
MACHINE_CORES = 64
NETWORK_GB = 1.25
"""A second: 10 Gbit."""


class Prices(NamedTuple):
    """What is assumed to be paid, US dollars: list prices of large clouds, about, late 2025."""

    core_hour: float = 0.05
    gb_month: float = 0.023


def page(runs: dict[str, list[Any]], powers: dict[str, tuple[float, float]], prices: Prices) -> str:
    """Write the page.

    Parameters
    ----------
    runs
        Of each method, by size (`benchmarks.census.Run`).
    powers
        Of each method: seconds of a start, and the power of growth beyond it.
    prices
        What is assumed.

    Returns
    -------
    str
        Markdown.
    """
    largest = {name: rows[-1] for name, rows in runs.items()}
    some = largest["exclusion"]
    parts = [
        "# A census of a billion addresses\n",
        _first(largest, powers, prices),
        "## Measured\n",
        _measured(runs),
        "## Worked out\n",
        _costs(largest, powers, prices),
        "## What bounds it\n",
        _bounds(largest, powers),
        "## Where the plan changes\n",
        _changes(some, runs["exclusion"]),
        "## Run it yourself\n",
        "```sh\npython -m benchmarks.census measure --targets 1000 10000 100000\npython -m "
        "benchmarks.census page --core-hour 0.05 --gb-month 0.023\n```\n\nBoth run in a clone. "
        "`--targets 1000000` measures the million as well, and needs some gigabytes of disk "
        "(`--scratch FOLDER`). Tables and delays are made up by `benchmarks.made_up`: only speed is "
        "measured, never accuracy.\n",
    ]
    return "\n".join(parts)


def cpu_a_target(run: Any, start: float) -> float:
    """Processor seconds of a target in the largest run, its start-up left out.

    Parameters
    ----------
    run
        `benchmarks.census.Run`.
    start
        Seconds of the start.

    Returns
    -------
    float
        Seconds.
    """
    return float(run.cpu_seconds - start) / run.targets


def core_hours(run: Any, start: float) -> float:
    """Core-hours of the billion: that of the largest run a target, and a start for each shard.

    Parameters
    ----------
    run, start
        As of `cpu_a_target`.

    Returns
    -------
    float
        Hours of one core.
    """
    return ADDRESSES * cpu_a_target(run, start) / 3600


def _first(largest: dict[str, Any], powers: dict[str, Any], prices: Prices) -> str:
    some, start = largest["exclusion"], powers["exclusion"][0]
    hours, pairs = core_hours(some, start), ADDRESSES * VANTAGE_POINTS
    gigabytes = ADDRESSES * some.bytes_in / some.targets / 1e9
    said = f"{_say(hours)} core-hours by exclusion ({_money(hours * prices.core_hour)})"
    if "cbg++" in largest:
        slow = core_hours(largest["cbg++"], powers["cbg++"][0])
        said += f" and {_say(slow)} by CBG++ ({_money(slow * prices.core_hour)})"
    return (
        f"To locate a billion addresses from {VANTAGE_POINTS} vantage points takes about {said}, "
        f"at ${prices.core_hour:g} a core-hour: {_time(hours / MACHINE_CORES)} of one machine of "
        f"{MACHINE_CORES} cores by exclusion. The pairs are {pairs / 1e9:,.0f} billion rows and "
        f"{_say(gigabytes)} GB. Measuring them takes far longer than computing.\n\nCalculated from runs on "
        "made-up tables by `python -m benchmarks.census`; no census of that size was made.\n"
    )


def _measured(runs: dict[str, list[Any]]) -> str:
    lines = [
        "From the command line, `rttgeo locate pairs.parquet --method … --output RESULTS/`, "
        f"{VANTAGE_POINTS} landmarks, start-up, reading and writing included. Processor "
        "seconds are of all cores together.\n",
        "| method | targets | clock, s | processors, s | targets per core-second | peak MB "
        "| MB in | MB out |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, rows in runs.items():
        lines += [
            f"| {name} | {one.targets:,} | {one.seconds:,.1f} | {one.cpu_seconds:,.1f} | "
            f"{one.targets / one.cpu_seconds:,.0f} | {one.peak_mb:,.0f} | "
            f"{one.bytes_in / 1e6:,.1f} | {one.bytes_out / 1e6:,.1f} |"
            for one in rows
        ]
    every = [one for rows in runs.values() for one in rows]
    low, high = min(one.load for one in every), max(one.load for one in every)
    lines.append(
        f"\n{every[0].cores} cores; the load before each run was {low:g} to {high:g}. Where "
        "other programs were running (a load above 1), the clock says little, and processor time is "
        "some tens of per cent too high.\n"
    )
    return "\n".join(lines)


def _costs(largest: dict[str, Any], powers: dict[str, Any], prices: Prices) -> str:
    lines = [
        f"| method | power of growth | µs per target and core | core-hours | "
        f"{MACHINE_CORES} cores | price |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, run in largest.items():
        start, exponent = powers[name]
        hours = core_hours(run, start)
        lines.append(
            f"| {name} | {exponent:.2f} | {1e6 * cpu_a_target(run, start):,.0f} | {_say(hours)} | "
            f"{hours / MACHINE_CORES:,.1f} h | {_money(hours * prices.core_hour)} |"
        )
    some = largest["exclusion"]
    inward = ADDRESSES * some.bytes_in / some.targets / 1e9
    outward = ADDRESSES * some.bytes_out / some.targets / 1e9
    month = (inward + outward) * prices.gb_month
    power = max(abs(one[1] - 1) for one in powers.values())
    return "\n".join(lines) + (
        "\n\nThe power of growth is the slope of processor time (without start-up) against the "
        f"number of targets, both on logarithmic axes; 1 is proportional, and here it differs "
        f"from 1 by at most {power:.2f}. Targets do not depend on each other, and beyond one "
        f"shard of {SHARD_PAIRS:,} pairs, more targets only make more shards. The billion is "
        "therefore computed with the time per target of the largest run.\n\nPairs take "
        f"{some.bytes_in / some.targets / VANTAGE_POINTS:.2f} bytes each, {_say(inward)} GB in all; "
        f"results {some.bytes_out / some.targets:,.0f} bytes per target, {_say(outward)} GB. Keeping "
        f"both for a month costs {_money(month)} at ${prices.gb_month:g} a GB. Assumed, not "
        f"measured: ${prices.core_hour:g} per core-hour and that price for storage, about what "
        "large clouds list without discounts; traffic stays within one data centre, where it is "
        "free; the vantage points cost nothing.\n"
    )


def _bounds(largest: dict[str, Any], powers: dict[str, Any]) -> str:
    packets = ADDRESSES * PINGS
    days = packets / PACKETS_A_SECOND / 3600 / DAY_HOURS
    sent = packets * PACKET_BYTES / 1e9
    some = largest["exclusion"]
    hours = core_hours(some, powers["exclusion"][0])
    words = (
        f"**Measuring.** {PINGS} pings to each address from each vantage point are "
        f"{packets / 1e9:,.0f} billion packets from each, which are {_say(sent)} GB and take "
        f"{days:,.1f} days at {PACKETS_A_SECOND:,} per second. All the computing above takes "
        f"{_time(hours / MACHINE_CORES)} of one machine of {MACHINE_CORES} cores. "
        "Most addresses do not answer: that makes the table smaller, but saves no time.\n\n"
    )
    floor = largest.get("shortest-ping")
    if floor is not None:
        share = cpu_a_target(floor, powers["shortest-ping"][0])
        share /= cpu_a_target(some, powers["exclusion"][0])
        words += (
            "**Computing.** `shortest-ping` reads, names and writes just as much and solves "
            f"next to nothing, and yet takes {100 * share:.0f} % of exclusion's processor time. A "
            "faster geometry could save no more than the rest.\n\n"
        )
    read = some.bytes_in / some.targets / cpu_a_target(some, powers["exclusion"][0])
    gigabytes = MACHINE_CORES * read / 1e9
    whom = "less" if gigabytes < NETWORK_GB else "more"
    return words + (
        f"**Reading.** One core takes in {read / 1e6:,.1f} MB of Parquet per second, so "
        f"{MACHINE_CORES} cores take in {gigabytes:,.2f} GB per second: {whom} than the "
        f"{NETWORK_GB} GB that a network of 10 Gbit/s delivers.\n"
    )


def _changes(some: Any, runs: list[Any]) -> str:
    pairs_a_target = VANTAGE_POINTS
    shards = ADDRESSES * pairs_a_target / SHARD_PAIRS
    most = max(one.peak_mb for one in runs)
    open_targets = FEW_FILES * SHARD_PAIRS // pairs_a_target
    tables = -(-ADDRESSES // MOST_RUNS)
    scratch = ADDRESSES * some.bytes_in / some.targets / 1e9
    rows = [
        "| from | what changes |",
        "|---|---|",
        f"| some million pairs | give a folder (`--output RESULTS/`): memory stays at that of a shard "
        f"({most:,.0f} MB at most in the runs above) instead of growing with the table |",
        f"| {MOST_RUNS:,} targets in one table | whether the rows of each target are adjacent is no "
        "longer remembered, and the table would be partitioned once more: cut it into tables of "
        f"at most that many targets ({tables:,} tables for the billion), each sorted by target, and "
        "locate each into a folder of its own |",
        f"| {open_targets:,} targets that are *not* sorted | partitioning opens a file for each "
        f"shard, and most systems allow {FEW_FILES:,}: "
        "raise `ulimit -n`, or sort when the measurements are reduced |",
        f"| a table in no order | it is written once more: {_say(scratch)} GB of scratch for the billion |",
        f"| more than one machine | {shards:,.0f} shards for the billion, each the same work for "
        "whoever takes it: [several machines](cluster.md); tables on shared storage |",
        "| known targets of more than two million pairs | a random share of them is learnt "
        "from; for exclusion this changes nothing, since it learns nothing |",
    ]
    return "\n".join(rows) + "\n"


def _say(value: float) -> str:
    """Two digits, thousands apart: what was measured does not carry more."""
    rounded = float(f"{value:.2g}")
    return f"{rounded:,.0f}" if rounded >= 10 else f"{rounded:g}"


def _time(hours: float) -> str:
    """Hours, or days where there are many."""
    return f"{hours:,.1f} hours" if hours < 2 * DAY_HOURS else f"{hours / DAY_HOURS:,.1f} days"


def _money(dollars: float) -> str:
    """Two digits; cents where there are few dollars."""
    rounded = float(f"{dollars:.2g}")
    return f"${rounded:,.0f}" if rounded >= 10 else f"${rounded:.2f}"
