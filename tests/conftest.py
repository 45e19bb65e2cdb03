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

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


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
