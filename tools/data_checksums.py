"""Bring the checksums in `data/README.md` up to date, or with --check say which are not.

The table's rows are written by hand (what a file is, where it comes from); a file without a row,
or a row without a file, is an error.
"""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path

from rttgeo.machine.files import write_atomically

DATA = Path(__file__).resolve().parent.parent / "data"
ROW = re.compile(r"^(\| `([^`]+)` \|.*\| )`([^`]*)`( \|)$", re.MULTILINE)


def main() -> int:
    """Rewrite the checksums; 1 when something is amiss."""
    page = DATA / "README.md"
    text = page.read_text(encoding="utf-8")
    there = {
        path.relative_to(DATA).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in DATA.rglob("*")
        if path.is_file() and path != page
    }
    rows = {match[2]: match[3] for match in ROW.finditer(text)}
    amiss = [
        f"data/{name} has no row in data/README.md" for name in sorted(there.keys() - rows.keys())
    ]
    amiss += [
        f"data/README.md has a row for {name}, which is not there"
        for name in rows.keys() - there.keys()
    ]
    if "--check" in sys.argv:
        amiss += [f"data/README.md: old checksum of {n}" for n in rows if rows[n] != there.get(n)]
    else:
        write_atomically(page, ROW.sub(lambda m: f"{m[1]}`{there.get(m[2], m[3])}`{m[4]}", text))
    print("\n".join(amiss), end="\n" if amiss else "", file=sys.stderr)
    return 1 if amiss else 0


if __name__ == "__main__":
    sys.exit(main())
