"""Tables and plot of the engine's benchmark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.pyplot as plt

from rttgeo.machine.files import write_atomically, write_json, writing

matplotlib.use("Agg")


def write(found: dict[str, Any], folder: Path) -> None:
    """Write ``engine.json``, ``engine.md`` and ``engine.png`` into a folder."""
    write_json(folder / "engine.json", found)
    write_atomically(folder / "engine.md", markdown(found))
    figure = plot(found)
    with writing(folder / "engine.png") as file:
        figure.savefig(file, format="png", dpi=120)
    plt.close(figure)


def markdown(found: dict[str, Any]) -> str:
    """The whole report as Markdown."""
    parts = [
        f"# The engine, measured ({found['machine']}; made-up input)\n",
        _comparison("Intersection", found["intersection"]),
        _comparison("Intersection, loose bounds,", found["loose"]),
        _comparison("Votes", found["votes"]),
        _posterior(found["posterior"]),
        _batch(found["batch"]),
        _methods(found["methods"]),
        _leave_one_out(found["leave_one_out"]),
        _first_call(found["start"]),
        _memory(found["memory"]),
    ]
    return "\n".join(parts)


def _comparison(title: str, part: dict[str, Any]) -> str:
    ours = part["rows"][-1]["ms"]
    lines = [
        f"## {title} of {part['circles']} circles on {part['cells']:,} cells\n",
        "| way | ms | × rttgeo | cells that differ |",
        "|---|---:|---:|---:|",
    ]
    for row in part["rows"]:
        off = "–" if row["cells_off"] is None else row["cells_off"]
        lines.append(f"| {row['way']} | {row['ms']:,.3g} | {row['ms'] / ours:,.3g} | {off} |")
    return "\n".join(lines) + "\n"


def _posterior(part: dict[str, Any]) -> str:
    each, once = part["read_write_region_each_landmark_ms"], part["read_write_region_once_ms"]
    globe = part["read_write_globe_once_ms"]
    rows = (
        ("every cell of the region", "every_cell_of_region_ms"),
        ("coarse to fine, in the region", "coarse_to_fine_in_region_ms"),
        ("coarse to fine, on the globe", "coarse_to_fine_on_globe_ms"),
    )
    lines = [
        f"## Posterior of {part['landmarks']} landmarks, 12.7 km cells\n",
        f"{part['cells_of_region']:,} cells in the exclusion region, {part['cells_kept']:,} kept "
        f"of {part['cells_of_globe']:,}. Reading and writing takes {once:.3g} ms for the region "
        f"once, {each:.3g} ms once a landmark, {globe:.3g} ms for the globe once.\n",
        "| way | ms | × region once a landmark | × globe once | × region once |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, key in rows:
        ms = part[key]
        lines.append(
            f"| {name} | {ms:.3g} | {ms / each:.3g} | {ms / globe:.3g} | {ms / once:.3g} |"
        )
    return "\n".join(lines) + "\n"


def _batch(part: dict[str, Any]) -> str:
    lines = [
        f"## {part['targets']:,} targets × {part['landmarks']} landmarks by exclusion\n",
        f"{part['seconds']:.2f} s, {part['targets_per_second']:,.0f} targets a second.\n",
        "| landmarks | cells | threads | targets a second |",
        "|---:|---:|---:|---:|",
    ]
    for key in ("over_landmarks", "over_cells", "over_threads"):
        lines += [
            f"| {r['landmarks']} | {r['cells']:,} | {r['threads']} | "
            f"{r['targets_per_second']:,.0f} |"
            for r in part[key]
        ]
    return "\n".join(lines) + "\n"


def _methods(rows: list[dict[str, Any]]) -> str:
    lines = [
        "## Whole methods, 500 landmarks, each target left out of what is learnt\n",
        "| method | targets | s | CPU s | targets a second | memory added, MB |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {r['method']} | {r['targets']:,} | {r['seconds']:.2f} | {r['cpu_seconds']:.2f} | "
        f"{r['targets'] / r['seconds']:,.0f} | {r['added_mb']:,.0f} |"
        for r in rows
    ]
    return "\n".join(lines) + "\n"


def _leave_one_out(rows: list[dict[str, Any]]) -> str:
    total = sum(r["seconds"] for r in rows)
    lines = [
        f"## Full mesh of {rows[0]['targets']} nodes (simulated), every method: {total:.0f} s\n",
        "| method | s | ms a target |",
        "|---|---:|---:|",
    ]
    lines += [
        f"| {r['method']} | {r['seconds']:.2f} | {1e3 * r['seconds'] / r['targets']:.1f} |"
        for r in rows
    ]
    return "\n".join(lines) + "\n"


def _first_call(part: dict[str, Any]) -> str:
    lines = [
        "## First call, seconds\n",
        "| kernels | import rttgeo | import rttgeo.cells.grid | first region |",
        "|---|---:|---:|---:|",
    ]
    for name, row in part.items():
        times = " | ".join(f"{value:.2f}" for value in row.values())
        lines.append(f"| {name.replace('_', ' ')} | {times} |")
    return "\n".join(lines) + "\n"


def _memory(rows: list[dict[str, Any]]) -> str:
    lines = [
        "## Peak memory of the batch, MB (500 landmarks)\n",
        "| targets | process | of which input | added by the engine |",
        "|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {r['targets']:,} | {r['peak_mb']:,.0f} | {r['input_mb']:,.0f} | "
        f"{r['added_by_the_engine_mb']:.1f} |"
        for r in rows
    ]
    return "\n".join(lines) + "\n"


def plot(found: dict[str, Any]) -> plt.Figure:
    """Bars of times on logarithmic axes, and targets per second over three quantities."""
    figure, axes = plt.subplots(2, 3, figsize=(17, 8.5), width_ratios=(1.4, 1, 1))
    circles = found["intersection"]["circles"]
    _bars(axes[0, 0], found["intersection"]["rows"], f"intersection of {circles} circles")
    _bars(axes[0, 1], found["votes"]["rows"], f"votes of {circles} circles")
    loo = found["leave_one_out"]
    _bars(
        axes[0, 2],
        [{"way": r["method"], "ms": 1e3 * r["seconds"] / r["targets"]} for r in loo],
        f"a target of {loo[0]['targets']} nodes, left out",
        ours=-2,
    )
    for ax, (key, x) in zip(
        axes[1],
        (("over_landmarks", "landmarks"), ("over_cells", "cells"), ("over_threads", "threads")),
        strict=True,
    ):
        curve = found["batch"][key]
        ax.plot([r[x] for r in curve], [r["targets_per_second"] for r in curve], "o-")
        ax.set(xlabel=x, ylabel="targets per second, exclusion", ylim=(0, None))
        if x != "threads":
            ax.set_xscale("log")
        else:
            ax.set_xticks([r[x] for r in curve])
    figure.suptitle(f"rttgeo engine, {found['machine']}; made-up input", fontsize=10)
    figure.tight_layout()
    return figure


def _bars(ax: plt.Axes, rows: list[dict[str, Any]], title: str, ours: int = -1) -> None:
    names = [row["way"].split(" (")[0] for row in rows]
    colours = ["0.6"] * len(rows)
    colours[ours] = "C0"
    bars = ax.barh(names, [row["ms"] for row in rows], color=colours)
    ax.bar_label(bars, fmt="{:,.3g} ms", padding=3)
    ax.set(xscale="log", xlabel="ms", title=title)
    ax.margins(x=0.6)
    ax.invert_yaxis()
