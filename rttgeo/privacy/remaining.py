"""What remains inferable from a published table: the attack on that very table."""

from __future__ import annotations

from rttgeo.mesh import Mesh
from rttgeo.privacy.assessing import Assessment, Watch, assess
from rttgeo.privacy.mechanisms import Mechanism
from rttgeo.privacy.sanitising import Published


def remaining(
    mesh: Mesh, shown: Published, way: Mechanism, watch: Watch | None = None
) -> Assessment:
    """Attack what was published with all that its publisher knows of delays and mechanism.

    Parameters
    ----------
    mesh
        The true measurements: the attacker's law of delays is learnt from them, and which pairs
        were withheld is known. No reader of the published table knows more.
    shown
        What the mechanism made of it.
    way
        The mechanism.
    watch
        Shows how far it is.

    Returns
    -------
    Assessment
        Without mitigations: one was taken.
    """
    return assess(mesh, mechanisms=(), shown=shown, way=way, watch=watch)
