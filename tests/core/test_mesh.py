"""The mesh checks what it is given, and hands it on in one order."""

import numpy as np
import pandas as pd
import pytest

from rttgeo import sphere
from rttgeo.catalogue.datasets import DATASETS, open_dataset
from rttgeo.data.shipped import data_path
from rttgeo.errors import BadInputError, NotThereError
from rttgeo.mesh import Mesh, Provenance, nodes

TOLD = Provenance("t", "simulated")


def mesh(pairs, n_landmarks=3, n_targets=2):
    landmarks = nodes([f"l{i}" for i in range(n_landmarks)], range(n_landmarks), [0] * n_landmarks)
    lon = np.array([10.0] * (n_targets - 1) + [np.nan])
    targets = nodes([f"t{i}" for i in range(n_targets)], lon, np.where(np.isnan(lon), np.nan, 5.0))
    frame = pd.DataFrame(pairs, columns=["target", "landmark", "rtt_ms"])
    return Mesh.build(landmarks, targets, frame, TOLD)


def test_pairs_come_out_sorted_and_by_target():
    made = mesh([(1, 0, 9.0), (0, 2, 5.0), (0, 1, 7.0)])
    assert made.pairs[["target", "landmark"]].to_numpy().tolist() == [[0, 1], [0, 2], [1, 0]]
    assert made.offsets.tolist() == [0, 2, 3]
    one = made.of_target("t0")
    assert one.landmark.tolist() == [1, 2] and one.rtt_ms.tolist() == [7.0, 5.0]
    assert one.lon.tolist() == [1.0, 2.0]


def test_distances_are_those_of_the_sphere_and_nan_without_truth():
    made = mesh([(0, 1, 9.0), (1, 0, 5.0)])
    assert made.distance_km[0] == sphere.distance_km(1, 0, 10, 5)
    assert np.isnan(made.distance_km[1]) and made.has_truth


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ([(0, 0, 0.0)], "rtt_ms is 0.0"),
        ([(0, 0, np.nan)], "rtt_ms is nan"),
        ([(0, 0, np.inf)], "rtt_ms is inf"),
        ([(0, 3, 1.0)], "landmark row 3"),
        ([(2, 0, 1.0)], "target row 2"),
        ([(0, 1, 1.0), (0, 1, 2.0)], "appears twice"),
    ],
)
def test_bad_pairs_are_refused(pairs, said):
    with pytest.raises(BadInputError, match=said):
        mesh(pairs)


def test_bad_nodes_are_refused():
    frame = pd.DataFrame({"target": [0], "landmark": [0], "rtt_ms": [1.0]})
    good = nodes(["a"], [0], [0])
    with pytest.raises(BadInputError, match="'a' has no coordinates"):
        Mesh.build(nodes(["a"], [np.nan], [0]), good, frame, TOLD)
    with pytest.raises(BadInputError, match="'a' appears twice"):
        Mesh.build(nodes(["a", "a"], [0, 1], [0, 0]), good, frame, TOLD)
    with pytest.raises(BadInputError, match="latitude"):
        nodes(["a"], [0], [91])


def test_a_target_that_is_not_there_is_named():
    made = mesh([(0, 0, 1.0)])
    with pytest.raises(NotThereError, match="no target 'x' in t; there are t0, t1"):
        made.of_target("x")
    with pytest.raises(NotThereError, match="number 7"):
        made.of_target(7)


def test_an_empty_mesh_has_an_answer():
    made = mesh([])
    assert len(made) == 0 and made.summary()["median_rtt_ms"] is None
    assert len(made.of_target("t0").rtt_ms) == 0


def test_html_is_escaped():
    frame = pd.DataFrame({"target": [0], "landmark": [0], "rtt_ms": [1.0]})
    table = nodes(["a"], [0], [0])
    html = Mesh.build(table, table, frame, Provenance("<script>"))._repr_html_()
    assert "<script>" not in html and "&lt;script&gt;" in html


def test_the_measured_mesh_that_comes_with_rttgeo():
    cloud = open_dataset("azure-2026")
    assert cloud.provenance.kind == "measured" and "median" in cloud.provenance.statistic
    assert (len(cloud.landmarks), len(cloud)) == (50, 2350)
    assert np.all(cloud.pairs["rtt_ms"] == np.round(cloud.pairs["rtt_ms"]))
    assert np.isfinite(cloud.distance_km).all()


def test_the_simulated_mesh_says_so():
    made = open_dataset("simulated-2017-07-11")
    assert made.provenance.kind == "simulated" == DATASETS["simulated-2017-07-11"].kind
    assert made.provenance.name == "simulated-2017-07-11"


def test_an_unknown_data_set_and_file_are_named(tmp_path):
    with pytest.raises(NotThereError, match="azure-2026"):
        open_dataset("no-such-set")
    with pytest.raises(BadInputError, match="no such file"):
        open_dataset(tmp_path / "none.csv")
    with pytest.raises(NotThereError, match=r"none\.bin"):
        data_path("none.bin")
