"""Every value that the default method assumes, with its reason.

An ablation is ``dataclasses.replace(Settings(), part=…)``: the module `ablation` beside this one
names the parts, and `benchmarks` measures what each is worth. There are no other tuning parameters;
constants elsewhere only set the numerical resolution.
"""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np

from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.delay.calibrated import DelaySettings

GLOBE_KM2 = 4 * np.pi * EARTH_RADIUS_KM**2


class Tempering(NamedTuple):
    """Exponents below 1 for factors that are multiplied as if they were independent, but are not.

    Attributes
    ----------
    delays
        Exponent of the likelihood of all round-trip times.
    nearest
        Exponent of the law of the quickest landmark's distance.
    """

    delays: float
    nearest: float


class CityLaw(NamedTuple):
    """How targets are distributed around cities and other nodes.

    Attributes
    ----------
    near
        Shares of the targets at each of `Settings.city_radii_km` around the centres of cities.
    around
        Share of the targets somewhere around a city.
    nodes
        Share of the targets near other nodes.
    power
        A city counts in proportion to its population to this power.
    """

    near: tuple[float, ...] = (0.3, 0.3, 0.2, 0.1)
    around: float = 0.05
    nodes: float = 0.05
    power: float = 0.7


@dataclasses.dataclass(frozen=True)
class Settings(DelaySettings):
    """The assumptions of the default method.

    Notes
    -----
    The values of the delay model itself are those of `rttgeo.delay.calibrated.DelaySettings`.
    Reasons that mention an experiment were compared on `azure-2026`, `world-cities-2020` and
    simulated meshes, leaving each target out.
    """

    # What is learnt from.
    audit: bool = True
    """Whether nodes that the audit finds misplaced by light in fibre are neither learnt from nor
    used."""
    max_nodes: int = 600
    """Most known targets of a mesh that are learnt from: inverting a larger covariance would take
    seconds, and only neighbours matter."""
    folds: int = 5
    """Number of folds of the targets, each left out of what is learnt for it."""
    max_trials: int = 120
    """Left-out targets that the tempering and the levels are learnt from: 95 % of 120 leaves six
    true places outside; 95 % of 60 (tried before) leaves three, and regions changed abruptly with
    each of them."""

    # Residuals carried over to places near their nodes.
    kriged_share: float = 0.5
    """A landmark that measured fewer nodes than this has only its curve and one offset."""
    max_neighbours: int = 110
    """Number of nodes that predict the delays at a place: farther ones add almost nothing."""
    neighbour_points: int = 60
    """Number of cells used to choose these nodes: a sample of all cells, since they lie
    together."""
    offset_weight: float = 2.0
    """A landmark's offset is shrunk as if this many further pairs had shown none."""
    least_variance: float = 0.05
    """Share of the variance that remains however near a node is: its last mile differs from the
    target's."""

    # Errors by distance from the landmark.
    spread: bool = True
    """Whether errors are scaled by distance from the landmark: in a mesh of world cities, they are
    12 % beyond 10,000 km and 29 % within 500 km."""
    spread_edges_km: tuple[float, ...] = (
        0.0, 500.0, 1000.0, 2000.0, 4000.0, 7000.0, 12_000.0, 18_000.0,
    )  # fmt: skip
    """Bands of distance, km, with about the same number of pairs in a world mesh."""
    spread_prior: float = 30.0
    """Each band is treated as if it held this many further errors of the overall size."""
    spread_least: int = 6
    """A band with fewer errors than this gets the overall size."""
    spread_floor: float = 0.05
    """Smallest error, as a share of the field's own standard deviation."""
    spread_nodes: int = 30
    """Nodes left out in turn to learn this: they have some thousand pairs."""

    # Contradictions.
    outlier_share: float = 1 / 3
    """Largest share of a target's landmarks that may contradict the others and be left out. If more
    do, several places answered, or most landmarks are wrong, and no region is given. One in three
    is the smallest group in which two can outvote one."""

    # Landmarks that are wrong although no disc reveals it.
    wrong_landmark: float = 0.02
    """Prior probability that a landmark is not where it is declared, or that something else
    answered it: of the order of the 1.5 % of RIPE Atlas probes that were not at their declared
    place in 2024 (Izhikevich et al.). With 0, all landmarks are trusted."""
    doubted: int = 12
    """Number of quickest landmarks that may be doubted: the discs of others do not bound the
    region."""
    least_witnesses: int = 3
    """With fewer landmarks than this, it is impossible to tell which one is wrong."""
    doubt_cells: int = 400
    """Number of coarse cells used for this: a probability of being wrong needs no more."""
    landmark_freedom: float = 4.0
    """Degrees of freedom of one landmark's error given the others'. They are fewer than the 8 of
    all together, so that a correct landmark with a detour is rarely called wrong; chosen by
    hand."""
    slowest_ms: float = 400.0
    """A wrong landmark measures anything up to this, ms: half the globe and a bad detour."""
    surest_nats: float = 50.0
    """Largest Bayes factor, so that numbers stay finite."""
    least_doubt: float = 0.05
    """A landmark with a smaller probability of being wrong is trusted: it would not change 95 %
    regions by much. From this probability on, a note names it, since the region then extends beyond
    its circle. With 0.15 or more, only 81 % of regions hold a target whose quickest landmark is
    misplaced, instead of 94 % (`benchmarks.faults` on azure-2026)."""
    max_doubts: int = 3
    """Most landmarks that are left out in turn: each costs as much time as the target itself."""
    likely_doubt: float = 0.5
    """From this probability on, the note says "probably"."""

    # The likelihood.
    landmark_share: float = 0.6
    """Share of a target's landmarks that is used, the quickest ones: the slow ones share most of
    the path. It is a share and not a number because choosing landmarks by their delays biases the
    likelihood, and left-out targets (with fewer landmarks) must be biased equally."""
    least_landmarks: int = 20
    """At least this many landmarks are used."""
    max_landmarks: int = 70
    """At most this many landmarks are used: the time grows with their square, and more add
    nothing."""
    freedom: float = 8.0
    """Degrees of freedom of the Student t over all residuals of a target: Gaussian errors (the
    limit of many) would give an odd detour too much weight."""
    nearest_law: tuple[float, float, float] = (1.8, 1.6, 1.0)
    """Prior intercept, slope and standard deviation of the quickest landmark's law."""
    nearest_floor_km: float = 10.0
    """Added to its distance before taking the logarithm: declared places are not known more
    precisely."""
    nearest_prior: int = 10
    """Number of targets assumed to have followed the generic law, in addition to those seen."""

    # The prior over places.
    cities: bool = True
    """Whether cities and coasts are used; if False, only known nodes and the globe."""
    generic_cities: CityLaw = dataclasses.field(default=CityLaw())
    """How targets are distributed around cities, before any data."""
    city_radii_km: tuple[float, ...] = (1.5, 5.0, 16.0, 50.0)
    """Standard deviations of a target's place around the centre of its city, in each direction, km:
    the centre, the city, its outskirts, its region."""
    city_powers: tuple[float, ...] = (0.5, 0.7, 0.9, 1.1)
    """Powers of the population that are tried: servers concentrate in large cities, probes less
    so."""
    city_least_nodes: int = 12
    """With fewer known nodes than this, the generic law is used."""
    city_rounds: int = 30
    """Steps of expectation and maximisation: after these, shares change by less than 1 %."""
    city_prior_nodes: float = 4.0
    """The generic shares count as this many nodes."""
    node_radius_km: float = 30.0
    """How near to a known node others are, km (sites in one city)."""
    at_sea: float = 0.02
    """Density at sea relative to that on land: declared places may be wrong. With 1, coasts are not
    used."""
    anywhere: float = 0.001
    """Share of targets anywhere on the globe, so that no place is impossible a priori."""

    # Cells.
    tolerance_km: float = 50.0
    """How far off the declared places of a landmark and a left-out target may be together, km
    (`rttgeo.auditing.violations.TOLERANCE_KM`)."""
    vacuum_tolerance_km: float = 5.0
    """Tolerance on the limit of light in vacuum, for declared places and the size of cells
    together, km. Of 105 measured pairs below 1.5 ms that are possible by fibre and 50 km (server
    sites of 2015, clouds of 2022, world cities of 2020), none was beyond light in vacuum; but
    declared places 36 km apart were seen at 0.5 ms, and at 0.2 ms such a pair would be 6 km
    beyond."""
    first_cells: int = 1500
    """Number of coarse cells on which the likelihood is computed: it varies smoothly."""
    max_cells: int = 16_000
    """Most cells to which it is carried over."""
    max_towns: int = 2000
    """Number of cities that get small cells, the most likely ones; 0 for none."""
    town_share: float = 0.5
    """Cells within this share of their size of a city are split."""

    # Tempering and levels.
    tempers: tuple[float, ...] = (0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.45)
    """Exponents of the delays' likelihood that are tried."""
    nearest_weights: tuple[float, ...] = (0.0, 0.25, 0.5, 0.75)
    """Exponents of the quickest landmark's law that are tried."""
    generic_tempering: Tempering = dataclasses.field(default=Tempering(0.15, 0.5))
    """The tempering when there are too few left-out targets to choose one."""
    place_tempering: Tempering = dataclasses.field(default=Tempering(0.2, 0.25))
    """The tempering for the place alone: a region must also hold outlying true places, so its own
    is wider."""
    nearly_nats: float = 0.1
    """Temperings whose mean log densities differ by less than this are compared by the size of
    their regions, since the mean depends on a few outlying true places."""
    judged_levels: tuple[float, ...] = (0.8, 0.9, 0.95)
    """Levels whose regions are compared: the usual ones."""
    miss_density: float = 1e-10
    """Density per km² granted to a true place outside of all cells: a twentieth of a uniform
    density."""
    conformal: bool = True
    """Whether regions are computed at the levels at which left-out true places were found; if
    False, at the posterior's own."""
    unseen: float = 1.5
    """Number of true places assumed beyond those seen: one for the target itself, as in split
    conformal prediction, and half of one because the tempering was chosen on the same trials."""
    generic_depth: tuple[float, ...] = ()
    """Depths (`conformal.Levels`) at which true places are found when no target is known; if empty,
    the posterior's own levels are used. Levels learnt on four meshes held 53 to 100 % of the
    targets of a fifth where they promised 95 % (`benchmarks.generic`)."""
    min_trials: int = 12
    """With fewer left-out targets than this, tempering and levels stay generic."""

    def temperings(self) -> list[Tempering]:
        """List all temperings that are tried.

        Returns
        -------
        list[Tempering]
            Every pair of ``tempers`` and ``nearest_weights``.
        """
        return [Tempering(d, n) for d in self.tempers for n in self.nearest_weights]

    @property
    def globe_density(self) -> float:
        """Density per km² of the targets that may be anywhere on the globe."""
        return self.anywhere / GLOBE_KM2
