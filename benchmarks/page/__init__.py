"""One page of everything that takes time, beside its peers and a limit: ``python -m benchmarks.page``."""
