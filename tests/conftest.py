"""What every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# A deadline is a time asserted, and compiling breaks it; two runs of the tests try the same.
settings.register_profile("rttgeo", deadline=None, derandomize=True)
settings.load_profile("rttgeo")

# What one test learns, another must learn again: nothing is kept on disk but where that is tested.
# Set before any test is collected, since some work things out when they are loaded.
os.environ["RTTGEO_CACHE"] = "off"

LONGEST = ("paper/test_paper.py", "paper/test_faulty_side.py", "paper/test_fetch_to_paper.py")
"""Files whose tests build whole papers, one after the other."""

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no worker is left with it when the others have ended."""
    items.sort(key=lambda item: not str(item.path).endswith(LONGEST))


@pytest.fixture(scope="session")
def root() -> Path:
    """Top of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the project; tests that need it skip where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the folder of real data (../shared) is not there")
    return SHARED
