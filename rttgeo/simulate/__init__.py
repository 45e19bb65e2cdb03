"""A simulated Internet: the data sets of the papers, and others, generated from a seed."""

from rttgeo.simulate.atlas_api import AtlasMetadata, atlas_metadata, atlas_results
from rttgeo.simulate.full import simulate_full_mesh
from rttgeo.simulate.meshes import simulate_mesh
from rttgeo.simulate.packets import SampleBatch, pair_deviation_ms, samples
from rttgeo.simulate.parameters import Parameters, fitted
from rttgeo.simulate.plants import Planted, PlantedMesh, plant
from rttgeo.simulate.specials import SPECIALS, Special

__all__ = [
    "SPECIALS",
    "AtlasMetadata",
    "Parameters",
    "Planted",
    "PlantedMesh",
    "SampleBatch",
    "Special",
    "atlas_metadata",
    "atlas_results",
    "fitted",
    "pair_deviation_ms",
    "plant",
    "samples",
    "simulate_full_mesh",
    "simulate_mesh",
]
