"""Every value that the default method takes for granted, with its reason.

An ablation is ``dataclasses.replace(Settings(), part=…)``: `ablation`, beside this module, names
the parts, and `benchmarks` measures what each is worth. Nothing else in these rooms tunes anything;
what is left as a constant elsewhere is numerical resolution.
"""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np

from rttgeo.constants import EARTH_RADIUS_KM
from rttgeo.delay.calibrated import DelaySettings

GLOBE_KM2 = 4 * np.pi * EARTH_RADIUS_KM**2


class Tempering(NamedTuple):
    """Exponents below 1 of what is multiplied as if it were independent, and is not.

    Attributes
    ----------
    delays
        Of the likelihood of all round-trip times.
    nearest
        Of the law of the quickest landmark's distance.
    """

    delays: float
    nearest: float


class CityLaw(NamedTuple):
    """How targets lie about cities, and about other nodes.

    Attributes
    ----------
    near
        Shares of the targets at each of `Settings.city_radii_km` about the centres of cities.
    around
        Share of those somewhere around a city.
    nodes
        Share of those near other nodes.
    power
        A city counts as its population to this power.
    """

    near: tuple[float, ...] = (0.3, 0.3, 0.2, 0.1)
    around: float = 0.05
    nodes: float = 0.05
    power: float = 0.7


