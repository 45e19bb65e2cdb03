"""Are the probabilities of cities and countries right? Of those claimed with p, how many hold it.

    python -m benchmarks.places azure-2026 [pairs.csv …]

Every target is located with itself left out of what is learnt. Its own city is the one that draws its
declared place most, by the same law that names the cities; its country is that city's. Targets whose
declared places the audit contradicts are left out. The meshes are what their names say, measured or
simulated.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import stats

import rttgeo
from rttgeo.auditing.report import audit
from rttgeo.estimators.api import locate_many
from rttgeo.estimators.estimate import Estimate
from rttgeo.load.rates import rate
from rttgeo.machine.one_thread import one_blas_thread
from rttgeo.mesh import Mesh
from rttgeo.report.places import likely_places, place_of

BINS = (0.005, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9, 1.01)
ALL = 100_000


def claimed(mesh: Mesh, estimates: list[Estimate]) -> Iterator[dict[str, object]]:
    """One row for each city and country that is named for a target, with whether it is its own."""
    for estimate in estimates:
        number = mesh.target_number(estimate.target)
        city, country = place_of(*(float(axis[number]) for axis in mesh.target_lonlat))
        found = likely_places(estimate, most=ALL)
        own = [(one.lon, one.lat) == city for one in found.cities]
        rows = [("city", one.p, right) for one, right in zip(found.cities, own, strict=True)]
        rows += [("country", one.p, one.code == country) for one in found.countries]
        first = {"city": True, "country": True}
        for what, p, right in rows:
            yield {
                "mesh": mesh.provenance.label(), "target": estimate.target, "what": what, "p": p,
                "right": right, "first": first[what],
            }  # fmt: skip
            first[what] = False


@one_blas_thread
def measure(meshes: list[Mesh]) -> pd.DataFrame:
    """The rows of all targets with a posterior whose places nothing contradicts."""
    rows: list[dict[str, object]] = []
    for mesh in meshes:
        bad = {finding.node for finding in audit(mesh).misplaced}
        known = np.isfinite(mesh.target_lonlat[0]) & ~mesh.targets.index.isin(bad)
        estimates = locate_many(mesh, [str(name) for name in mesh.targets.index[known]])
        rows += claimed(mesh, [one for one in estimates if one.posterior is not None])
    return pd.DataFrame(rows)


def printed(table: pd.DataFrame) -> str:
    """How often those claimed with about the same probability are right, and the first named.

    With 95 % intervals (Wilson), and the probability of so many or fewer likely counts if the claim were
    right (an exact binomial test; places of one target are not independent, so it is a guide).
    """
    bins = pd.cut(table["p"], BINS, right=False)
    reliability = table.groupby(["what", bins], observed=True).agg(
        named=("p", "size"), claimed=("p", "mean"), right=("right", "mean"), hits=("right", "sum")
    )
    rates = [rate(int(h), int(n)) for h, n in reliability[["hits", "named"]].to_numpy()]
    reliability["low"], reliability["high"] = (
        [getattr(r, end) for r in rates] for end in ("low", "high")
    )
    reliability["chance"] = [
        stats.binomtest(int(h), int(n), p).pvalue
        for h, n, p in reliability[["hits", "named", "claimed"]].to_numpy()
    ]
    first = (
        table[table["first"]]
        .groupby(["what", "mesh"])
        .agg(targets=("p", "size"), claimed=("p", "mean"), right=("right", "mean"))
    )
    return f"{reliability.round(3).to_string()}\n\nThe first named\n{first.round(3).to_string()}"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mesh", nargs="+", help="data set or pairs table")
    meshes = [
        rttgeo.read_mesh(name) if name.endswith((".csv", ".parquet")) else rttgeo.open_dataset(name)
        for name in parser.parse_args().mesh
    ]
    print(printed(measure(meshes)))


if __name__ == "__main__":
    main()
