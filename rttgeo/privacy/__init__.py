"""What published round-trip times reveal, in the metrics of privacy research, and what helps.

====================  ============================================================================
`assess`              a mesh under attack, as it is and as each mitigation would publish it
`sanitise`            a table that may be published
`attack`              one target: what was published by a known mechanism → posterior
`exposure`            a posterior → expected error, entropy, people, probability of the city …
`mechanism`           rounding, floors, noise … each with the likelihood of what it publishes
====================  ============================================================================

`rttgeo.privacy.threats` models who observes what, `rttgeo.privacy.luck` the part that luck plays,
and `rttgeo.privacy.databases` what IP geolocation reveals anyway.
"""

from __future__ import annotations

from rttgeo.privacy.assessing import assess
from rttgeo.privacy.assessment import Assessment
from rttgeo.privacy.attack import attack
from rttgeo.privacy.clues import DatabaseEntry, Observed
from rttgeo.privacy.law import DelayLaw, fit_law
from rttgeo.privacy.laws import Laws
from rttgeo.privacy.learning import learn_law, learn_laws
from rttgeo.privacy.mechanism import Mechanism
from rttgeo.privacy.mechanisms import MECHANISMS, mechanism
from rttgeo.privacy.metrics import Exposure, exposure, mean_metrics
from rttgeo.privacy.priors import PRIORS, Disc
from rttgeo.privacy.protocol import PlacePrior
from rttgeo.privacy.sanitising import sanitise, stated_mechanism
from rttgeo.privacy.utility import utility

__all__ = [
    "MECHANISMS",
    "PRIORS",
    "Assessment",
    "DatabaseEntry",
    "DelayLaw",
    "Disc",
    "Exposure",
    "Laws",
    "Mechanism",
    "Observed",
    "PlacePrior",
    "assess",
    "attack",
    "exposure",
    "fit_law",
    "learn_law",
    "learn_laws",
    "mean_metrics",
    "mechanism",
    "sanitise",
    "stated_mechanism",
    "utility",
]
