"""Is a claim about a place true? Verdicts with evidence, from round-trip times.

`read_claims` reads a table of claims or a geofeed, `typed_claims` takes cities, countries or
coordinates as people type them, `declared_claims` takes the places that a mesh itself states, and
`verify` gives each claim a `Verdict`. An adversary can add delay but never remove it. So
*impossible* is proof whatever the target does. *Confirmed* is proof when it rests on light alone:
added delay only enlarges the region, and then the claim is not confirmed. *Improbable* is evidence
only about a target that does not delay its answers on purpose.
"""

from rttgeo.verification.claims import Claim, declared_claims, read_claims, typed_claims
from rttgeo.verification.verdicts import Verdict, verify

__all__ = ["Claim", "Verdict", "declared_claims", "read_claims", "typed_claims", "verify"]
