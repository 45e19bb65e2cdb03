"""Is a claim about a place true? Verdicts with their evidence, from round-trip times.

`read_claims` reads a table of claims or a geofeed, `declared_claims` takes the places that a mesh
itself states, `verify` gives each a `Verdict`. What an adversary can do: delay can be added and
never taken away. So *impossible* stays proof whatever the target does, and so does the upper bound
behind *confirmed* (adding delay only makes the region larger, and then it is not confirmed);
*improbable* is evidence only about a target that does not delay its answers on purpose.
"""

from rttgeo.verification.claims import Claim, declared_claims, read_claims
from rttgeo.verification.verdicts import Verdict, verify

__all__ = ["Claim", "Verdict", "declared_claims", "read_claims", "verify"]
