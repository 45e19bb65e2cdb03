"""What choosing the next landmark is worth: hidden landmarks, and the truth.

    python -m benchmarks.next azure-2026 --known 8 --hidden 40
    python -m benchmarks.next pairs.csv --together --only choosing
    python -m benchmarks.next simulated --targets 16 --only rounds

Some targets of each mesh are left out of all that is learnt. Each is located with a few landmarks drawn
by lot; the others are hidden, and each of them is tried in turn. A way of choosing is worth the mean
gain of what it chose over the mean gain of the best hidden landmark of each target (the best by
hindsight: nobody can know it). Then rounds are measured until a tenth of all landmarks (``--share``)
have been asked, beside what all of them together reach, and as many that were chosen otherwise.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

import rttgeo
from rttgeo import sphere
from rttgeo.constants import KM_PER_MS_RTT
from rttgeo.estimators.estimate import Estimate
from rttgeo.estimators.model import fit
from rttgeo.estimators.training import nodes_at
from rttgeo.explanation.following import NEAR_ENOUGH_KM, Outlook, area_left
from rttgeo.measuring import Goal, Replay, measure
from rttgeo.measuring.locating import Locator
from rttgeo.measuring.loop import choose_landmarks
from rttgeo.mesh import Mesh
from rttgeo.simulate import simulate_full_mesh
from rttgeo.sources.atlas_probes import Probe

COLOCATED_KM: Final = 1.0
NEAR_KM: Final = 25.0
"""Added to errors before their logarithm: between 2 and 3 km nobody cares."""
TOGETHER: Final = 3
"""Landmarks that are chosen at once, with ``--together``."""
DRAWS: Final = 3
"""Of what is chosen by lot, for several at once; of one, the mean over all is taken."""
SIMULATED: Final = "simulated"

Floats = npt.NDArray[np.float64]
Choice = Callable[["Case", np.random.Generator], list[int]]


class Case(NamedTuple):
    """One target: what is known of it, and who is hidden."""

    locator: Locator
    target: str
    truth: tuple[float, float]
    known: dict[str, float]
    hidden: list[Probe]
    rtts: dict[str, float]
    before: Estimate

    def with_hidden(self, rows: Sequence[int]) -> Estimate:
        """Locate it with some of the hidden landmarks too."""
        more = {self.hidden[row].name: self.rtts[self.hidden[row].name] for row in rows}
        return self.locator.locate(self.known | more, self.target)

    def gains(self, rows: Sequence[int]) -> Floats:
        """Log of the factor by which area and error become smaller."""
        after = self.with_hidden(rows)
        if after.posterior is None:
            return np.zeros(2)
        errors = [one.error_km(*self.truth) + NEAR_KM for one in (self.before, after)]
        return np.log([self.before.area_km2 / after.area_km2, errors[0] / errors[1]])

    @property
    def places(self) -> tuple[Floats, Floats]:
        """Longitudes and latitudes of the hidden landmarks."""
        lon, lat = np.array([(one.lon, one.lat) for one in self.hidden]).T
        return lon, lat


def outlook_of(case: Case) -> Outlook:
    """Where it can be, and who has measured it."""
    outlook = case.locator.outlook(case.before, list(case.known))
    return dataclasses.replace(outlook, near_enough_km=NEAR_ENOUGH_KM)


def by_rttgeo(case: Case, _rng: np.random.Generator) -> list[int]:
    """`rttgeo next`."""
    rows, _ = outlook_of(case).choose(*case.places, TOGETHER)
    rest = [row for row in by_nearness(case, _rng) if row not in rows]
    return [*rows.tolist(), *rest][:TOGETHER]


def by_nearness(case: Case, _rng: np.random.Generator) -> list[int]:
    """Nearest to the estimate first."""
    away = sphere.distance_km(*case.places, case.before.lon, case.before.lat)
    return [int(row) for row in np.argsort(away, kind="stable")[:TOGETHER]]


def by_lot(case: Case, rng: np.random.Generator) -> list[int]:
    """Drawn by lot."""
    return [int(row) for row in rng.permutation(len(case.hidden))[:TOGETHER]]


def in_two_steps(case: Case, rng: np.random.Generator) -> list[int]:
    """Drawn by lot from those within the region that the known ones leave (Hu et al. 2012).

    The second step of the million-scale papers, without its pings to neighbours of the target, which a
    mesh does not have; those outside come last.
    """
    inside = within_circles(case.locator, case.known, *case.places)
    order = np.argsort(rng.random(len(inside)) - inside, kind="stable")
    return [int(row) for row in order[:TOGETHER]]


def within_circles(
    locator: Locator, known: dict[str, float], lon: Floats, lat: Floats
) -> npt.NDArray[np.bool_]:
    """Which places are in all circles of light in fibre."""
    inside = np.ones(len(lon), dtype=bool)
    for name, rtt in known.items():
        inside &= sphere.distance_km(lon, lat, *locator.place[name]) <= KM_PER_MS_RTT["fibre"] * rtt
    return inside


def by_truth(case: Case, _rng: np.random.Generator) -> list[int]:
    """Nearest to the truth, which nobody knows."""
    away = sphere.distance_km(*case.places, *case.truth)
    return [int(row) for row in np.argsort(away, kind="stable")[:TOGETHER]]


FIRST: Final = 3
"""Landmarks of the first round, where only a few may be asked at all."""
LEAST: Final = 3
"""Fewer landmarks than these say nothing of a place."""
ALL: Final = "all landmarks"
ROUNDS: Final = "rttgeo measure"
TWO_STEPS: Final = "two steps (Hu et al.)"
BY_LOT: Final = "by lot"
WAYS: Final[dict[str, Choice]] = {
    "rttgeo next": by_rttgeo,
    "nearest to the estimate": by_nearness,
    TWO_STEPS: in_two_steps,
    BY_LOT: by_lot,
    "nearest to the truth": by_truth,
}


Ready = tuple[Locator, Replay, list[int], np.random.Generator]


def prepared(mesh: Mesh, count: int) -> list[Ready]:
    """Folds of targets: the method without those of the fold, these, and the lots that go on.

    At most a third of the targets are left out at once: the rest is learnt from.
    """
    rng = np.random.default_rng(1)
    truths = np.flatnonzero(np.isfinite(mesh.target_lonlat[0]))
    chosen = rng.permutation(truths)[:count]
    folds = np.array_split(chosen, max(1, round(3 * len(chosen) / len(truths))))
    return [(*_without(mesh, fold.tolist()), rng) for fold in folds]


def _without(mesh: Mesh, part: list[int]) -> tuple[Locator, Replay, list[int]]:
    near = [nodes_at(mesh, number, COLOCATED_KM) for number in part]
    gone_landmark, gone_target = (np.any([one[k] for one in near], axis=0) for k in (0, 1))
    landmark, target = mesh.pairs["landmark"].to_numpy(), mesh.pairs["target"].to_numpy()
    model = fit(mesh.where(~(gone_landmark[landmark] | gone_target[target])))
    names = map(str, mesh.landmarks.index)
    place = dict(zip(names, zip(*mesh.landmark_lonlat, strict=True), strict=True))
    return Locator(model, place), Replay(mesh, COLOCATED_KM), part


def cases(mesh: Mesh, ready: list[Ready], n_known: int, n_hidden: int) -> Iterator[Case]:
    """Each target with landmarks drawn by lot."""
    for locator, replay, number, rng in _each(ready):
        target = str(mesh.targets.index[number])
        lon, lat = (float(axis[number]) for axis in mesh.target_lonlat)
        landmarks = replay.landmarks(target)
        rtts = dict(replay.measure(target, landmarks))
        order = rng.permutation(len(landmarks))
        known = {landmarks[row].name: rtts[landmarks[row].name] for row in order[:n_known]}
        hidden = [landmarks[row] for row in order[n_known : n_known + n_hidden]]
        before = locator.locate(known, target)
        if before.posterior is not None and len(hidden) > TOGETHER:
            yield Case(locator, target, (lon, lat), known, hidden, rtts, before)


def _each(ready: list[Ready]) -> Iterator[tuple[Locator, Replay, int, np.random.Generator]]:
    for locator, replay, part, rng in ready:
        for number in part:
            yield locator, replay, number, rng


def best_together(case: Case, alone: Floats) -> Floats:
    """Gains of the best few together, by hindsight: greedily among the six best alone."""
    found = np.zeros(2)
    for what in range(2):
        some, chosen = np.argsort(-alone[:, what])[:6].tolist(), list[int]()
        for _ in range(TOGETHER):
            rest = [row for row in some if row not in chosen]
            worth = [case.gains([*chosen, row])[what] for row in rest]
            chosen.append(rest[int(np.argmax(worth))])
            found[what] = max(found[what], *worth)
    return found


def choosing(mesh: Mesh, ready: list[Ready], n_known: int, n_hidden: int, together: bool) -> None:
    """Print the share of the best possible gain that each way of choosing reaches."""
    rng = np.random.default_rng(3)
    best, reached = np.zeros((2, 2)), {way: np.zeros((2, 2)) for way in WAYS}
    expected: list[float] = []
    realised: list[float] = []
    n = 0
    for case in cases(mesh, ready, n_known, n_hidden):
        n += 1
        alone = np.array([case.gains([row]) for row in range(len(case.hidden))])
        best[0] += alone.max(axis=0)
        expected += (-np.log(area_left(outlook_of(case).gains(*case.places)))).tolist()
        realised += alone[:, 0].tolist()
        inside = within_circles(case.locator, case.known, *case.places)
        within = alone[inside] if inside.any() else alone
        by_chance = {BY_LOT: alone.mean(axis=0), TWO_STEPS: within.mean(axis=0)}
        for way, choose in WAYS.items():
            reached[way][0] += by_chance.get(way, alone[choose(case, rng)[0]])
        if together:
            best[1] += best_together(case, alone)
            for way, choose in WAYS.items():
                draws = DRAWS if way in by_chance else 1
                for _ in range(draws):
                    reached[way][1] += case.gains(choose(case, rng)) / draws
    print(f"{n} targets, {n_known} landmarks known, one more" + " and three more" * together)
    shown = slice(None) if together else slice(1)
    print(f"{'best by hindsight, log area and error':40}" + line(best[shown] / n, ".2f"))
    for way, got in reached.items():
        print(f"{way:40}" + line(got[shown] / best[shown], ".0%"), flush=True)
    order = np.argsort(expected)
    print("expected and realised log of the area's factor, by fifths of the expected:")
    for some in np.array_split(order, 5):
        print(f"  {np.mean(np.take(expected, some)):.3f}  {np.mean(np.take(realised, some)):.3f}")


def line(values: Floats, form: str) -> str:
    """Alone: area, error; together: area, error."""
    return "".join(f"{value:>9{form}}" for value in values.ravel())


class Asked(NamedTuple):
    """One target in rounds: its landmarks, what each would answer, how many may be asked."""

    locator: Locator
    target: str
    truth: tuple[float, float]
    landmarks: list[Probe]
    rtts: dict[str, float]
    most: int

    def located(self, rows: Sequence[int]) -> Estimate:
        """Locate it by some of the landmarks."""
        names = [self.landmarks[row].name for row in rows]
        return self.locator.locate({name: self.rtts[name] for name in names}, self.target)

    def nearest(self, lon: float, lat: float) -> list[int]:
        """Rows of the landmarks, the nearest to a place first."""
        far = [sphere.distance_km(one.lon, one.lat, lon, lat) for one in self.landmarks]
        return [int(row) for row in np.argsort(far, kind="stable")]

    def first(self) -> list[int]:
        """Rows of the first round of `rttgeo measure`, with which two of the other ways begin."""
        goal = Goal(most=self.most, first=min(FIRST, self.most), each=1)
        chosen = choose_landmarks(self.landmarks, self.locator, goal)
        return [self.landmarks.index(one) for one in chosen]


def measured_in_rounds(one: Asked, replay: Replay) -> Estimate:
    """By `rttgeo measure`: a first round, then one by one."""
    goal = Goal(area_km2=1.0, most=one.most, first=min(FIRST, one.most), each=1)
    (*_, last) = measure(one.target, one.landmarks, replay, goal, locator=one.locator)
    assert last.estimate is not None
    return last.estimate


def by_nearest(one: Asked) -> Estimate:
    """After the same first round always the landmark nearest to the estimate, one by one."""
    rows = one.first()
    found = one.located(rows)
    while len(rows) < one.most and found.posterior is not None:
        rows.append(next(row for row in one.nearest(found.lon, found.lat) if row not in rows))
        found = one.located(rows)
    return found


def by_two_steps(one: Asked, rng: np.random.Generator) -> Estimate:
    """After the same first round the rest by lot from those within its circles (Hu et al. 2012)."""
    rows = one.first()
    known = {one.landmarks[row].name: one.rtts[one.landmarks[row].name] for row in rows}
    lon, lat = np.array([(each.lon, each.lat) for each in one.landmarks]).T
    inside = within_circles(one.locator, known, lon, lat)
    order = np.argsort(rng.random(len(inside)) - inside, kind="stable").tolist()
    return one.located([*rows, *(row for row in order if row not in rows)][: one.most])


def of_asked(one: Asked, replay: Replay, rng: np.random.Generator) -> dict[str, Estimate]:
    """One estimate for each way of choosing whom to ask."""
    lot = rng.permutation(len(one.landmarks))[: one.most].tolist()
    return {
        ALL: one.located(range(len(one.landmarks))),
        ROUNDS: measured_in_rounds(one, replay),
        "nearest to the estimate": by_nearest(one),
        TWO_STEPS: by_two_steps(one, rng),
        BY_LOT: one.located(lot),
        "nearest to the truth": one.located(one.nearest(*one.truth)[: one.most]),
    }


def asked(
    locator: Locator, replay: Replay, part: list[int], share: float
) -> Iterator[tuple[Asked, Replay]]:
    """Targets of a fold with enough landmarks, and how many of these may be asked."""
    mesh = replay.mesh
    for number in part:
        target = str(mesh.targets.index[number])
        lon, lat = (float(axis[number]) for axis in mesh.target_lonlat)
        landmarks = replay.landmarks(target)
        if len(landmarks) > LEAST:
            rtts = dict(replay.measure(target, landmarks))
            most = max(LEAST, round(share * len(landmarks)))
            yield Asked(locator, target, (lon, lat), landmarks, rtts, most), replay


def rounds(ready: list[Ready], share: float) -> None:
    """Print the errors of those who ask a share of all landmarks, beside those of all."""
    rng = np.random.default_rng(4)
    errors: dict[str, list[float]] = {}
    held, most = list[bool](), list[int]()
    for locator, replay, part, _ in ready:
        for one, _ in asked(locator, replay, part, share):
            found = of_asked(one, replay, rng)
            most.append(one.most)
            for way, estimate in found.items():
                errors.setdefault(way, []).append(estimate.error_km(*one.truth))
            held.append(found[ROUNDS].posterior is not None and found[ROUNDS].covers(*one.truth))
    print(f"{100 * share:.0f} % of the landmarks ({np.median(most):.0f}), {len(most)} targets")
    print(f"{'error':26}{'median km':>10}{'p75':>8}{'/ all':>7}{'log / all':>11}")
    everybody = np.array(errors[ALL])
    for way, got in errors.items():
        km = np.array(got)
        known = np.isfinite(km)
        ratio = np.nanmedian(km) / np.nanmedian(everybody)
        log = np.exp(np.mean(np.log((km + NEAR_KM) / (everybody + NEAR_KM))[known]))
        print(
            f"{way:26}{np.nanmedian(km):>10,.0f}{np.nanpercentile(km, 75):>8,.0f}{ratio:>7.2f}"
            f"{log:>11.2f}",
            flush=True,
        )
    print(f"95 % regions of {ROUNDS} hold {100 * np.mean(held):.0f} %", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("meshes", nargs="+", help="pairs tables, data sets, or 'simulated'")
    parser.add_argument("--targets", type=int, default=20)
    parser.add_argument("--known", type=int, default=10)
    parser.add_argument("--hidden", type=int, default=50)
    parser.add_argument("--together", action="store_true", help="three at once, too: slower")
    parser.add_argument("--only", choices=("choosing", "rounds"))
    parser.add_argument("--share", type=float, nargs="+", default=[0.1], help="of the landmarks")
    given = parser.parse_args()
    for name in given.meshes:
        if name == SIMULATED:
            mesh = simulate_full_mesh(130, seed=8).mesh
        else:
            mesh = rttgeo.read_mesh(name) if name.endswith(".csv") else rttgeo.open_dataset(name)
        ready = prepared(mesh, given.targets)
        print(
            f"\n{mesh.provenance.label()}, {sum(len(one[2]) for one in ready)} targets", flush=True
        )
        if given.only != "rounds":
            choosing(mesh, ready, given.known, given.hidden, given.together)
        if given.only != "choosing":
            for share in given.share:
                rounds(ready, share)


if __name__ == "__main__":
    main()
