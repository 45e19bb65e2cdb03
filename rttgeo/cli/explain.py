"""`rttgeo explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import numpy as np

from rttgeo.cli import options, output
from rttgeo.cli.reading import read_pairs
from rttgeo.constants import KM_PER_MS_RTT

if TYPE_CHECKING:
    import pandas as pd

    from rttgeo.explain import NextLandmark
    from rttgeo.locate import Estimate

EPILOG = """\b
Examples:
  rttgeo explain azure-2026 "UK South"
  rttgeo explain mesh.csv host-7 --json | jq .measure_next

Each landmark's circle by the bound: a factor of 3 says that the region would be
three times as large without it. The last lines say where one more landmark would
narrow the estimate most, of all places on the globe, and how far it would."""

MOST_ROWS = 20
PLACES = 5
APART_KM = 1000.0


@click.command(epilog=EPILOG)
@options.pairs_argument
@click.argument("target")
@click.option("--bound", type=click.Choice(list(KM_PER_MS_RTT)), default="fibre", show_default=True)
@click.option("--all", "everything", is_flag=True, help="Also landmarks that bound nothing.")
@options.resolution_option
@options.json_output_option
@options.skip_bad_option
def command(
    pairs: str,
    target: str,
    bound: str,
    everything: bool,
    resolution_km: float | None,
    json_output: str | None,
    skip_bad: bool,
) -> int:
    """Say why a target is put where it is, and where to measure from next.

    PAIRS: a file (CSV, Parquet), - for standard input, or a data set's name.
    """
    from rttgeo.explain import contributions, where_next
    from rttgeo.locate import locate

    mesh = read_pairs(pairs, skip_bad=skip_bad)
    table = contributions(mesh, target, bound=bound, resolution_km=resolution_km or 25.0)
    estimate = locate(mesh, target)
    following = where_next(estimate)
    document = _document(table, estimate, following, bound)
    if json_output is not None:
        output.emit(output.to_json(document), output.target(json_output))
    if json_output not in options.STANDARD_OUTPUT:
        output.emit(_text(document, everything), None)
    return 0


def _document(
    table: pd.DataFrame, estimate: Estimate, following: NextLandmark, bound: str
) -> dict[str, object]:
    landmarks = table.replace([np.inf, -np.inf], np.nan).astype(object)
    return {
        "format": "rttgeo-explanation",
        "version": 1,
        "target": estimate.target,
        "method": estimate.method,
        "lon": estimate.lon,
        "lat": estimate.lat,
        "area95_km2": estimate.credible_region(0.95).area_km2,
        "rests_on": estimate.bound,
        "notes": list(estimate.notes),
        "bound": bound,
        "landmarks": landmarks.where(landmarks.notna(), None).to_dict(orient="records"),
        "measure_next": _best(following),
    }


def _best(following: NextLandmark) -> list[dict[str, float]]:
    """The best places, none within `APART_KM` of a better one."""
    from rttgeo import sphere

    found: list[dict[str, float]] = []
    for at in np.argsort(-following.gain_nats, kind="stable"):
        lon, lat = float(following.lon[at]), float(following.lat[at])
        if all(sphere.distance_km(lon, lat, p["lon"], p["lat"]) > APART_KM for p in found):
            share = float(following.shrinkage[at])
            found.append({"lon": lon, "lat": lat, "area_left": share})
        if len(found) == PLACES:
            break
    return found


def _text(document: dict[str, object], everything: bool) -> str:
    landmarks: list[dict[str, object]] = document["landmarks"]  # type: ignore[assignment]
    places: list[dict[str, float]] = document["measure_next"]  # type: ignore[assignment]
    shown = [one for one in landmarks if everything or one["bounding"]]
    left_out = len(landmarks) - len(shown[:MOST_ROWS] if not everything else shown)
    rows = [
        [
            str(one["landmark"]),
            output.number(one["rtt_ms"], 1),
            output.number(one["radius_km"]),
            output.number(one["factor"], 2),
        ]
        for one in (shown if everything else shown[:MOST_ROWS])
    ]
    title = (
        f"{document['target']}: {document['lon']:.2f}°, {document['lat']:.2f}°, 95 % within "
        f"{output.number(document['area95_km2'])} km² ({document['method']})"
    )
    columns = ["landmark", "rtt ms", f"{document['bound']} km", "factor"]
    bounds = output.table(columns, rows, right=columns[1:], title=title)
    following = output.table(
        ["lon", "lat", "area left"],
        [[f"{p['lon']:.1f}", f"{p['lat']:.1f}", f"{p['area_left']:.0%}"] for p in places],
        right=["lon", "lat", "area left"],
        title="Where to measure from next",
    )
    rest = f"{left_out} further landmarks change nothing (--all shows them)\n" if left_out else ""
    return f"{bounds}\n{rest}\n{following}"
