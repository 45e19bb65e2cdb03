"""The writer of MaxMind files stands with the tests of sources."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "sources"))
