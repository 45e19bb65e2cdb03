"""From RIPE Atlas to a `rttgeo.mesh.Mesh`: fetched, checked, parsed."""
