"""Every data set by name: those shipped with rttgeo, simulated, or fetched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from rttgeo.catalogue import clouds
from rttgeo.data.shipped import data_path
from rttgeo.errors import BadInputError, NotThereError, unknown_name
from rttgeo.mesh import Mesh
from rttgeo.pairs.reading import read_mesh


class DataSet(NamedTuple):
    """A data set known by name."""

    name: str
    about: str
    kind: str
    open: Callable[[], Mesh]


def _azure() -> Mesh:
    return read_mesh(data_path("azure-regions/pairs.csv"))


def _anchor_pings() -> Mesh:
    return read_mesh(data_path("anchor-pings-2020/pairs.csv"))


def _simulated(name: str, published: str) -> Callable[[], Mesh]:
    def make() -> Mesh:
        from rttgeo.simulate.meshes import simulate_mesh

        # The published data set's own name is that of the measured original.
        return simulate_mesh(dataset=published).renamed(name)

    return make


_KNOWN = (
    DataSet(
        "azure-2026",
        "50 cloud regions to one another, published monthly medians in whole ms",
        "measured",
        _azure,
    ),
    DataSet(
        "anchor-pings-2020",
        "32 RIPE Atlas anchors to one in Brisbane, two hours of September 2020",
        "measured",
        _anchor_pings,
    ),
    DataSet(
        "simulated-2017-07-11",
        "a simulated stand-in for the white paper's RIPE Atlas mesh",
        "simulated",
        _simulated("simulated-2017-07-11", "atlas-2017-07-11"),
    ),
    DataSet(
        "simulated-2017-10-02",
        "a simulated stand-in for the mesh of the PAM 2018 paper",
        "simulated",
        _simulated("simulated-2017-10-02", "atlas-2017-10-02"),
    ),
)
DATASETS: Final[dict[str, DataSet]] = {known.name: known for known in _KNOWN}


def open_dataset(name_or_path: str | Path, *, skip_bad: bool = False) -> Mesh:
    """Open a data set by its name, or a pairs table (CSV, Parquet) by its path.

    Parameters
    ----------
    name_or_path
        A name in `DATASETS`, the name of a fetched data set, or the path of a pairs table.
    skip_bad
        Skip bad rows of a file, with a warning that counts them by reason.

    Returns
    -------
    Mesh
        The measurements.

    Raises
    ------
    NotThereError
        When this is neither a known name nor a file.
    BadInputError
        When the file is not a valid pairs table.
    """
    known = DATASETS.get(str(name_or_path))
    if known is not None:
        return known.open()
    path = Path(name_or_path)
    if path.exists():
        return read_mesh(path, skip_bad=skip_bad)
    if path.suffix or "/" in str(name_or_path):
        raise BadInputError(f"{path}: there is no such file")
    if str(name_or_path) == clouds.NAME:
        return clouds.open_clouds()
    fetched = _fetched(str(name_or_path))
    if fetched is not None:
        return fetched
    raise NotThereError(
        f"{unknown_name('data set', str(name_or_path), DATASETS)}, "
        "those that `make fetch DATASET=…` has fetched, and any pairs table by its path"
    )


def fetched_folder(name: str) -> Path | None:
    """Find the folder of a recipe's data set, if it has been fetched to the usual place.

    Parameters
    ----------
    name
        Name of the recipe.

    Returns
    -------
    Path | None
        The folder; None if it was not fetched, or there is no such recipe.
    """
    from rttgeo.atlas.recipe import default_folder, is_name

    if not is_name(name):
        return None
    folder = default_folder(name)
    return folder if (folder / "recipe.json").is_file() else None


def _fetched(name: str) -> Mesh | None:
    """The mesh made from what was downloaded under this name."""
    folder = fetched_folder(name)
    if folder is None:
        return None
    from rttgeo.atlas.samples import load_mesh

    return load_mesh(folder)
