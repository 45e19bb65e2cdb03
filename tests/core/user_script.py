"""A user's script: checked by ``mypy --strict`` and run by test_front_door.py."""

import tempfile
from pathlib import Path

import rttgeo

mesh = rttgeo.open_dataset("azure-2026")
estimate = rttgeo.locate(mesh, target="West Europe", method="exclusion")
area_km2: float = estimate.region.area_km2
assert estimate.support.area_km2 >= area_km2
for one in rttgeo.locate_many(mesh, ["UK South", "Japan East"], method="cbg"):
    print(one.target, one.lon, one.lat)
table = rttgeo.locate_many(mesh, ["UK South"], method="cbg").to_geodataframe(level=0.5)

model: rttgeo.Model = rttgeo.fit(mesh, method="exclusion", resolution_km=100)
there: rttgeo.Estimate = model.locate({"UK South": 4.0, "West Europe": 9.0}, target="mine")
with tempfile.TemporaryDirectory() as folder:
    kept: Path = model.save(Path(folder) / "exclusion.model")
    again = rttgeo.load_model(kept)
    written: Path = rttgeo.write_mesh(mesh, Path(folder) / "pairs.csv")
    same: rttgeo.Mesh = rttgeo.read_mesh(written)
assert again.learnt_from.n_pairs == len(same)

bad = rttgeo.audit(mesh).clean
evaluation = rttgeo.evaluate(mesh, ["shortest-ping"], resolution_km=400)
try:
    rttgeo.locate(mesh, "West Europ")
except rttgeo.NotThereError as error:
    print(error)
