"""Find declared places and round-trip times that cannot be right, before anything else is done.

`audit` examines a mesh and names misplaced nodes (a smallest set that explains every pair faster
than light), where they more likely are, nodes that are merely suspicious, and RTTs that no place
explains. `Audit.clean` returns the mesh without them.
"""

from rttgeo.auditing.cover import Cover, smallest_cover
from rttgeo.auditing.findings import Audit, Finding
from rttgeo.auditing.nodes import Nodes
from rttgeo.auditing.report import audit
from rttgeo.auditing.violations import Contradictions, violations

__all__ = [
    "Audit",
    "Contradictions",
    "Cover",
    "Finding",
    "Nodes",
    "audit",
    "smallest_cover",
    "violations",
]
