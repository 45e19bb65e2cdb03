"""Where no place can be given, no form of the answer gives one, by any method; else all of them do."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

import rttgeo
from rttgeo.census.columns import locate_columns
from rttgeo.cli.main import main
from rttgeo.estimators import METHODS
from rttgeo.explore.view import of_estimate
from rttgeo.report.headline import headline
from rttgeo.report.tables import estimate_features, estimate_record
from rttgeo.report.webmap import _target

OWN = '''
"""A delay model that allows nothing, and an estimator that gives a place beside an empty region."""
import numpy as np
import rttgeo
from rttgeo.delay.statements import Bound, BoundKind

class Nothing:
    name = "nothing"
    bound = Bound(BoundKind.ASSUMED, "ten km")
    def fit(self, mesh):
        return self
    def notes(self, landmark):
        return ()
    def bounds_km(self, rtt_ms, landmark):
        return np.zeros(len(rtt_ms)), np.full(len(rtt_ms), 10.0)

class Beside:
    name = "beside"
    def fit(self, mesh, grid):
        self.grid = grid
        return self
    def locate(self, pairs, target):
        none = np.empty(0, dtype=np.int64)
        region = rttgeo.Region.from_intervals(self.grid, none, none)
        return rttgeo.Estimate("beside", target, 16.4, 48.2, feasible=region)
'''
ROWS = """landmark,landmark_lat,landmark_lon,target,target_lat,target_lon,rtt_ms
vienna,48.21,16.37,fine,48.2,16.3,3
berlin,52.52,13.41,fine,48.2,16.3,12
paris,48.86,2.35,fine,48.2,16.3,20
vienna,48.21,16.37,none,48.2,16.3,1
sydney,-33.87,151.21,none,48.2,16.3,1
tokyo,35.68,139.69,none,48.2,16.3,1
"""


def own(name: str) -> object:
    scope: dict[str, object] = {}
    exec(compile(OWN, "own.py", "exec"), scope)
    made = scope[name]()  # type: ignore[operator]
    return rttgeo.Multilateration(made) if name == "Nothing" else made


WAYS = [*METHODS, "own Nothing", "own Beside"]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("none") / "pairs.csv"
    path.write_text(ROWS)
    return path


@pytest.mark.parametrize("way", WAYS)
def test_sentence_place_and_region_agree(way: str, table: Path) -> None:
    method = own(way.removeprefix("own ")) if way.startswith("own ") else way
    mesh = rttgeo.read_mesh(table)
    options = {"method": method, "resolution_km": 300, "audit": False}
    columns = locate_columns(mesh, regions="none", **options).to_pylist()
    for estimate in rttgeo.locate_many(mesh, **options):
        record = estimate_record(mesh, estimate)
        said = headline(record)
        nowhere = estimate.empty
        assert nowhere == said.startswith("No place can be given") or "several places" in said
        assert nowhere == (estimate.has_region and estimate.area_km2 == 0)
        (column,) = [one for one in columns if one["target"] == estimate.target]
        features = [one["properties"]["feature"] for one in estimate_features(mesh, estimate)]
        places = {
            "estimate": None if math.isnan(estimate.lon) else estimate.lon,
            "to_dict": estimate.to_dict()["lon"],
            "record": record["lon"],
            "record, latitude": record["lat"],
            "error": record["error_km"],
            "nearest": record["nearest_landmark"],
            "column": column["lon"],
            "column, latitude": column["lat"],
            "error of the column": column["error_km"],
            "nearest of the column": column["nearest_landmark"],
            "feature": True if "place" in features else None,
            "page": _target(mesh, estimate, 0.95).place,
            "explorer": of_estimate(estimate).place,
            "repr": None if "no place" in repr(estimate) else True,
        }
        given = {name for name, value in places.items() if value is not None}
        assert given == (set() if nowhere else set(places)), f"{estimate.target}: {said}"
    if way in ("exclusion", "exclusion-vacuum", "own Nothing", "own Beside"):
        assert any(one["empty"] for one in columns), "or nothing has been shown"


@pytest.mark.parametrize("name", ["own_nothing:Nothing", "own_nothing:Beside", "exclusion"])
def test_on_the_command_line(name: str, table: Path, tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    Path("own_nothing.py").write_text(OWN)
    asked = ["locate", str(table), "-t", "none", "-m", name, "--resolution-km", "300"]
    assert main([*asked, "--map", "map.html"]) == 1
    text = capsys.readouterr().out
    assert text.startswith("No place can be given for none")
    (row,) = [line for line in text.splitlines() if line.startswith("none ")]
    assert row.split()[1:5] == ["–", "–", "–", "empty"]
    assert '"place":null' in Path("map.html").read_text()
    assert main([*asked, "--json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)["estimates"]
    assert found["lon"] is None and found["lat"] is None
    assert main([*asked, "-o", "out.geojson"]) == 1
    features = json.loads(Path("out.geojson").read_text())["features"]
    assert not any(one["properties"]["feature"] == "place" for one in features)
    assert main([*asked, "-o", "out.csv"]) == 1
    header, line = Path("out.csv").read_text().splitlines()
    cells = dict(zip(header.split(",")[:4], line.split(",")[:4], strict=True))
    assert cells["lon"] == cells["lat"] == ""


def test_an_evaluation_counts_what_stands_beside_an_empty_region(table: Path) -> None:
    mesh = rttgeo.read_mesh(table)
    found = rttgeo.locate(mesh, "none", method=own("Beside"), resolution_km=300, audit=False)
    assert found.guess == found.stand_in == (16.4, 48.2) and np.isnan(found.error_km(16, 48))
    found = rttgeo.locate(mesh, "none", method="exclusion", resolution_km=300, audit=False)
    assert found.guess in [(16.37, 48.21), (151.21, -33.87), (139.69, 35.68)]
