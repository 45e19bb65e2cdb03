"""The default method: prior × likelihood over cells, tempered, with conformal levels.

In the order in which it computes:

1. **What a landmark would measure to a place** (`rttgeo.delay.calibrated`, `kriging`, `spread`).
   Log(RTT + 10 ms) is a curve of distance plus a residual; the residuals of known targets are
   carried over to places near them by simple kriging, errors scaled by distance.
2. **Where the target can be** (`cells`, `mixed`, `parts`). Cells that light in fibre leaves possible, on a
   coarse grid for the delays, which vary smoothly, and small ones at the likeliest cities.
3. **Likelihood** (`likelihood`). A multivariate Student t of the target's residuals, whose errors
   are alike for landmarks near each other; beside it the law of how far the quickest landmark is.
4. **Prior** (`prior`, `cities`, `land`). Population of the cities around, other known nodes, a
   thin rest anywhere, hardly anything at sea; how much of each is learnt.
5. **Posterior** (`posterior`). Prior times the likelihood raised to exponents below 1 (tempering),
   since delays that share paths are no independent witnesses.
6. **Doubt** (`doubt`, `mixture`). Each of the quickest landmarks may be wrong: how probably, the
   delays of the others say; what is told is the mixture of the posteriors with and without it.
   Landmarks that contradict each other by light are left out before (`conflict`).
7. **Calibration** (`memory`, `trials`, `conformal`). Known targets are left out and located in
   turn: the tempering under which they are found best is taken, and a region is asked for at the
   level that held as many of them as its name says (conformal levels).

`settings` holds every value that is taken for granted, with its reason; `known` and `training` the
mesh that is learnt from; `estimator` puts it all together, each target left out of all that is
learnt for it.
"""
