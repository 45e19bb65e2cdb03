"""Physical constants, and the bounds on distance per millisecond of RTT used in the field.

One Earth, one speed of light: every other number in rttgeo is derived from these.
"""

from __future__ import annotations

from typing import Final

EARTH_RADIUS_KM: Final = 6371.0
"""Mean radius of the Earth; the sphere that every distance and area is measured on."""

HALF_CIRCUMFERENCE_KM: Final = 3.141592653589793 * EARTH_RADIUS_KM
"""No two places are further apart: a bound above it excludes nothing."""

EARTH_AREA_KM2: Final = 4 * 3.141592653589793 * EARTH_RADIUS_KM**2

SPEED_OF_LIGHT_KM_PER_MS: Final = 299.792458
"""Speed of light in vacuum, exact (SI)."""

FIBRE_INDEX: Final = 1.4677
"""Refraction index of a common single-mode fibre, as the white paper and PAM 2018 took it."""

KM_PER_MS_RTT: Final[dict[str, float]] = {
    "vacuum": SPEED_OF_LIGHT_KM_PER_MS / 2,
    "fibre": SPEED_OF_LIGHT_KM_PER_MS / (2 * FIBRE_INDEX),
    "two-thirds-c": SPEED_OF_LIGHT_KM_PER_MS / 3,
    "fibre-1.52": SPEED_OF_LIGHT_KM_PER_MS / (2 * 1.52),
    "weinberg": 153.0 / 2,
    "four-ninths-c": SPEED_OF_LIGHT_KM_PER_MS * 2 / 9,
    "slowline": 84.5 / 2,
}
"""Kilometres of distance bound for each millisecond of round-trip time (already halved).

- ``vacuum``: nothing beats it;
- ``fibre``: n = 1.4677, the white paper and PAM 2018;
- ``two-thirds-c``: CBG, Million-scale, IPmap;
- ``fibre-1.52``: iGreedy;
- ``weinberg``: fastest seen in "How to catch when proxies lie" (IMC 2018), 153 km/ms one way;
- ``four-ninths-c``: Katz-Bassett et al. 2006, too tight to be sound;
- ``slowline``: Weinberg et al., 84.5 km/ms one way, below which a delay says nothing.
"""

SHORTEST_RTT_MS: Final = 0.0005
"""A shorter round-trip time cannot be a measurement: it rounds to zero microseconds, the finest
that any tool prints, and light would be back from 75 m away."""

LONGEST_RTT_MS: Final = 1e6
"""A longer round-trip time (above a quarter of an hour) cannot be a measurement: no tool waits that
long."""

COLOCATED_KM: Final = 0.5
"""Pairs closer than this are left out of a delay model, as both papers did."""
