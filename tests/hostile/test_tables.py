"""Attacks on pairs tables, regions, descriptions and address tables: each one line, or counted."""

import datetime
import decimal
import io
import sys
import tracemalloc

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from mmdb_file import write_mmdb

from rttgeo.atlas import Recipe
from rttgeo.cells.grid import Grid, read_region
from rttgeo.cli.main import main
from rttgeo.errors import BadInputError, RttgeoError
from rttgeo.mesh import Provenance
from rttgeo.pairs import DoubtWarning, read_mesh, read_mesh_report, write_mesh
from rttgeo.pairs.places import NodeNumbers
from rttgeo.sources import mesh_from_files
from rttgeo.sources.addresses import locate_by_mmdb, locate_by_table

HEADER = "landmark,landmark_lat,landmark_lon,target,target_lat,target_lon,rtt_ms\n"
GOOD = "a,10,20,b,30,40,25\n"


def read(text, **options):
    return read_mesh_report(io.BytesIO(text.encode()), **options)


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0), (0, 2, 1)])
def test_a_second_place_takes_nobodys_name(order):
    rows = ["a,1,2,x,,,15\n", '"a@9,8",50,60,x,,,16\n', "a,8,9,y,,,17\n"]
    mesh, report = read(HEADER + "".join(rows[i] for i in order))
    places = {name: (p.x, p.y) for name, p in mesh.landmarks.geometry.items()}
    assert len(places) == 3 and places["a@9,8"] == (60, 50)
    assert sorted(places.values()) == [(2, 1), (9, 8), (60, 50)]
    assert len(report.moved) == 1 and len(mesh) == 3


def test_places_that_look_alike_in_print_stay_apart():
    rows = [f"a,{lat},{lon},x{lat},,,15\n" for lat, lon in ((1, 2), (50.00001, 60), (50.02, 60))]
    mesh, _ = read(HEADER + "".join(rows))
    assert len(mesh.landmarks) == 3


def test_one_node_in_two_roundings_is_one_node_and_is_said():
    text = HEADER + "a,52.37,4.90,x,,,15\na,52.3712,4.9011,y,,,16\na,-33.9,151.2,z,,,17\n"
    mesh, report = read(text)
    assert len(mesh.landmarks) == 2 and list(report.nudged_km) == ["a"]
    assert report.nudged_km["a"] == pytest.approx(0.153, abs=0.01)
    with pytest.warns(DoubtWarning, match="differ by up to 0.15 km"):
        read_mesh(io.BytesIO(text.encode()))


