"""Where the data files that come with rttgeo are: in a checkout `data/`, in a wheel `rttgeo/_data`."""

from __future__ import annotations

from pathlib import Path

from rttgeo.errors import NotThereError

_PACKAGE = Path(__file__).resolve().parent.parent
_PLACES = (_PACKAGE.parent / "data", _PACKAGE / "_data")


def data_path(name: str) -> Path:
    """Find a data file that comes with rttgeo.

    Parameters
    ----------
    name
        Its path among the data, such as ``azure-regions/pairs.csv``.

    Returns
    -------
    Path
        Where it is on this machine.

    Raises
    ------
    NotThereError
        When there is no such file: the installation is incomplete.
    """
    for place in _PLACES:
        if (place / name).exists():
            return place / name
    raise NotThereError(f"data file {name!r} is missing from this installation of rttgeo")
