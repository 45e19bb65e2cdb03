"""How many places does an address answer from? Anycast detection by discs that do not overlap.

`enumerate_instances` tells for each target whether one place can explain all its answers, and if
not, how many places there are at least and where. `doubtful_landmarks` names landmarks that several
services contradict.
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
