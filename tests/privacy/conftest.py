"""Meshes that tests of privacy share."""

from __future__ import annotations

import pytest

import rttgeo
from rttgeo.mesh import Mesh


@pytest.fixture(scope="session")
def azure() -> Mesh:
    """Fifty cloud regions, measured."""
    return rttgeo.open_dataset("azure-2026")
