"""The byte reader of RIPE Atlas results."""

from rttgeo.machine.compiled import before_kernels

before_kernels()
