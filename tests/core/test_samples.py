"""The samples behind a data set agree with its mesh."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rttgeo.catalogue.datasets import open_dataset
from rttgeo.catalogue.samples import Samples, has_samples, open_samples
from rttgeo.data.shipped import data_path
from rttgeo.errors import NotThereError
from rttgeo.figures.series import series_of


def test_the_kept_pings_are_those_of_their_mesh():
    mesh = open_dataset("anchor-pings-2020")
    (samples,) = open_samples("anchor-pings-2020")
    pairs = samples.pairs().set_index("probe")
    anchors = pd.read_csv(data_path("anchors.csv"), index_col="anchor")["probe"]
    anchors = anchors[anchors.isin(samples.probe)]
    names = mesh.landmarks.index[mesh.pairs["landmark"]]
    mine = pairs.loc[anchors[names]]
    np.testing.assert_allclose(mine["rtt_ms"], mesh.pairs["rtt_ms"])
    assert (mine["samples"].to_numpy() == mesh.pairs["samples"].to_numpy()).all()
    assert list(open_samples("anchor-pings-2020", ["elsewhere"])) == []


@pytest.mark.slow
def test_simulated_samples_have_the_minima_of_their_mesh():
    name, target = "simulated-2017-07-11", "nl-ams-as3333"
    (samples,) = open_samples(name, [target])
    mesh = open_dataset(name)
    of = mesh.of_target(target)
    lowest = samples.pairs().set_index("probe")["rtt_ms"]
    probes = mesh.landmarks["probe"].to_numpy()[of.landmark]
    np.testing.assert_allclose(lowest.loc[probes], of.rtt_ms)


def test_both_families_make_one_pair_and_two_series():
    samples = Samples(
        "x",
        np.array([3, 1, 2, 4]),
        np.array([7, 7, 7, 8]),
        np.array([4, 4, 6, 6]),
        np.array([9.0, 8.0, 5.0, np.nan]),
        np.array([12.0, 10.0, 20.0, 1.0]),
    )
    first, second = samples.pairs().to_dict("records")
    assert first["samples"] == 3 and first["rtt_ms"] == 10 and first["hops"] == 5
    assert first["deviation_ms"] == pytest.approx(np.std([12, 10, 20]))
    assert second["deviation_ms"] == 0 and np.isnan(second["hops"])
    series = series_of(samples.of_probe(7))
    assert list(series) == ["IPv4", "IPv6"]
    assert series["IPv4"].rtt_ms.tolist() == [10, 12]


def test_minima_alone_are_no_samples():
    assert has_samples("anchor-pings-2020") and not has_samples("azure-2026")
    with pytest.raises(NotThereError, match="no samples of 'azure-2026'"):
        open_samples("azure-2026")
