"""A simulated Internet: the papers' data sets, and others, from a seed."""

from rttgeo.simulate.full import simulate_full_mesh
from rttgeo.simulate.meshes import simulate_mesh
from rttgeo.simulate.packets import SampleBatch, samples
from rttgeo.simulate.parameters import Parameters, fitted
from rttgeo.simulate.plants import Planted, PlantedMesh, plant

__all__ = [
    "Parameters",
    "Planted",
    "PlantedMesh",
    "SampleBatch",
    "fitted",
    "plant",
    "samples",
    "simulate_full_mesh",
    "simulate_mesh",
]
