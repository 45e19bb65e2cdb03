"""A coarse reading is written as it was read, and read back as the same bound."""

from __future__ import annotations

import csv
import io

import numpy as np

from rttgeo.pairs import read_mesh
from rttgeo.pairs.writing import write_csv

HEADER = "landmark,landmark_lat,landmark_lon,target,rtt_ms,resolution_ms\n"


def test_a_reading_is_as_short_as_it_was():
    read = [f"{n / 1000:.3f}".rstrip("0") for n in range(1, 3000) if n % 10]
    rows = "".join(f"l{n},1,2,x,{text},0.01\n" for n, text in enumerate(read))
    mesh = read_mesh(io.BytesIO((HEADER + rows).encode()))
    written = io.BytesIO()
    write_csv(mesh, written)
    table = csv.DictReader(written.getvalue().decode().splitlines())
    assert sorted(row["rtt_ms"] for row in table) == sorted(f"{float(text)}" for text in read)
    again = read_mesh(io.BytesIO(written.getvalue()))
    np.testing.assert_array_equal(again.pairs["rtt_ms"], mesh.pairs["rtt_ms"])
