"""`python -m rttgeo` is the command line."""

import sys

from rttgeo.cli import main

sys.exit(main())
