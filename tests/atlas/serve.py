"""Serve a simulated data set as RIPE Atlas would, by hand: to try `rttgeo fetch` without a network.

``python tests/atlas/serve.py atlas-2017-07-11 --scale 0.05 --faults 0.1`` prints the two settings
that make rttgeo talk to it, and serves until it is interrupted.
"""

from __future__ import annotations

import argparse
import contextlib
import tempfile
import threading
from pathlib import Path

from atlas_server import AtlasServer, World, small_world
from test_atlas_simulated import simulated_world


def main() -> None:
    """Serve until interrupted."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("dataset", nargs="?", help="recipe; without one, a small world")
    arguments.add_argument("--scale", type=float, default=0.05, help="share of its probes")
    arguments.add_argument("--faults", type=float, default=0.0, help="share of spoilt answers")
    arguments.add_argument("--seed", type=int, default=1)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="atlas-") as folder:
        world: World = small_world()
        if options.dataset:
            world = simulated_world(options.dataset, options.scale, Path(folder))
        with AtlasServer(world, Path(folder)) as server:
            server.misbehave(options.seed, options.faults)
            print(f"export RTTGEO_ATLAS_HOST={server.host}")
            print(f"export RTTGEO_ATLAS_CERTIFICATE={server.certificate}", flush=True)
            threading.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
