"""One door for each danger: files, URLs, terminals, pages; and nobody goes round it.

Read from the source, so that the next way round is found where it is made.
"""

import ast

import pytest

ROOMS = ("rttgeo", "tools", "benchmarks")
WRITER = "rttgeo/machine/files.py"


def trees(root, *rooms):
    for room in rooms or ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            yield path.relative_to(root).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def calls(tree):
    """Each call: its node, and its dotted name as far as it has one (``.open`` of anything)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, dotted(node.func)


def dotted(node):
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def mode_of(call, name):
    """The mode of an ``open``, whether of a path (``path.open("wb")``) or a name."""
    position = 1 if name in ("open", "io.open", "gzip.open", "bz2.open", "lzma.open") else 0
    given = [keyword.value for keyword in call.keywords if keyword.arg == "mode"]
    given += call.args[position : position + 1]
    return given[0].value if given and isinstance(given[0], ast.Constant) else "r"


WRITES = {
    "write_text", "write_bytes", "mkstemp", "NamedTemporaryFile", "mktemp", "copyfile", "copy2",
    "touch", "symlink_to", "hardlink_to", "memmap", "tofile", "dump",
    "to_pickle", "to_hdf", "to_feather", "to_file", "savetxt", "imsave",
}  # fmt: skip
"""Methods and functions that write a file, whatever they are called on."""
MOVES = {"os.replace", "os.rename", "shutil.move", "os.open", "os.link"}
INTO = {
    "savefig", "write_table", "to_parquet", "to_csv", "save", "savez", "write_csv", "ParquetWriter",
}  # fmt: skip
"""Those that write to a file, or to what was opened for them: see `OPENED`."""
OPENED = {"file", "buffer", "files", "samples"}
"""What an open file is called here: `rttgeo.machine.files` gave it, or it is memory."""
ALLOWED = {
    WRITER: "the writer itself",
    "tools/bootstrap.py": "before anything is installed, with the standard library alone",
    "tools/measure_load.py": "logs of ping in a temporary folder of its own",
    "tools/load_relay.py": "a network device, no file",
    "benchmarks/parse.py": "results in a temporary folder of its own",
}


def writes_around(tree):
    """Lines that write a file otherwise than through the writer."""
    for call, name in calls(tree):
        last = name.rpartition(".")[2]
        to_write = last == "open" and name != "os.open" and set("wax+") & set(mode_of(call, name))
        by_name = last in WRITES or (name in MOVES and not is_null_device(call))
        if to_write or by_name or (last in INTO and not is_of_files(call, last)):
            yield call.lineno, name


def is_null_device(call):
    return dotted(call.args[0]) == "os.devnull"


def is_of_files(call, last):
    """Whether what is written to is open already, or nothing (then a text comes back)."""
    second = last in ("write_table", "write_csv")
    values = call.args[1:2] if second else call.args[:1]
    first = values[0] if values else None
    if isinstance(first, ast.Subscript):
        first = first.value
    if first is None:
        return second or last in ("to_csv", "save")
    # `region.to_parquet(path)`, `save(drawn, path)` and the like are our own.
    own = isinstance(call.func, ast.Name) or last == "save"
    return own or (isinstance(first, ast.Name) and first.id in OPENED)


def test_nobody_writes_a_file_around_the_writer(root):
    found = [
        f"{name}:{line}: {what}"
        for name, tree in trees(root)
        if name not in ALLOWED
        for line, what in writes_around(tree)
    ]
    assert not found, "write through rttgeo.machine.files: " + "; ".join(found)


@pytest.mark.parametrize(
    "line",
    [
        "path.write_text('x')", "open(path, 'w')", "path.open('wb')", "frame.to_csv(path)",
        "figure.savefig(path)", "pq.write_table(table, path)", "os.replace(part, path)",
        "pq.ParquetWriter(path, schema)", "json.dump(value, file)", "open(path, mode='a')",
        "frame.to_parquet(path)", "tempfile.mkstemp()", "gzip.open(path, 'wb')",
    ],
)  # fmt: skip
def test_the_look_finds_each_way_around(line):
    assert list(writes_around(ast.parse(line)))


def test_what_is_allowed_is_there(root):
    assert all((root / name).is_file() for name in ALLOWED)


URL_OPENERS = {
    "urlopen", "urlretrieve", "HTTPConnection", "HTTPSConnection", "create_connection", "Session",
    "PoolManager", "read_html", "read_excel", "read_xml", "read_fwf", "read_stata", "read_sas",
}  # fmt: skip
"""What opens a URL; and `READERS`, which take a URL where a file's name is expected."""
READERS = {"read_csv", "read_json", "read_table", "read_parquet", "read_feather", "read_file"}
GIVEN = {"file", "buffer", "text", "opened", "handle", "data_path"}
"""What those may be given: an open file, or the path of a table that comes with rttgeo."""
NETWORK = {
    "rttgeo/atlas/client.py": "the connection of fetch",
    "rttgeo/atlas/session.py": "the connection of fetch",
}