def test_a_name_at_very_many_places_takes_no_longer_for_each(tmp_path):
    def work(count):
        nodes = NodeNumbers()
        code = nodes.numbers(["a"] * count)
        rng = np.random.default_rng(1)
        place = np.stack([rng.uniform(-180, 180, count), rng.uniform(-60, 60, count)], axis=1)
        steps = [0]
        sys.setprofile(lambda *_: steps.__setitem__(0, steps[0] + 1))
        try:
            found = nodes.place(code, *place.T)
        finally:
            sys.setprofile(None)
        assert len(np.unique(found)) > count * 0.98
        return steps[0]

    assert work(4000) < 6 * work(1000)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("a,10,20,b,30,40,1e-9", "rtt_ms"), ("a,10,20,b,30,40,1e300", "rtt_ms"),
        ("a,10,20,b,91,40,5", "target_lat"), ("a,10,20,b,30,181,5", "target_lon"),
        ("\u200b,10,20,b,30,40,5", "landmark"), ("a,10,20,\u3000,30,40,5", "target"),
        ("a,10,20,b,30,40,5,0", "samples"), ("a,10,20,b,30,40,5,0.5", "samples"),
        ("a,10,20,b,30,40,5,1e300", "samples"), ("a,10,20,b,30,40,5,,2.5", "hops"),
        ("a,10,20,b,30,40,5,,300", "hops"), ("a,10,20,b,30,40,5,,,-1", "deviation_ms"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_line_and_column(row, column):
    row += "," * (9 - row.count(","))
    with pytest.raises(BadInputError, match=f"line 2, column {column}"):
        read(HEADER.strip() + ",samples,hops,deviation_ms\n" + row + "\n")


KINDS = {
    "bool": [True, False], "date": [datetime.date(2020, 1, 1)] * 2, "bytes": [b"a", b"b"],
    "list": [[1.0], [2.0]], "struct": [{"x": 1}, {"x": 2}], "text": ["a", "\x1b[31m"],
    "null": [None, None], "decimal": [decimal.Decimal("5.5")] * 2, "int": [2**62, -5],
    "float": [float("nan"), float("inf")], "numbers in text": ["5", "x"],
    "time": [datetime.timedelta(1)] * 2, "coded ints": pa.array([1, 2]).dictionary_encode(),
    "coded bools": pa.array(["5", None]).dictionary_encode(), "huge": [1e300, 5e-324],
    "map": pa.array([[("a", 1)], [("b", 2)]], pa.map_(pa.string(), pa.int32())),
    "half": pa.array(np.array([1, 2], dtype=np.float16)), "bad text": None,
}  # fmt: skip


def kind_of(name):
    if name == "bad text":
        # Parquet takes the word of a file that its bytes are UTF-8.
        offsets = pa.py_buffer(np.array([0, 1, 2], dtype=np.int32).tobytes())
        return pa.Array.from_buffers(pa.string(), 2, [None, offsets, pa.py_buffer(b"\xff\xfe")])
    return KINDS[name] if isinstance(KINDS[name], pa.Array) else pa.array(KINDS[name])


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_in_every_column_is_read_or_one_line(kind, tmp_path):
    good = pa.table(
        {
            "landmark": ["a", "b"], "landmark_lat": [1.0, 2.0], "landmark_lon": [3.0, 4.0],
            "target": ["x", "y"], "target_lat": [5.0, 6.0], "target_lon": [7.0, 8.0],
            "rtt_ms": [20.0, 30.0], "samples": [3, 4], "hops": [5, 6], "deviation_ms": [0.1, 0.2],
        }
    )  # fmt: skip
    for number, name in enumerate(good.column_names):
        path = tmp_path / "p.parquet"
        pq.write_table(good.set_column(number, name, kind_of(kind)), path)
        try:
            mesh, report = read_mesh_report(path, skip_bad=True)
        except BadInputError as error:
            assert "\n" not in str(error) and "p.parquet" in str(error)
            continue
        assert report.rows == report.kept + sum(report.skipped.values()) + report.self_pairs
        rtt = mesh.pairs["rtt_ms"]
        assert kind not in ("bool", "date", "bytes", "list", "struct", "map", "time", "bad text")
        assert ((rtt >= 0.0005) & (rtt <= 1e6)).all()


@pytest.mark.parametrize("name", ["rtt_ms", "landmark", "samples"])
def test_a_doubled_column_of_parquet_is_refused(name, tmp_path):
    table = pa.Table.from_pandas(pd.read_csv(io.StringIO(HEADER + GOOD)).assign(samples=1))
    twice = table.append_column(name, table[name])
    pq.write_table(twice, tmp_path / "p.parquet")
    with pytest.raises(BadInputError, match=f"column '{name}' appears twice"):
        read_mesh(tmp_path / "p.parquet")


def test_the_content_says_which_form_a_table_has(tmp_path):
    mesh, _ = read(HEADER + GOOD)
    (tmp_path / "a.parquet").write_text(HEADER + GOOD)
    write_mesh(mesh, tmp_path / "b.parquet").rename(tmp_path / "b.csv")
    for name in ("a.parquet", "b.csv"):
        assert len(read_mesh(tmp_path / name)) == 1
    with (tmp_path / "b.csv").open("rb") as file:
        assert len(read_mesh(io.BytesIO(file.read()))) == 1


def bomb(path, rows):
    pair = pa.table(
        {
            "landmark": ["a"], "landmark_lat": [1.0], "landmark_lon": [2.0], "target": ["b"],
            "target_lat": [3.0], "target_lon": [4.0], "rtt_ms": [50.0],
        }
    )  # fmt: skip
    with pq.ParquetWriter(path, pair.schema, compression="zstd") as writer:
        part = pa.concat_tables([pair] * 1000).combine_chunks()
        part = pa.concat_tables([part] * 500).combine_chunks()
        for _ in range(rows // 500_000):
            writer.write_table(part)
    return path


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = bomb(tmp_path / "bomb.parquet", 4_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(BadInputError, match="measurements never do"):
            read_mesh(path)
        assert tracemalloc.get_traced_memory()[1] < 20e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "stated",
    [
        "[" * 100_000, "{" * 5000,
        '{"name":5}', '{"name":"n","kind":"evil"}', '{"name":"n","source":["x"]}',
        '"text"', "5", "null", '{"kind":"measured"}', '{"name":" "}', '{"name":"n","more":1}', "\x00",
        '{"name":"n","kind":null}', '{"name":"' + "x" * (1 << 21) + '"}', '{"name":NaN}',
    ],
)  # fmt: skip
def test_what_a_table_says_of_itself_is_checked(stated, tmp_path, capsys):
    path = tmp_path / "p.csv"
    path.write_text(HEADER + GOOD)
    (tmp_path / "p.csv.meta.json").write_text(stated)
    assert main(["audit", str(path)]) == 2
    said = capsys.readouterr().err
    assert "p.csv.meta.json" in said and len(said.splitlines()) == 1 and len(said) < 500
    table = pa.Table.from_pandas(pd.read_csv(path), preserve_index=False)
    pq.write_table(table.replace_schema_metadata({"rttgeo": stated}), tmp_path / "p.parquet")
    with pytest.raises(BadInputError, match=r"p\.parquet"):
        read_mesh(tmp_path / "p.parquet")


def test_nobody_is_stamped_measured_who_did_not_say_so(tmp_path):
    (tmp_path / "p.csv").write_text(HEADER + GOOD)
    assert read_mesh(tmp_path / "p.csv").provenance.kind == "unstated"
    for fields in ({"kind": "evil"}, {"kind": True}, {"name": 5}, {"date": 2020}, {"name": ""}):
        with pytest.raises(BadInputError):
            Provenance(**({"name": "n"} | fields))


@pytest.mark.parametrize(("scale", "said"), [(1000, "microseconds"), (0.001, "seconds"), (1, None)])
def test_another_unit_is_asked_about(scale, said):
    rows = [("ams", 52.37, 4.9, 14.4), ("zrh", 47.38, 8.54, 12.4), ("vie", 48.21, 16.37, 20.4)]
    text = HEADER + "".join(f"{n},{lat},{lon},srv,,,{ms * scale}\n" for n, lat, lon, ms in rows)
    _, report = read(text)
    assert (said in report.hint) if said else not report.hint


@pytest.mark.parametrize(
    "damage",
    [
        lambda t: t.set_column(0, "start", pa.array([True, False])),
        lambda t: t.set_column(0, "start", pa.array([0.5, 10.0])),
        lambda t: t.set_column(0, "start", pa.array([None, 10])),
        lambda t: t.set_column(0, "start", pa.array(["0", "10"])),
        lambda t: t.append_column("start", t["start"]),
        lambda t: t.replace_schema_metadata({"rttgeo.nside": "9" * 5000}),
        lambda t: t.replace_schema_metadata({"rttgeo.nside": "0"}),
        lambda t: t.replace_schema_metadata(None),
    ],
)
def test_a_damaged_region_is_one_line(damage, tmp_path):
    grid = Grid(nside=16)
    path = grid.cap(4.9, 52.4, 900).to_parquet(tmp_path / "r.parquet")
    table = pq.read_table(path)
    assert read_region(path).n_cells > 2
    pq.write_table(damage(table.slice(0, 2)), path)
    with pytest.raises(RttgeoError, match=r"r\.parquet|nside") as caught:
        read_region(path)
    assert "\n" not in str(caught.value)


def test_no_byte_of_a_parquet_file_breaks_its_readers(tmp_path):
    mesh, _ = read(HEADER + GOOD)
    whole = write_mesh(mesh, tmp_path / "p.parquet").read_bytes()
    for at in range(0, len(whole), max(1, len(whole) // 150)):
        path = tmp_path / "q.parquet"
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        try:
            read_mesh(path)
        except BadInputError as error:
            assert "\n" not in str(error)


def test_degrees_off_the_earth_are_no_unknown_place(tmp_path):
    (tmp_path / "t.csv").write_text("network,latitude,longitude\n192.0.2.0/24,91,4\n")
    with pytest.raises(BadInputError, match="line 2, column latitude"):
        locate_by_table(tmp_path / "t.csv", ["192.0.2.1"])


@pytest.mark.parametrize("url", ["file://{}", "http://127.0.0.1:9/x.csv", "ftp://127.0.0.1:9/x"])
def test_no_reader_opens_a_url(url, tmp_path):
    (tmp_path / "p.csv").write_text(HEADER + GOOD)
    name = url.format(tmp_path / "p.csv")
    places = {"a": (1.0, 2.0)}
    tries = [
        lambda: read_mesh(name),
        lambda: locate_by_table(name, ["192.0.2.1"]),
        lambda: locate_by_mmdb(name, ["192.0.2.1"]),
        lambda: read_region(name),
        lambda: mesh_from_files("monroe", [name, name], places, target="a"),
    ]
    for form in ("ping", "fping", "mtr", "scamper", "atlas"):
        tries.append(lambda form=form: mesh_from_files(form, [f"a={name}"], places))
    for one in tries:
        with pytest.raises(RttgeoError):
            one()


@pytest.mark.parametrize(
    "city", [["x"], {"names": ["x"]}, {"names": "x"}, "x", {"names": {"en": ["x"]}}]
)
def test_a_list_where_a_name_should_be(city, tmp_path):
    record = {"location": {"latitude": 1.5, "longitude": 2.5}, "city": city}
    write_mmdb(tmp_path / "m.mmdb", {"192.0.2.0/24": record})
    found = locate_by_mmdb(tmp_path / "m.mmdb", ["192.0.2.1"])
    assert found["lat"].tolist() == [1.5]


@pytest.mark.parametrize(
    "window",
    [
        ("9999-12-31", "9999-12-31T23:59:59"), ("2020-01-01", "9999-01-01"), ("0001-01-01", "2020-01-01"),
        ("2011-01-01", "2099-01-01"), ("0001-01-01T00:00+23:59", "2020-01-01"),
        ("2020-01-01", "9999-12-31T23:59-23:59"),
    ],
)  # fmt: skip
def test_windows_of_thousands_of_years_are_one_line(window):
    with pytest.raises(BadInputError):
        Recipe("mine", "ping", *window)


@pytest.mark.parametrize("date", ["9999-12-31", "0000-01-01", "2020-13-01", "1969-01-01"])
def test_dates_that_can_be_none_are_one_line(date):
    with pytest.raises(BadInputError):
        Recipe.for_date("mine", date)


def test_kept_cases(shared, capsys):
    """The cases of others, by the command line: one line each, or read right."""
    folder = shared / "cases" / "hostile"
    for name in ("deep.csv", "n5.csv", "tiny.csv", "bomb.parquet"):
        assert main(["audit", str(folder / name)]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1
    mesh = read_mesh(folder / "moved-collision.csv")
    assert len(mesh.landmarks) == 3
    words = ["locate", str(shared / "cases" / "84-pairs-micro" / "pairs.csv")]
    assert main([*words, "--method", "exclusion", "--resolution-km", "500"]) == 0
    assert "microseconds" in capsys.readouterr().err
