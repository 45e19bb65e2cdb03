"""Make `.venv` from `requirements.lock`: what `make env` runs, with nothing but the standard library.

Safe to run twice, from two terminals at once, or after a run that was killed: a lock file keeps
others waiting, and the stamp that says "ready" is written last, in one move.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
MINIMUM_PYTHON = (3, 11)


def main() -> int:
    """Bring the environment to what the lock file says; return an exit code."""
    if sys.version_info < MINIMUM_PYTHON:
        found = ".".join(map(str, sys.version_info[:3]))
        print(
            f"bootstrap: Python 3.11 or newer is needed, this is {found} ({sys.executable}); "
            "name another with: make env PYTHON=python3.12",
            file=sys.stderr,
        )
        return 2
    with (ROOT / ".bootstrap.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return 0 if is_ready() else build()


def wanted_stamp() -> str:
    """Everything the environment depends on, as one line."""
    files = [LOCK, ROOT / "pyproject.toml", Path(__file__)]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    return f"{digest} {sys.version_info[0]}.{sys.version_info[1]} {ENV}\n"


def is_ready() -> bool:
    """Whether `.venv` was finished for just this lock file, interpreter and place."""
    stamp = ENV / "rttgeo-stamp"
    return stamp.is_file() and stamp.read_text() == wanted_stamp()


def locked(package: str) -> str:
    """What the lock file says of one package: its version and hashes."""
    lines = LOCK.read_text(encoding="utf-8").splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"{package}=="))
    stop = start + 1
    while stop < len(lines) and lines[stop].lstrip().startswith("--hash="):
        stop += 1
    return "\n".join(lines[start:stop]) + "\n"


def build() -> int:
    """Create the environment and install the locked packages and rttgeo itself into it."""
    started = time.monotonic()
    print("Setting up .venv (once; about 2 GB; one to five minutes)", file=sys.stderr)
    (ENV / "rttgeo-stamp").unlink(missing_ok=True)
    if not _create_venv():
        return 2
    for what, step in _steps(str(ENV / "bin" / "python")):
        print(f"  {what} ...", file=sys.stderr, flush=True)
        if not _done(step):
            return 2
    temporary = ENV / "rttgeo-stamp.part"
    temporary.write_text(wanted_stamp())
    temporary.replace(ENV / "rttgeo-stamp")
    took_s = time.monotonic() - started
    print(
        f"Ready in {took_s:.0f} s. For the command line: . .venv/bin/activate, then rttgeo --help",
        file=sys.stderr,
    )
    return 0


def _steps(python: str) -> list[tuple[str, list[str]]]:
    """What is done, in words, and the command that does it."""
    # From the lock file too: this version, and no file but one with these hashes.
    install_uv = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    # At a terminal uv shows what it downloads.
    uv = [python, "-m", "uv", "pip", *([] if sys.stderr.isatty() else ["--quiet"])]
    packages = sum("==" in line for line in LOCK.read_text(encoding="utf-8").splitlines())
    own = ["install", "--no-deps", "--no-build-isolation", "--python", python, "--editable"]
    return [
        *([] if _imports("uv") else [("the installer", [*install_uv, "-r", "/dev/stdin"])]),
        (
            f"about {packages} packages from requirements.lock, downloaded and unpacked",
            [*uv, "sync", "--require-hashes", "--python", python, str(LOCK)],
        ),
        ("rttgeo itself", [*uv, *own, str(ROOT)]),
    ]


def _done(step: list[str]) -> bool:
    """Run one step; say what failed and what to do about it."""
    # Compiled once here: where Python may not write byte code, each start would compile it all anew,
    # which takes longer than most commands.
    environment = os.environ | {
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "UV_COMPILE_BYTECODE": "1",
        "UV_LINK_MODE": "copy",
    }
    run = subprocess.run(
        step,
        env=environment,
        stdout=subprocess.DEVNULL,
        input=locked("uv").encode(),
        check=False,
    )
    if run.returncode:
        print(
            f"bootstrap: this step failed (exit {run.returncode}): {' '.join(step)}\n"
            "bootstrap: look at the message above; running the same command again goes on "
            "from here",
            file=sys.stderr,
        )
    return not run.returncode


def _create_venv() -> bool:
    """Create `.venv`, afresh when what is there is broken; say what to do where it cannot be."""
    version = f"sys.version_info[:2] == {tuple(sys.version_info[:2])}"
    if _imports("sys", f"sys.exit(not {version})") and (_imports("uv") or _imports("pip")):
        return True
    try:
        venv.create(ENV, with_pip=True, clear=ENV.exists(), symlinks=True)
    except (subprocess.CalledProcessError, ImportError, OSError) as error:
        print(
            f"bootstrap: a virtual environment could not be made ({error}); "
            "on Debian and Ubuntu: apt install python3-venv",
            file=sys.stderr,
        )
        return False
    return True


def _imports(module: str, then: str = "") -> bool:
    """Whether the environment's own interpreter runs, and imports this module."""
    python = ENV / "bin" / "python"
    if not python.exists():
        return False
    command = [python, "-c", f"import {module}; {then}"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
