"""One address, how many places: anycast by discs that do not meet.

`enumerate_instances` says for every target whether one place can explain all its answers, how
many places there are at least, and where they are. `doubtful_landmarks` names landmarks whose
answers are contradicted by several services.
"""

from rttgeo.anycast.doubts import Doubt, doubtful_landmarks
from rttgeo.anycast.enumerating import enumerate_instances, instances_of
from rttgeo.anycast.packing import Packing, largest_disjoint
from rttgeo.anycast.results import Enumeration, Instance, TargetInstances

__all__ = [
    "Doubt",
    "Enumeration",
    "Instance",
    "Packing",
    "TargetInstances",
    "doubtful_landmarks",
    "enumerate_instances",
    "instances_of",
    "largest_disjoint",
]
