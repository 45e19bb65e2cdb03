"""What surrounds a run decides nothing: make's variables, kernels of the user, closed streams."""

import os
import re
import runpy
import subprocess
import sys

import pytest

HEADER = "landmark,landmark_lat,landmark_lon,target,target_lat,target_lon,rtt_ms\n"


@pytest.fixture
def folder(root, tmp_path):
    """A folder with the Makefile, and an rttgeo that prints its arguments."""
    (tmp_path / "Makefile").write_text((root / "Makefile").read_text())
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "bootstrap.py").write_text("")
    program = tmp_path / ".venv" / "bin" / "rttgeo"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\nfor word in "$@"; do echo "<$word>"; done\n')
    program.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize(
    "name",
    [
        'x"; touch harm; "', "$(touch harm)", "`touch harm`", "$(shell touch harm)", "a b;touch harm",
        "$$(touch harm)", "'; touch harm; '", "*.txt", "${MAKE}",
    ],
)  # fmt: skip
def test_make_hands_a_name_on_as_it_is(folder, name):
    words = ["make", "--no-print-directory", "-s", "paper", f"MESH={name}"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[:3] == ["<paper>", "<--mesh>", f"<{name}>"], done.stderr
    assert not (folder / "harm").exists()
    for given in (f"DATASET={name}", f"FETCH={name}", f"SKIP_BAD={name}"):
        for target in ("paper", "fetch"):
            words = ["make", "-s", target, given]
            subprocess.run(words, cwd=folder, capture_output=True, check=False)
    assert not (folder / "harm").exists()


def test_make_hands_on_what_is_usual(folder):
    words = ["make", "-s", "paper", "DATASET=one two", "SKIP_BAD=1"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [
        "<paper>", "<--dataset>", "<one>", "<--dataset>", "<two>", "<--skip-bad>",
    ]  # fmt: skip
    words = ["make", "-s", "fetch", "DATASET=mine", "FETCH=--date 2020-09-08 --plan"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["<fetch>", "<mine>", "<--date>", "<2020-09-08>", "<--plan>"]


def test_nothing_is_installed_without_a_hash(root):
    bootstrap = runpy.run_path(str(root / "tools" / "bootstrap.py"))
    lines = bootstrap["locked"]("uv").splitlines()
    assert re.fullmatch(r"uv==[0-9.]+ \\", lines[0]) and len(lines) > 1
    assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line) for line in lines[1:])


def test_a_kernel_of_the_user_is_not_the_papers(tmp_path, monkeypatch):
    kernelspec = pytest.importorskip("jupyter_client.kernelspec")
    from rttgeo.paper.build import _fixed_environment

    for place in ("path", "data"):
        kernel = tmp_path / place / "kernels" / "python3" / "kernel.json"
        kernel.parent.mkdir(parents=True)
        kernel.write_text('{"argv": ["/bin/false"], "display_name": "harm", "language": "python"}')
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "path"))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))

    def chosen():
        code = (
            "from jupyter_client.kernelspec import KernelSpecManager as M; "
            "print(M().get_kernel_spec('python3').argv[0])"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    assert kernelspec and chosen() == "/bin/false", "the attack would work"
    with _fixed_environment(tmp_path / "build"):
        assert chosen() != "/bin/false"


def rttgeo(words, *, shell):
    """Run the command line by a shell, as people close streams and set limits."""
    command = f'"{sys.executable}" -m rttgeo {words} {shell}'
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, check=False, env=environment
    )


def test_a_closed_standard_output_is_said(tmp_path):
    done = rttgeo("data", shell=">&-")
    assert done.returncode == 1 and "standard output" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_closed_streams_get_into_no_file(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text(HEADER + "a,1,2,b,,,5\n")
    done = rttgeo(f'circles "{path}" --output "{tmp_path}/out.csv"', shell="<&- >&- 2>&-")
    assert done.returncode == 0
    assert (tmp_path / "out.csv").read_text().startswith("landmark,")
    done = rttgeo("circles -", shell="<&-")
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1


def test_too_little_address_space_is_one_line():
    done = rttgeo("data", shell="")
    assert done.returncode == 0
    command = f'ulimit -v 2000000; "{sys.executable}" -m rttgeo data'
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "address space" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_captures_are_read_in_a_small_address_space(root, tmp_path):
    capture = root / "data" / "captures" / "tcp-clean.pcap.gz"
    command = f'ulimit -v 2000000; "{sys.executable}" -m rttgeo passive "{capture}"'
    command += f' --samples "{tmp_path}/s.parquet" --pairs "{tmp_path}/p.csv" --observer 1,2'
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "round-trip times of" in done.stdout


def test_where_address_space_is_short_nobody_reserves_a_gigabyte_of_it():
    lines = (
        "from rttgeo.cli.main import check_room",
        "check_room(1)",
        "import pyarrow",
        "print(pyarrow.default_memory_pool().backend_name)",
    )
    command = f"ulimit -v 2000000; \"{sys.executable}\" -c '{'; '.join(lines)}'"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "system", done.stderr