@dataclasses.dataclass(frozen=True)
class Settings(DelaySettings):
    """What the default method takes for granted.

    Notes
    -----
    The values of the delay model itself are those of `rttgeo.delay.calibrated.DelaySettings`.
    Reasons that name an experiment were compared on `azure-2026`, `world-cities-2020` and
    simulated meshes, each target left out.
    """

    # Who is learnt from.
    audit: bool = True
    """Whether nodes that the audit finds misplaced, by fibre, are neither learnt from nor used."""
    max_nodes: int = 600
    """Known targets of a mesh that are learnt from: the inverse of a larger covariance would take
    seconds, and neighbours are what counts."""
    folds: int = 5
    """Parts of the targets, each left out of all that is learnt for it."""
    max_trials: int = 120
    """Left-out targets that the tempering and the levels are learnt on: 95 % of 120 leaves six
    truths outside, of 60 (tried before) three, and regions jumped with each of them."""

    # Residuals carried over to places near their nodes.
    kriged_share: float = 0.5
    """A landmark that measured fewer of the nodes than this has its curve and one offset only."""
    max_neighbours: int = 110
    """Nodes that a place is foretold from: those farther off say next to nothing beside them."""
    neighbour_points: int = 60
    """Cells by which these are chosen: a sample of all, since they lie together."""
    offset_weight: float = 2.0
    """A landmark's offset counts as if so many further pairs had shown none."""
    least_variance: float = 0.05
    """Share of the variance that is left however near a node is: its last mile is not the
    target's."""

    # Errors by distance from the landmark.
    spread: bool = True
    """Whether errors are scaled by distance from the landmark: 12 % beyond 10,000 km and 29 %
    within 500 km in a mesh of world cities."""
    spread_edges_km: tuple[float, ...] = (
        0.0, 500.0, 1000.0, 2000.0, 4000.0, 7000.0, 12_000.0, 18_000.0,
    )  # fmt: skip
    """Bands of distance, each about as many pairs of a world mesh."""
    spread_prior: float = 30.0
    """Errors of the overall size that each band is taken to hold beside its own."""
    spread_least: int = 6
    """A band with fewer errors has the overall size."""
    spread_floor: float = 0.05
    """No error is taken to be smaller than this share of the field's own deviation."""
    spread_nodes: int = 30
    """Nodes left out in turn to learn it: they have some thousand pairs."""

    # Contradictions.
    outlier_share: float = 1 / 3
    """Share of a target's landmarks that may contradict the others and are left out. Where more
    do, several places answered, or most landmarks are wrong: no region is given. One of three is
    the fewest by which two can outvote one."""

    # Landmarks that are wrong although no disc says so.
    wrong_landmark: float = 0.02
    """Probability that a landmark is not where it is declared, or that something else answered
    it, before any data: of the order of the 1.5 % of RIPE Atlas probes that were not where they
    said in 2024 (Izhikevich et al.). 0 trusts all."""
    doubted: int = 12
    """Quickest landmarks that are doubted: the discs of others bound no region."""
    least_witnesses: int = 3
    """With fewer landmarks there is no telling which one is wrong."""
    doubt_cells: int = 400
    """Coarse cells on which they are weighed: a probability of being wrong needs no more."""
    landmark_freedom: float = 4.0
    """Degrees of freedom of one landmark's error given the others'. Fewer than the 8 of all together,
    so that a right landmark with a detour is seldom taken for a wrong one; chosen by hand."""
    slowest_ms: float = 400.0
    """A wrong landmark measures anything up to this: half the globe and a poor detour."""
    surest_nats: float = 50.0
    """No factor is taken to be larger: numbers must stay finite."""
    least_doubt: float = 0.05
    """A landmark that is wrong less probably is trusted: it would change no 95 % region by much.
    From here on a note names it, since the region then goes beyond its circle. With 0.15 or more
    81 % of regions hold a target whose quickest landmark is misplaced in place of 94 %
    (`benchmarks.faults` on azure-2026)."""
    max_doubts: int = 3
    """Landmarks that are left out in turn: each costs as much as the target itself."""
    likely_doubt: float = 0.5
    """From this probability on the note says "probably"."""

    # The likelihood.
    landmark_share: float = 0.6
    """Share of a target's landmarks that is used, the quickest: the slow ones share most of the
    way. A share, not a number: those left out are chosen by their delays, which bends the
    likelihood, and left-out targets (with fewer landmarks) must be bent as far."""
    least_landmarks: int = 20
    """As many are used in any case."""
    max_landmarks: int = 70
    """And no more than this: time grows with their square, and the rest adds nothing."""
    freedom: float = 8.0
    """Degrees of freedom of the Student t over a target's residuals together: Gaussian errors
    (the limit of many) believe an odd detour."""
    nearest_law: tuple[float, float, float] = (1.8, 1.6, 1.0)
    """Intercept, slope and deviation of the quickest landmark's law before any data."""
    nearest_floor_km: float = 10.0
    """Added to its distance before the logarithm: a declared place is no better known."""
    nearest_prior: int = 10
    """Targets that are taken to have followed the generic law beside those seen."""

    # Where targets are before any delay.
    cities: bool = True
    """False leaves cities and coasts out: known nodes and the globe alone."""
    generic_cities: CityLaw = dataclasses.field(default=CityLaw())
    """How targets lie about cities before any data."""
    city_radii_km: tuple[float, ...] = (1.5, 5.0, 16.0, 50.0)
    """Standard deviations of a target's place about the centre of its city, in each direction:
    the middle of the city, the city, its outskirts, its region."""
    city_powers: tuple[float, ...] = (0.5, 0.7, 0.9, 1.1)
    """Powers of the population that are tried: servers gather in large cities, probes less."""
    city_least_nodes: int = 12
    """With fewer known nodes the generic law stands."""
    city_rounds: int = 30
    """Of expectation and maximisation: shares move by less than 1 % after."""
    city_prior_nodes: float = 4.0
    """The generic shares count as so many nodes."""
    node_radius_km: float = 30.0
    """How near to a known node others stand: sites of one city."""
    at_sea: float = 0.02
    """Density at sea, of that on land: declared places may be wrong. 1 leaves coasts out."""
    anywhere: float = 0.001
    """Share of targets anywhere on the globe, so that no place is impossible before delays."""

    # Cells.
    tolerance_km: float = 50.0
    """Left to declared places, that of the landmark and that of a left-out target together
    (`rttgeo.auditing.violations.TOLERANCE_KM`)."""
    vacuum_tolerance_km: float = 5.0
    """Beyond what light in vacuum allows, so much is left to declared places and to the size of
    cells together. Of 105 measured pairs below 1.5 ms that can be right by fibre and 50 km (server
    sites of 2015, clouds of 2022, world cities of 2020) none was beyond light in vacuum, but 36 km
    between declared places were seen at 0.5 ms: at 0.2 ms such a pair would be 6 km beyond."""
    first_cells: int = 1500
    """Coarse cells that the likelihood is worked out on: it varies smoothly."""
    max_cells: int = 16_000
    """Cells that it is carried over to at most."""
    max_towns: int = 2000
    """Cities that get small cells, the likeliest ones; 0 for none."""
    town_share: float = 0.5
    """Cells within this share of their size of a city are parted."""

    # Tempering and levels.
    tempers: tuple[float, ...] = (0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.45)
    """Exponents of the delays' likelihood that are tried."""
    nearest_weights: tuple[float, ...] = (0.0, 0.25, 0.5, 0.75)
    """Exponents of the quickest landmark's law that are tried."""
    generic_tempering: Tempering = dataclasses.field(default=Tempering(0.15, 0.5))
    """With too few left-out targets to choose one."""
    place_tempering: Tempering = dataclasses.field(default=Tempering(0.2, 0.25))
    """For the place alone: a region must hold the odd truths too, and is chosen wider for them."""
    nearly_nats: float = 0.1
    """Mean log density within which temperings are told apart by the size of their regions: the
    mean hangs on a few odd truths."""
    judged_levels: tuple[float, ...] = (0.8, 0.9, 0.95)
    """Levels whose regions are compared: those that people ask for."""
    miss_density: float = 1e-10
    """Density per km² granted to a truth outside of all cells: 20 times thinner than the globe."""
    conformal: bool = True
    """Whether regions are asked for at the levels at which left-out truths were found; False
    takes the posterior at its word."""
    unseen: float = 1.5
    """Truths reckoned with beyond those seen: one for the target itself, as in split conformal
    prediction, and half a one because the tempering was chosen on the same trials."""
    generic_depth: tuple[float, ...] = ()
    """Depths (`conformal.Levels`) at which truths are found with nobody known; empty takes the
    posterior at its word: levels learnt on four meshes held 53 to 100 % of the targets of a fifth
    where they promised 95 % (`benchmarks.generic`)."""
    min_trials: int = 12
    """With fewer left-out targets tempering and levels stay generic."""

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
        """Density per km² of the targets that may be anywhere."""
        return self.anywhere / GLOBE_KM2
