"""Simulated meshes: the papers' data sets."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd

from rttgeo.mesh import Mesh, Provenance, nodes
from rttgeo.simulate.hosts import Hosts
from rttgeo.simulate.packets import pair_deviation_ms
from rttgeo.simulate.parameters import Parameters
from rttgeo.simulate.world import World, build_world


def simulate_mesh(
    *,
    seed: int = 2017,
    dataset: str = "atlas-2017-07-11",
    scale: float = 1.0,
    deviation: bool = False,
    parameters: Parameters | None = None,
) -> Mesh:
    """Simulate one of the papers' data sets: targets are anchors, landmarks are probes.

    The minimum RTT of each pair equals the minimum of the samples that
    `rttgeo.simulate.samples` makes for the same arguments.

    Parameters
    ----------
    seed
        Seed from which everything follows.
    dataset
        ``atlas-2017-07-11`` (white paper) or ``atlas-2017-10-02`` (PAM 2018).
    scale
        Number of probes and pairs relative to the published one.
    deviation
        Whether to draw all samples (some seconds at scale 1) for the column ``deviation_ms``.
    parameters
        Parameters of the simulator; the fitted ones by default.

    Returns
    -------
    Mesh
        With ``samples`` (received, both address families) and ``hops``.

    Raises
    ------
    NotThereError
        When there is no such data set.
    BadInputError
        When the scale is not positive.
    """
    world = build_world(dataset, seed, float(scale), parameters)
    mesh = mesh_of_world(world)
    if deviation:
        # Pairs of the world and of the mesh are in the same order: by target, then probe row.
        mesh = dataclasses.replace(
            mesh, pairs=mesh.pairs.assign(deviation_ms=pair_deviation_ms(world))
        )
    return mesh


def mesh_of_world(world: World) -> Mesh:
    """Reduce a world to the minimum RTT of each pair.

    Parameters
    ----------
    world
        The simulated world.

    Returns
    -------
    Mesh
        Probes as landmarks and anchors as targets, with their true places.
    """
    series = world.series
    received = (series["sent"] - series["lost"]).to_numpy()
    order = np.lexsort((series["floor_us"], series["pair"]))
    best = series.iloc[order].drop_duplicates("pair")
    used, landmark = np.unique(world.source, return_inverse=True)
    targets = len(world.spec.anchors)
    pairs = pd.DataFrame(
        {
            "target": world.target,
            "landmark": landmark,
            "rtt_ms": best["floor_us"].to_numpy() / 1000,
            "samples": np.bincount(series["pair"], weights=received).astype(np.int64),
            "hops": best["hops"].to_numpy(),
        }
    )
    return Mesh.build(
        node_table(world.nodes.take(used), by_probe=True),
        node_table(world.nodes.take(np.arange(targets)), by_probe=False),
        pairs,
        provenance(world),
    )


def node_table(some: Hosts, *, by_probe: bool) -> gpd.GeoDataFrame:
    """Make the table of a mesh from nodes.

    Parameters
    ----------
    some
        The nodes.
    by_probe
        Whether their ids are probe numbers instead of names.

    Returns
    -------
    geopandas.GeoDataFrame
        One row per node, with country, technology, name and probe number.
    """
    ids = some.probe.astype(str) if by_probe else some.id
    return nodes(
        ids, some.lon, some.lat, country=some.country, technology=some.technology,
        is_anchor=some.is_anchor, name=some.id, probe=some.probe,
    )  # fmt: skip


def provenance(world: World) -> Provenance:
    """Say what was simulated, and from which seed.

    Parameters
    ----------
    world
        The simulated world.

    Returns
    -------
    Provenance
        Always of kind ``simulated``.
    """
    spec = world.spec
    return Provenance(
        name=spec.name,
        kind="simulated",
        source=f"rttgeo.simulate, seed {world.seed}, scale {world.scale:g}",
        date=f"{spec.start}/{spec.stop}",
    )
