"""Every figure of the how-to on privacy: what a mesh gives away, and whether the attacker's promise holds.

    python -m benchmarks.privacy azure-2026 [simulated-2017-10-02 pairs.csv …] [--json FILE]

For each mesh: the sentences and the table of sizes of `rttgeo privacy`, then for every mitigation the
error that the attacker expects (with its 95 % interval over targets), the error that he makes, the
share of true places in his 95 % regions, and the price in use; last the processor time. The law of
delays is learnt without the targets attacked. Meshes are what their names say, measured or simulated.
"""

from __future__ import annotations

import argparse
import resource
from pathlib import Path
from typing import Any

import rttgeo
from rttgeo.cli.output import table
from rttgeo.machine.files import write_json
from rttgeo.mesh import Mesh
from rttgeo.privacy.assessing import MITIGATIONS, assess
from rttgeo.privacy.assessment import Assessment
from rttgeo.privacy.mechanism import Mechanism
from rttgeo.privacy.mechanisms import title
from rttgeo.privacy.mitigation import Mitigation
from rttgeo.privacy.noise import NoisePerPeer
from rttgeo.report import exposure

WAYS: tuple[Mechanism, ...] = (*MITIGATIONS, NoisePerPeer(50.0))
COLUMNS = (
    "published", "attacker", "expects (95 %), km", "makes, km", "makes / expects",
    "in 95 % region", "nearest server",
)  # fmt: skip


def processor_s() -> float:
    """User and system time so far, s."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    return spent.ru_utime + spent.ru_stime


def row(one: Mitigation) -> list[str]:
    """Cells of one mitigation, for `COLUMNS`."""
    told = one.to_dict()
    expects, made = one.metrics["expected_error_km"], one.metrics.get("error_km")
    inside, extra = one.metrics.get("within_95"), one.utility["nearest_extra_ms"]
    assert expects is not None
    low, high = told["intervals"]["expected_error_km"]
    return [
        title(one.mechanism), one.attacker, f"{expects:,.0f} ({low:,.0f}–{high:,.0f})",
        "–" if made is None else f"{made:,.0f}",
        "–" if made is None else f"{made / expects:.2f}",
        "–" if inside is None else f"{inside:.2f}",
        "–" if extra is None else f"+{extra:.1f} ms",
    ]  # fmt: skip


def report(mesh: Mesh) -> tuple[Assessment, dict[str, Any]]:
    """Print one mesh's figures, and return them."""
    before = processor_s()
    found = assess(mesh, mechanisms=WAYS)
    spent = processor_s() - before
    about = mesh.provenance
    print(f"\n# {about.name} ({about.kind}): {len(found.cases)} targets\n")
    print("\n\n".join(exposure.sentences(found)))
    print("\n" + table(exposure.EXPOSED, exposure.exposed_rows(found)))
    print("\n" + table(COLUMNS, [row(one) for one in found.mitigations]))
    print(f"\n{spent:.0f} s of processor time")
    return found, {**found.to_dict(), "processor_s": spent}


def main() -> None:
    """Run over the meshes named."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("meshes", nargs="+", help="data sets by name, or pairs tables")
    parser.add_argument("--json", type=Path, help="also write all numbers here")
    options = parser.parse_args()
    told = [report(rttgeo.open_dataset(name))[1] for name in options.meshes]
    if options.json:
        write_json(options.json, told)


if __name__ == "__main__":
    main()
