"""A delay model of the user's own, from Python and from the command line."""

from __future__ import annotations

import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from locate_meshes import full_mesh, mesh_of

import rttgeo
from rttgeo import sphere
from rttgeo.cells.grid import Grid
from rttgeo.cli.main import main
from rttgeo.delay.light import FIBRE, VACUUM
from rttgeo.delay.protocol import LandmarkArray
from rttgeo.delay.spotter import Spotter
from rttgeo.errors import BadInputError, NotThereError, OwnCodeError
from rttgeo.estimators import METHODS, BatchEstimator
from rttgeo.estimators.own import find_method
from rttgeo.estimators.own_code import running
from rttgeo.estimators.training import training_mesh, usable_pairs
from rttgeo.mesh import Mesh

COARSE = Grid(nside=32)
TOLD = rttgeo.Bound(rttgeo.BoundKind.FITTED, "as told")


class Told:
    """A delay model, fitted as it is made: bounds of a share of fibre's."""

    name = "told"

    def __init__(self, inner: float = 0.0, outer: float = 1.0, refuse: str = "") -> None:
        self.inner, self.outer, self.refuse = inner, outer, refuse
        self.bound = TOLD
        self.seen: list[int] = []

    def fit(self, mesh: Mesh) -> Told:
        if self.refuse:
            raise BadInputError(self.refuse)
        self.seen.append(len(mesh))
        return self

    def notes(self, landmark: LandmarkArray) -> tuple[rttgeo.Note, ...]:
        return ()

    def bounds_km(
        self, rtt_ms: npt.ArrayLike, landmark: LandmarkArray
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        limit = FIBRE.radius_km(rtt_ms)
        return self.inner * limit, self.outer * limit


@pytest.fixture(scope="module")
def mesh() -> Mesh:
    return full_mesh(7, 24)


def test_a_speed_of_ones_own_is_exclusion(mesh: Mesh) -> None:
    own = rttgeo.locate(mesh, "n3", method=rttgeo.Multilateration(Told()), grid=COARSE)
    same = rttgeo.locate(mesh, "n3", method="exclusion", grid=COARSE)
    assert own.region == same.region and (own.lon, own.lat) == (same.lon, same.lat)
    assert (own.method, own.bound, own.bounding) == ("told", TOLD, same.bounding)


def test_each_target_is_left_out_of_the_fit(mesh: Mesh) -> None:
    model = Told()
    rttgeo.locate_many(mesh, ["n1", "n5"], method=rttgeo.Multilateration(model), grid=COARSE)
    assert model.seen == [len(training_mesh(mesh, name)) for name in ("n1", "n5")]


def test_a_ring_is_the_disc_without_its_middle() -> None:
    """Against the distances themselves: no cell that the ring touches is lost, no other is kept."""
    mesh = mesh_of({"a": (179.5, 70.0)}, {"t": (170.0, 75.0)}, {("t", "a"): 20.0})
    method = rttgeo.Multilateration(Told(inner=0.6))
    region = rttgeo.locate(mesh, "t", method=method, grid=COARSE).region
    assert region is not None
    apart = sphere.distance_km(179.5, 70.0, *COARSE.centres())
    limit, pad = float(FIBRE.radius_km(20.0)), COARSE.cell_radius_km
    kept = np.isin(np.arange(COARSE.n_cells), region.cells())
    assert kept[(apart >= 0.6 * limit) & (apart <= limit)].all()
    assert not kept[(apart < 0.6 * limit - pad) | (apart > limit + pad)].any()


def test_rings_without_a_common_place_name_a_conflict() -> None:
    """The discs meet; it is the hole of one that holds the other."""
    mesh = mesh_of(
        {"wide": (0.0, 0.0), "small": (0.0, 0.0), "far": (5.0, 0.0)},
        {"t": (1.0, 1.0)},
        {("t", "wide"): 60.0, ("t", "small"): 10.0, ("t", "far"): 60.0},
    )
    method = rttgeo.Multilateration(Told(inner=0.5))
    estimate = rttgeo.locate(mesh, "t", method=method, grid=COARSE, audit=False)
    assert estimate.empty
    assert "small" in estimate.conflict and len(estimate.conflict) == 2


def test_a_model_that_cannot_be_fitted_falls_back_and_says_why(mesh: Mesh) -> None:
    method = rttgeo.Multilateration(Told(refuse="too few of mine"))
    estimate = rttgeo.locate(mesh, "n3", method=method, grid=COARSE)
    (note,) = estimate.notes
    assert note.kind is rttgeo.NoteKind.FALLBACK and "too few of mine" in note.text
    assert estimate.region == rttgeo.locate(mesh, "n3", method="exclusion", grid=COARSE).region


class Nothing:
    """Fits to what is no fitted model."""

    name = "nothing"

    def fit(self, mesh: Mesh) -> object:
        return object()


class Words(Told):
    """States its bound as words."""

    def __init__(self) -> None:
        super().__init__()
        self.bound = "light"  # type: ignore[assignment]


class Returns(Told):
    """Fitted as it is made: one of its methods returns something else."""

    def __init__(self, **returned: Callable[[int], object]) -> None:
        super().__init__()
        for name, function in returned.items():
            setattr(self, name, lambda *args, make=function: make(len(args[-1])))

    def log_density(self, *args: object) -> object:
        raise NotImplementedError


class Located:
    """A fitted estimator that returns what it is told."""

    def __init__(self, found: object) -> None:
        self.found = found

    def locate(self, pairs: object, target: str) -> object:
        return self.found


class Method:
    """An estimator of one's own that is fitted to what it is told."""

    name = "mine"

    def __init__(self, make: Callable[[], object]) -> None:
        self.make = make

    def fit(self, mesh: Mesh, grid: Grid) -> object:
        return self.make()


@pytest.mark.parametrize(
    ("method", "said"),
    [
        (rttgeo.Multilateration(Nothing()), "without bounds_km"),  # type: ignore[arg-type]
        (rttgeo.Multilateration(Words()), "bound is a str"),
        (rttgeo.Multilateration(Told(inner=2.0)), "inner bound not above"),
        (rttgeo.Bayes(Told()), "without log_density"),  # type: ignore[arg-type]
        (rttgeo.Multilateration(Returns(bounds_km=lambda n: np.ones(n))), "bounds_km returned one"),
        (rttgeo.Multilateration(Returns(bounds_km=lambda n: None)), "bounds_km returned None"),
        (rttgeo.Multilateration(Returns(bounds_km=lambda n: (0.0, np.ones(n)))), r"shapes \(\)"),
        (rttgeo.Multilateration(Returns(bounds_km=lambda n: ["a", "b"])), "a list of 2; expected"),
        (rttgeo.Multilateration(Returns(notes=lambda n: None)), "notes returned None"),
        (rttgeo.Bayes(Returns(log_density=lambda n: np.ones(3))), r"array of shape \(3,\); expect"),
        (Method(lambda: None), "fit returned None; expected an object with locate"),
        (
            Method(lambda: Located((1.0, 2.0))),
            "locate returned a tuple of 2; expected a rttgeo.Est",
        ),
    ],
)
def test_a_model_that_does_not_follow_the_protocol_is_refused(
    mesh: Mesh, method: rttgeo.Multilateration, said: str
) -> None:
    with pytest.raises(BadInputError, match=said) as error:
        rttgeo.locate(mesh, "n3", method=method, grid=COARSE)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("given", [Told(), Told, rttgeo.Multilateration(Told())])
def test_a_model_may_be_given_as_it_is(mesh: Mesh, given: object) -> None:
    own = rttgeo.locate(mesh, "n3", method=given, grid=COARSE)
    assert own.region == rttgeo.locate(mesh, "n3", method="exclusion", grid=COARSE).region
    with pytest.raises(BadInputError, match="neither an estimator nor a delay model"):
        rttgeo.locate(mesh, "n3", method=3, grid=COARSE)  # type: ignore[arg-type]


def functions_of_meshes() -> Iterator[Callable[..., object]]:
    """Every public function whose first argument is a mesh, or several."""
    for package in ("", ".anycast", ".evaluation", ".figures", ".privacy", ".simulate"):
        module = importlib.import_module(f"rttgeo{package}")
        for function in (getattr(module, name) for name in module.__all__):
            if inspect.isfunction(function):
                first, *_ = [*inspect.signature(function).parameters.values(), None]
                if first is not None and str(first.annotation).startswith("Mesh"):
                    yield function


@pytest.mark.parametrize("function", list(functions_of_meshes()), ids=lambda one: one.__qualname__)
def test_the_name_of_a_file_is_not_a_mesh(function: Callable[..., object]) -> None:
    _, *others = inspect.signature(function).parameters.values()
    needed = [one for one in others if one.default is one.empty]
    plain = [None for one in needed if one.kind is one.POSITIONAL_OR_KEYWORD]
    named = {one.name: None for one in needed if one.kind is one.KEYWORD_ONLY}
    with pytest.raises(BadInputError, match=r"rttgeo\.read_mesh\('pairs\.csv'\)"):
        function("pairs.csv", *plain, **named)
    with pytest.raises(BadInputError, match="of type int"):
        function(3, *plain, **named)


def test_a_prior_multiplies_the_posterior(mesh: Mesh) -> None:
    plain = rttgeo.locate(mesh, "n3", method="spotter", grid=COARSE).posterior
    north = rttgeo.Bayes(Spotter(), lambda lon, lat: np.log(np.where(lat > 40, 3.0, 1.0)))
    told = rttgeo.locate(mesh, "n3", method=north, grid=COARSE).posterior
    assert isinstance(plain, rttgeo.Posterior) and isinstance(told, rttgeo.Posterior)
    _, lat = COARSE.lonlat(plain.cells)
    expected = plain.probability * np.where(lat > 40, 3.0, 1.0)
    np.testing.assert_allclose(told.probability, expected / expected.sum(), rtol=1e-9)


def test_a_prior_that_rules_all_out_is_not_applied(mesh: Mesh) -> None:
    none = rttgeo.Bayes(Spotter(), lambda lon, lat: np.full(lon.shape, -np.inf))
    estimate = rttgeo.locate(mesh, "n3", method=none, grid=COARSE)
    assert [note.kind for note in estimate.notes] == [rttgeo.NoteKind.CONFLICT]
    bad = rttgeo.Bayes(Spotter(), lambda lon, lat: np.zeros(3))
    with pytest.raises(BadInputError, match="prior"):
        rttgeo.locate(mesh, "n3", method=bad, grid=COARSE)


def test_published_methods_are_models_in_the_same_hands(mesh: Mesh) -> None:
    named = {name: METHODS[name] for name in METHODS if not name.startswith("calibrated")}
    for name in ("shortest-ping", "exclusion", "exclusion-vacuum", "cbg", "cbg++", "octant"):
        assert isinstance(named[name], rttgeo.Multilateration), name
        assert isinstance(named[name], BatchEstimator)
    assert isinstance(named["spotter"], rttgeo.Bayes)
    slow = rttgeo.Multilateration(VACUUM, name="mine").fit(mesh, COARSE)
    fast = METHODS["exclusion-vacuum"].fit(mesh, COARSE)
    pairs = usable_pairs(mesh, 2)
    assert slow.locate(pairs, "n2").region == fast.locate(pairs, "n2").region


def test_only_the_method_asked_for_is_imported() -> None:
    code = (
        "import sys; from rttgeo.estimators.registry import METHODS; list(METHODS); "
        "METHODS['exclusion']; print(sorted(m for m in sys.modules if 'rttgeo.estimators' in m))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "exclusion" in done.stdout
    for other in ("calibrated", "cbg", "spotter", "wls"):
        assert f"rttgeo.estimators.{other}" not in done.stdout


HOWTO = Path(__file__).parents[2] / "docs" / "howto" / "new-delay-model.md"


@pytest.fixture
def own_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The model of the how-to as a file in the current directory; returns the module's name."""
    (model, *_) = re.findall(r"```python\n(.*?)```", HOWTO.read_text(encoding="utf-8"), re.DOTALL)
    name = f"own_{tmp_path.name.replace('-', '_')}"
    more = (
        "\nimport rttgeo\nclass Cbg(Fastest):\n    name = 'cbg'\n"
        "class Needs(Fastest):\n    def __init__(self, x): ...\n"
        "class OneArray(Fastest):\n    def fit(self, mesh):\n        return type('Fitted', (), "
        "{'bound': FittedFastest.bound, 'notes': lambda *_: (), "
        "'bounds_km': lambda self, rtt, _: rtt})()\n"
        "class Fails(Fastest):\n    def fit(self, mesh):\n        return [][len(mesh)]\n"
        "class Late(Fastest):\n    def fit(self, mesh):\n        return LateFitted(150.0)\n"
        "class LateFitted(FittedFastest):\n    def bounds_km(self, rtt_ms, landmark):\n"
        "        raise RuntimeError('a\\nb')\n"
        "class Unmade(Fastest):\n    def __init__(self):\n        raise ValueError('no')\n"
        "WHOLE = rttgeo.Multilateration(Fastest(), name='whole')\nNUMBER = 3\n"
    )
    (tmp_path / f"{name}.py").write_text(model + more, encoding="utf-8")
    (tmp_path / "broken_one.py").write_text("1 +\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return name


def test_a_path_becomes_a_method(own_module: str, mesh: Mesh) -> None:
    method = find_method(f"{own_module}:Fastest")
    assert method.name == "fastest"
    estimate = rttgeo.locate(mesh, "n3", method=method, grid=COARSE)
    assert estimate.region and estimate.bound.kind is rttgeo.BoundKind.FITTED
    assert find_method(f"{own_module}:WHOLE").name == "whole"
    assert find_method(f"{own_module}:Cbg").name == f"{own_module}:Cbg"
    assert find_method("cbg") is METHODS["cbg"]
    again = rttgeo.locate(mesh, "n3", method=f"{own_module}:Fastest", grid=COARSE)
    assert again.region == estimate.region
    for near in (own_module, f"{own_module}.py"):
        with pytest.raises(NotThereError, match=rf"is called {own_module}:Fastest$"):
            rttgeo.locate(mesh, "n3", method=near, grid=COARSE)
    with pytest.raises(NotThereError, match=r"such as my_module:Fastest$"):
        find_method("magic")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("not_there_at_all:Fastest", "cannot be imported"),
        ("broken_one:Fastest", "SyntaxError"),
        ("OWN:Slowest", "has no Slowest"),
        ("OWN:NUMBER", "neither an estimator nor a delay model"),
        ("OWN:Needs", "needs arguments"),
        ("OWN:Unmade", "cannot be made: ValueError: no"),
        ("OWN.py:Fastest", "leave out .py: OWN:Fastest"),
        ("OWN:", "expected module:Name"),
        (":Fastest", "expected module:Name"),
    ],
)
def test_a_path_that_leads_nowhere_is_said(own_module: str, path: str, said: str) -> None:
    with pytest.raises(BadInputError, match=said.replace("OWN", own_module)):
        find_method(path.replace("OWN", own_module))
    with pytest.raises(NotThereError):
        find_method("magic")


def test_the_how_to_on_the_command_line(own_module: str) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "rttgeo", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    own = f"{own_module}:Fastest"
    done = run("locate", "azure-2026", "--target", "Japan East", "--method", own)
    assert done.returncode == 0 and "by fastest" in done.stdout, done.stderr
    done = run("evaluate", "azure-2026", "--resolution-km", "200", "-m", own)
    assert done.returncode == 0 and "fastest" in done.stdout, done.stderr
    bad = f"{own_module}:OneArray"
    done = run("locate", "azure-2026", "--target", "Japan East", "--method", bad)
    assert done.returncode == 2 and done.stderr.splitlines()[-1].count("bounds_km returned one"), (
        done
    )
    assert "Traceback" not in done.stderr
    done = run("locate", "azure-2026", "--method", f"{own_module}:Slowest")
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["locate", "evaluate"])
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Fails", r"its fit was given [\d,]+ pairs, [\d,]+ of known distance, and raised IndexError"),
        ("Late", r"its bounds_km was given \d+ round-trip times from [\d.]+ to [\d.]+ ms and raised "
         r"RuntimeError: a b$"),
    ],
)  # fmt: skip
def test_an_error_in_a_model_of_ones_own_is_one_line(
    own_module: str, capsys: pytest.CaptureFixture[str], command: str, name: str, said: str
) -> None:
    target = ["--target", "Japan East"] if command == "locate" else ["--resolution-km", "200"]
    code = main([command, "azure-2026", *target, "-m", f"{own_module}:{name}"])
    line = capsys.readouterr().err.splitlines()[-1]
    assert code == 2
    assert re.search(rf"^rttgeo: delay model 'fastest' of {own_module}, line \d+: {said}", line), (
        line
    )