def opens_urls(tree):
    """Lines that open a URL, or would open one if a name were one."""
    for call, name in calls(tree):
        last = name.rpartition(".")[2]
        pandas = name.split(".")[0] in ("pd", "pandas", "gpd", "geopandas")
        if last in URL_OPENERS and not name.startswith("self."):
            yield call.lineno, name
        elif pandas and last in READERS:
            first = call.args[0] if call.args else None
            first = first.func if isinstance(first, ast.Call) else first
            if not (isinstance(first, ast.Name) and first.id in GIVEN):
                yield call.lineno, name


def test_nothing_but_fetch_opens_a_url(root):
    found = [
        f"{name}:{line}: {what}"
        for name, tree in trees(root, "rttgeo")
        if name not in NETWORK
        for line, what in opens_urls(tree)
    ]
    assert not found, "open the file by rttgeo.machine.opening.opened: " + "; ".join(found)


@pytest.mark.parametrize(
    "line", ["pd.read_csv(path)", "urllib.request.urlopen(u)", "gpd.read_file(p)"]
)
def test_the_look_finds_what_would_open_a_url(line):
    assert list(opens_urls(ast.parse(line)))


SAYS = {"rttgeo/cli/output.py": "the way out", "rttgeo/cli/completion.py": "the shell's own script"}
ESCAPER = "rttgeo/machine/escaping.py"


def says_around(tree):
    """Lines that print, or escape by themselves."""
    for call, name in calls(tree):
        cleaned = (
            bool(call.args)
            and isinstance(call.args[0], ast.Call)
            and (dotted(call.args[0].func) in ("printable", "lines"))
        )
        if name in ("print", "click.echo", "click.secho", "sys.stdout.write", "sys.stderr.write"):
            if not cleaned:
                yield call.lineno, name
        elif name in ("html.escape", "cgi.escape", "saxutils.escape", "markupsafe.escape"):
            yield call.lineno, name


def test_nobody_prints_or_escapes_around_the_one_way(root):
    found = [
        f"{name}:{line}: {what}"
        for name, tree in trees(root, "rttgeo")
        if name not in SAYS and name != ESCAPER
        for line, what in says_around(tree)
    ]
    assert not found, (
        "say it by rttgeo.cli.output, escape by rttgeo.machine.escaping: " + "; ".join(found)
    )


@pytest.mark.parametrize("line", ["print(name)", "click.echo(name, err=True)", "html.escape(name)"])
def test_the_look_finds_who_prints_around(line):
    assert list(says_around(ast.parse(line)))


def test_nothing_of_a_parquet_file_is_left_to_arrows_threads(root):
    """What Arrow reads ahead it frees in a thread of its own, which at exit ends the process (SIGABRT)."""
    found = 0
    for path, tree in trees(root, "rttgeo"):
        for call, name in calls(tree):
            # Pandas opens a file of Python's for Arrow.
            assert name != "pd.read_parquet", (path, call.lineno)
            if name.rpartition(".")[2] in ("read_table", "read_parquet", "ParquetFile"):
                given = {one.arg: one.value for one in call.keywords}.get("pre_buffer")
                assert isinstance(given, ast.Constant) and given.value is False, (path, call.lineno)
                found += 1
    assert found
