"""A simulated Internet: the papers' data sets, and others, from a seed."""

from rttgeo.simulate.meshes import simulate_mesh
from rttgeo.simulate.parameters import Parameters, fitted

__all__ = ["Parameters", "fitted", "simulate_mesh"]
