"""How near passive times are to the truth, and how many are too short: by method, on `data/captures`.

    python -m benchmarks.passive_accuracy [another folder of such captures]

What counts as near, too long and too short is said in `rttgeo.passive.made`.
"""

from __future__ import annotations

import sys

from rttgeo.passive.made import made_captures, ratios_by_method, shares
from rttgeo.typing import FloatArray

HEAD = (
    "capture", "method", "samples", "within 5 %", "too long", "too short", "minimum ms",
    "stack's own ms",
)  # fmt: skip


def rows(folder: str | None) -> list[list[str]]:
    """A row each capture and method, then one each method over all."""
    captures, made = made_captures(folder), []
    for one in captures:
        for method, ratio in one.ratios.items():
            minimum = f"{one.minima_ms[method]:.2f}" if method in one.minima_ms else "–"
            made.append([one.name, method, *_said(ratio), minimum, f"{one.stack_min_ms:.2f}"])
    over_all = ratios_by_method(captures).items()
    return made + [["all", method, *_said(ratio), "", ""] for method, ratio in over_all]


def _said(ratio: FloatArray) -> list[str]:
    found = shares(ratio)
    short = str(round(found.too_short * found.samples))
    return [
        f"{found.samples:,}",
        f"{100 * found.near:.1f} %",
        f"{100 * found.too_long:.1f} %",
        short,
    ]


def main() -> int:
    """Print the table as Markdown."""
    print("| " + " | ".join(HEAD) + " |")
    print("|" + "---|" * 2 + "--:|" * 6)
    for row in rows(sys.argv[1] if len(sys.argv) > 1 else None):
        print("| " + " | ".join(row) + " |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
