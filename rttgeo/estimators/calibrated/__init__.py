"""The default method: prior × likelihood over cells, tempered, with conformal levels.

It computes, in this order:

1. **What a landmark would measure to a place** (`rttgeo.delay.calibrated`, `kriging`, `spread`).
   Log(RTT + 10 ms) is a curve of distance plus a residual. Simple kriging carries the residuals of
   known targets over to places near them, with errors scaled by distance.
2. **Where the target can be** (`cells`, `mixed`, `parts`). The cells that light in fibre allows:
   coarse ones for the delays, which vary smoothly, and small ones at the most likely cities.
3. **Likelihood** (`likelihood`). A multivariate Student t distribution of the target's residuals,
   whose errors are correlated for landmarks near each other, and the law of the distance to the
   quickest landmark.
4. **Prior** (`prior`, `cities`, `land`). The population of nearby cities, other known nodes, a
   small share anywhere, and very little at sea; the share of each is learnt.
5. **Posterior** (`posterior`). Prior times the likelihood raised to exponents below 1 (tempering),
   since delays that share paths are not independent evidence.
6. **Doubt** (`doubt`, `mixture`). Each of the quickest landmarks may be wrong, with a probability
   that follows from the delays of the others; the result is the mixture of the posteriors with and
   without it. Landmarks that contradict each other by light are left out beforehand (`conflict`).
7. **Calibration** (`memory`, `trials`, `conformal`). Known targets are left out and located in
   turn. The tempering that locates them best is used, and regions are computed at the level that
   held the nominal share of them (conformal levels).

`settings` holds every assumed value, with its reason; `known` and `training` hold the mesh that is
learnt from; `estimator` combines everything, leaving each target out of what is learnt for it.
"""
