"""What is compiled is never older than what it was compiled from."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

from rttgeo.machine.compiled import COMPILING, PACKAGE, forget_stale

ROOMS = {
    "low/__init__.py": "",
    "low/deep.py": """
        from numba import njit
        @njit(cache=True)
        def deep(x):
            return x + 1
        """,
    "high/__init__.py": "",
    "high/caller.py": """
        from numba import njit
        from made_up.low.deep import deep
        @njit(cache=True)
        def caller(x):
            return 10 * deep(x)
        """,
}


def call(folder: Path) -> int:
    code = "from made_up.high.caller import caller; print(caller(1))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(folder), "NUMBA_DISABLE_JIT": "0"},
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)


def test_an_edit_in_one_room_reaches_a_compiled_caller_in_another(tmp_path: Path) -> None:
    package = tmp_path / "made_up"
    for name, text in {"__init__.py": "", **ROOMS}.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(textwrap.dedent(text))
    assert call(tmp_path) == 20
    assert forget_stale(package) == 0

    source = package / "low/deep.py"
    source.write_text(source.read_text().replace("x + 1", "x + 2"))
    later = source.stat().st_mtime + 5
    os.utime(source, (later, later))
    assert call(tmp_path) == 20  # numba alone does not notice
    for index in package.rglob("*.nbi"):
        os.utime(index, (later - 1, later - 1))
    assert forget_stale(package) == 2
    assert call(tmp_path) == 30


def test_sources_that_nothing_is_compiled_from_do_not_count(tmp_path: Path) -> None:
    cache = tmp_path / "room" / "__pycache__"
    cache.mkdir(parents=True)
    for name, time in (("room/a.py", 10), ("room/b.py", 99), ("gone.py", 99)):
        (tmp_path / name).write_text("")
        os.utime(tmp_path / name, (time, time))
    for name in ("a.f-1.py311.nbi", "missing.g-2.py311.nbi"):
        (cache / name).write_text("")
        os.utime(cache / name, (50, 50))
    assert forget_stale(tmp_path) == 0
    os.utime(tmp_path / "room/a.py", (60, 60))
    assert forget_stale(tmp_path) == 2
    assert forget_stale(tmp_path / "room" / "__pycache__") == 0


def test_importing_the_package_looks_first() -> None:
    code = "import sys, rttgeo; print('numba' in sys.modules, 'rttgeo.machine.compiled' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


def test_a_log_is_told_of_the_compiler_as_a_terminal_is() -> None:
    code = (
        "from rttgeo.cli.main import _tell_who_waits; _tell_who_waits()\n"
        "import rttgeo.kernels, numba\n"
        "f = numba.njit(lambda x: x + 1); f(1); f(1.5); print('answer')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout.splitlines(), done.stderr.splitlines()) == (["answer"], [COMPILING])


def test_whoever_waits_for_the_compiler_is_told_once() -> None:
    code = (
        "from rttgeo.machine.compiled import tell_of_compiling; tell_of_compiling(print)\n"
        "import rttgeo.kernels, numba\n"
        "f = numba.njit(lambda x: x + 1); f(1); f(1.5)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [COMPILING]
    quiet = code.partition("\n")[2]
    done = subprocess.run([sys.executable, "-c", quiet], capture_output=True, text=True, check=True)
    assert done.stdout == done.stderr == ""


def test_the_command_line_loads_no_linear_algebra_that_it_does_not_use(tmp_path: Path) -> None:
    (tmp_path / "five.csv").write_text("city,ms\nVienna,4.1\nLondon,22.5\n")
    code = (
        "import sys; sys.argv = ['rttgeo', 'locate', 'five.csv', '--method', 'exclusion']\n"
        "from rttgeo.cli.main import main; main()\n"
        "print('numba.np.arraymath' in sys.modules, 'scipy.linalg' in sys.modules)\n"
        # Another author's function multiplies matrices all the same.
        "import numba, numpy as np\n"
        "print(numba.njit(lambda a: np.dot(a, a))(np.eye(2)).sum(), 'scipy.linalg' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.splitlines()[-2:] == ["True False", "2.0 True"]


def test_processes_that_compile_one_function_at_a_time_keep_each_its_own(tmp_path: Path) -> None:
    (tmp_path / "made_up.py").write_text(
        "import numba\n@numba.njit(cache=True)\ndef double(x):\n    return x + x\n"
    )
    # Each is slow between reading the index and writing it, as a busy machine is now and then.
    code = (
        "import sys, time, rttgeo.kernels\n"
        "from numba.core.caching import IndexDataCacheFile as Cache\n"
        "load = Cache._load_index\n"
        "def slowly(self):\n"
        "    found = load(self)\n"
        "    time.sleep(1.0)\n"
        "    return found\n"
        "Cache._load_index = slowly\n"
        "import made_up\n"
        "print(made_up.double(eval(sys.argv[1])))\n"
    )
    path = os.pathsep.join([str(tmp_path), str(PACKAGE.parent)])
    env = {**os.environ, "PYTHONPATH": path, "NUMBA_DISABLE_JIT": "0"}
    run = [sys.executable, "-c", code]
    kinds = ("1", "1.5", "2j")
    at_once = [subprocess.Popen([*run, kind], env=env, text=True) for kind in kinds]
    assert [one.wait() for one in at_once] == [0, 0, 0]
    assert len(list(tmp_path.glob("__pycache__/*.nbc"))) == len(kinds)
    for kind, said in zip(kinds, ("2", "3.0", "4j"), strict=True):
        done = subprocess.run([*run, kind], env=env, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == said


def test_each_package_with_compiled_functions_keeps_them_one_at_a_time() -> None:
    sources = [one for one in PACKAGE.rglob("*.py") if "njit" in one.read_text(encoding="utf-8")]
    first = {one.parent: one for one in sources if one != PACKAGE / "machine" / "compiled.py"}
    assert len(first) > 3
    for source in first.values():
        module = ".".join(source.relative_to(PACKAGE.parent).with_suffix("").parts)
        code = (
            f"import {module}\n"
            "from numba.core.caching import IndexDataCacheFile as Cache\n"
            "print(Cache.save.__name__)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == "alone", module
