"""Can these round-trip times be published? What they reveal now, and after each mitigation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import numpy as np

from rttgeo.errors import BadInputError
from rttgeo.machine.counting import number_of
from rttgeo.machine.side_by_side import side_by_side
from rttgeo.mesh import Mesh, check_mesh
from rttgeo.papers.sizes import SIZES_KM
from rttgeo.privacy.assessment import Assessment
from rttgeo.privacy.beside import with_database
from rttgeo.privacy.cases import Case, Setting
from rttgeo.privacy.clues import DatabaseEntry, observed_of, sampled_targets
from rttgeo.privacy.coarser import Buckets, Floor, Median, Round
from rttgeo.privacy.law import DelayLaw
from rttgeo.privacy.laws import Laws
from rttgeo.privacy.learning import learn_laws
from rttgeo.privacy.mechanism import Mechanism
from rttgeo.privacy.mechanisms import Blur, DropLowest, SpinDisabled
from rttgeo.privacy.metrics import exposed_counts, mean_metrics, resampled
from rttgeo.privacy.mitigation import Mitigation
from rttgeo.privacy.noise import MinimumOf, Noise, NoisePerPeer
from rttgeo.privacy.priors import PRIORS
from rttgeo.privacy.protocol import PlacePrior
from rttgeo.privacy.sanitising import Published, published, stated_mechanism
from rttgeo.privacy.utility import utility
from rttgeo.typing import IntArray

MOST_TARGETS: Final = 200
"""Most targets of a mesh that are attacked as published; from a larger mesh, a sample."""
MITIGATED_TARGETS: Final = 60
"""Targets on which each mitigation is judged: if none of this many is exposed, at most 6 % are (95
%, Wilson), which is below the share that a recommendation allows."""
SEED: Final = 2017
MITIGATIONS: Final[tuple[Mechanism, ...]] = (
    Round(1.0), Round(10.0), Round(25.0), Buckets(10.0), Floor(10.0), Noise(5.0), Noise(20.0), Noise(50.0),
    NoisePerPeer(20.0), MinimumOf(10.0), DropLowest(1.0), DropLowest(3.0), SpinDisabled(16.0),
    Blur(100.0), Median(10.0),
)  # fmt: skip
"""The mechanisms that a report compares."""

Watch = Callable[[Sequence[Any], str], Iterable[Any]]
"""A wrapper for an iterable that shows progress."""


def assess(
    mesh: Mesh,
    *,
    prior: PlacePrior | None = None,
    law: Laws | DelayLaw | None = None,
    mechanisms: Sequence[Mechanism] = MITIGATIONS,
    database: dict[str, DatabaseEntry] | None = None,
    most: int = MOST_TARGETS,
    mitigated: int = MITIGATED_TARGETS,
    tolerance_km: float = 0.0,
    shown: Published | None = None,
    way: Mechanism | None = None,
    watch: Watch | None = None,
) -> Assessment:
    """Attack a mesh as it is, and as each mechanism would publish it.

    Parameters
    ----------
    mesh
        The measurements; stated places of targets are treated as secret, and used only to train and
        to check the attacker.
    prior
        Where targets are likely to be; near cities by default.
    law
        Law of delays; by default learnt from the mesh, without the attacked targets.
    mechanisms
        Mitigations to compare.
    database
        Entries of an IP geolocation database for targets, by id.
    most
        Largest number of targets to attack; of more, a sample is taken.
    mitigated
        Number of targets on which mitigations are judged.
    tolerance_km
        How far off the place of a landmark may be, km.
    shown
        What a mechanism published of this mesh, to attack only that; by default the mesh as it is.
    way
        That mechanism; by default the one that the table's metadata state.
    watch
        Wrapper for iterables that shows progress.

    Returns
    -------
    Assessment
        The content of the report.

    Raises
    ------
    BadInputError
        When no target was measured by any landmark but itself.
    """
    check_mesh(mesh)
    prior = PRIORS["cities"] if prior is None else prior
    watch = _unseen if watch is None else watch
    way = stated_mechanism(mesh) if way is None else way
    targets = sampled_targets(mesh, most)
    if not len(targets):
        raise BadInputError(f"{mesh.provenance.name} has no measured target")
    judged = sampled_targets(mesh, min(mitigated, most))
    if law is None:
        law = learn_laws(mesh, prior, tolerance_km, np.union1d(targets, judged))
    laws = Laws.same(law, mesh) if isinstance(law, DelayLaw) else law
    setting = Setting(mesh, laws, prior)
    cases = _cases(setting, shown, way, targets, watch, "Attacking")
    rows: tuple[Mitigation, ...] = ()
    if way.name == "none" and len(mechanisms):
        jobs = [(Mechanism(), True), *((one, True) for one in mechanisms)]
        # What an attacker who does not know of the mechanism would believe, for one of each kind.
        jobs += [
            (one, False)
            for one in {one.name: one for one in mechanisms}.values()
            if one.name in ("round", "noise")
        ]
        rows = tuple(
            _mitigation(setting, one, knows, judged) for one, knows in watch(jobs, "Mitigations")
        )
    return Assessment(
        mesh, laws, prior, way, targets, cases, _certain(setting, shown, way, targets), rows, len(judged),
        with_database(setting, shown, way, targets, cases, database), _notes(mesh, laws, targets), shown,
    )  # fmt: skip


def remaining(
    mesh: Mesh, shown: Published, way: Mechanism, watch: Watch | None = None
) -> Assessment:
    """Attack what was published, with all that its publisher knows of delays and mechanism.

    Parameters
    ----------
    mesh
        The true measurements: the attacker learns the law of delays from the other targets, and
        knows which pairs were withheld. A reader has only the published table.
    shown
        What the mechanism published of it.
    way
        The mechanism.
    watch
        Wrapper for iterables that shows progress.

    Returns
    -------
    Assessment
        The assessment, without a comparison of mitigations, since one was applied.
    """
    return assess(mesh, mechanisms=(), shown=shown, way=way, watch=watch)


def _cases(
    setting: Setting,
    shown: Published | None,
    way: Mechanism,
    targets: IntArray,
    watch: Watch,
    what: str,
) -> tuple[Case, ...]:
    # In small batches, so that the bar moves and all cores have work.
    lots = [targets[k : k + 8].tolist() for k in range(0, len(targets), 8)]
    cases: list[Case] = []
    for lot in watch(lots, what):
        cases += side_by_side(lambda target: setting.case(shown, way, target), lot)
    return tuple(cases)


def _mitigation(setting: Setting, way: Mechanism, knows: bool, targets: IntArray) -> Mitigation:
    mesh = setting.mesh
    shown = published(mesh, way, np.random.default_rng(SEED))
    believed = way if knows else Mechanism()
    cases = side_by_side(lambda target: setting.case(shown, believed, target), targets.tolist())
    found = [case.found for case in cases]
    # For the target and the law that are worst off.
    n_landmarks = int(np.diff(mesh.offsets)[targets].max())
    slope = max(law.steepest_ms_per_km for law in setting.laws.every)
    metrics: dict[str, float | None] = {
        **mean_metrics(found),
        "worst_p_city": max(one.p_size["city"] for one in found),
        "worst_expected_error_km": min(one.expected_error_km for one in found),
        "geo_indistinguishability_per_km": way.epsilon_per_km(n_landmarks, slope),
    }
    known = [case.truth for case in cases if case.truth is not None]
    if known:
        metrics["error_km"] = float(np.mean([one.error_km for one in known]))
        metrics["within_95"] = float(np.mean([one.level <= 0.95 for one in known]))
        metrics["right_city"] = float(np.mean([one.in_city for one in known]))
        metrics["right_country"] = float(np.mean([one.in_country for one in known]))
    attacker = "optimal" if knows else "naive"
    use = utility(mesh, way)
    return Mitigation(way, attacker, metrics, exposed_counts(found), use, resampled(found))


def _certain(
    setting: Setting, shown: Published | None, way: Mechanism, targets: IntArray
) -> dict[str, int]:
    """Count the targets that light alone exposes, however the mechanism's lots fell."""
    mesh, km_per_ms = setting.mesh, setting.laws.every[0].km_per_ms
    # A landmark that was moved bounds a circle that is larger by as much; noise proves nothing.
    moved_km = way.parameter if way.blurs else 0.0 if way.bounds else np.inf
    radii = []
    for target in targets.tolist():
        seen = observed_of(mesh, target, shown=shown, way=way)
        possible = way.sets(seen.published_ms, seen.resolution_ms)
        highest_ms = possible.high_ms.max(axis=(1, 2), initial=0.0)
        radii.append(km_per_ms * highest_ms.min(initial=np.inf) + moved_km)
    return {
        size: int(np.count_nonzero(np.array(radii) <= SIZES_KM[size]))
        for size in ("city", "region", "country", "continent")
    }


def _notes(mesh: Mesh, laws: Laws, targets: IntArray) -> tuple[str, ...]:
    said = []
    if mesh.has_truth:
        said.append(
            "The table states places of targets; they are treated as secret here, and rttgeo "
            "sanitise leaves them out."
        )
    if any(law.learnt == DelayLaw.learnt for law in laws.every):
        said.append(
            "Too few places are known to train the attacker on: delays are generic, and an "
            "attacker who knows the network better is stronger."
        )
    measured = int(np.count_nonzero(np.diff(mesh.offsets) > 0))
    if measured > len(targets):
        said.append(
            f"A sample of {len(targets):,} of {number_of(measured, 'target')} was attacked."
        )
    said.append(
        "Names are published as they are: a name that contains a city gives the place away without "
        "any round-trip time."
    )
    return tuple(said)


def _unseen(items: Sequence[Any], what: str) -> Iterator[Any]:
    del what
    yield from items
