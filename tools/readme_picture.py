"""Draw the README's picture: `docs/region.png`, one target of the measured mesh, located."""

from pathlib import Path

import rttgeo
from rttgeo import figures
from rttgeo.figures import style
from rttgeo.machine.files import write_atomically

TARGET = "West Europe"


def main() -> None:
    """Locate, draw, write."""
    mesh = rttgeo.open_dataset("azure-2026")
    estimate = rttgeo.locate(mesh, target=TARGET)
    number = mesh.target_number(TARGET)
    truth = (float(mesh.target_lonlat[0][number]), float(mesh.target_lonlat[1][number]))
    regions = {
        f"{100 * level:.0f} % region": estimate.credible_region(level) for level in (0.95, 0.5)
    }
    drawn = figures.region_map(
        regions,
        truth=truth,
        estimate=(estimate.lon, estimate.lat),
        landmarks=mesh.landmarks,
        provenance=mesh.provenance,
    )
    picture = Path(__file__).resolve().parent.parent / "docs" / "region.png"
    write_atomically(picture, style.render(drawn, "png"))


if __name__ == "__main__":
    main()