class Failing:
    """A rule, a prior, a density and an estimator of one's own, each of which fails."""

    name, bound, model, prior = "failing", TOLD, None, None

    def fail(self, *_: object) -> object:
        raise ZeroDivisionError("by nought")

    apply = __call__ = log_density = locate = fail

    def notes(self, landmark: LandmarkArray) -> tuple[rttgeo.Note, ...]:
        return ()


class FailingDensity(Failing):
    def fit(self, mesh: Mesh) -> FailingDensity:
        return self


class FailingMethod(Failing):
    def fit(self, mesh: Mesh, grid: Grid) -> FailingMethod:
        return self


class FailingFit(Failing):
    def fit(self, mesh: Mesh, grid: Grid) -> object:
        return self.fail()


@pytest.mark.parametrize(
    ("make", "function"),
    [
        (lambda: rttgeo.Multilateration(Told(), Failing()), "apply"),
        (lambda: rttgeo.Bayes(FailingDensity()), "log_density"),
        (lambda: rttgeo.Bayes(Spotter(), Failing()), "function"),
        (FailingMethod, "locate"),
        (FailingFit, "fit"),
    ],
)
def test_whatever_fails_in_code_of_ones_own_is_named(
    mesh: Mesh, make: Callable[[], Any], function: str
) -> None:
    said = rf" of {__name__}, line \d+: its {function} was given .* raised ZeroDivisionError: by"
    with pytest.raises(OwnCodeError, match=said):
        rttgeo.locate(mesh, "n3", method=make(), grid=COARSE)
    with pytest.raises(OwnCodeError, match=said):
        rttgeo.fit(mesh, method=make(), grid=COARSE).locate({"n1": 9.0, "n2": 8.0})


def test_a_defect_of_rttgeo_is_no_error_of_another_author(mesh: Mesh) -> None:
    with pytest.raises(ZeroDivisionError), running(FIBRE, "fibre", "bounds_km", "nothing"):
        raise ZeroDivisionError


def test_the_model_of_the_how_to_says_when_it_can_learn_nothing(own_module: str) -> None:
    mesh = mesh_of({"a": (16.4, 48.2), "b": (14.4, 50.1)}, {"t": (np.nan, np.nan)}, {
        ("t", "a"): 8.0, ("t", "b"): 4.0,
    })  # fmt: skip
    (note, *_) = rttgeo.locate(mesh, "t", method=f"{own_module}:Fastest", grid=COARSE).notes
    assert note.kind is rttgeo.NoteKind.FALLBACK and "no pair of known distance" in str(note)
