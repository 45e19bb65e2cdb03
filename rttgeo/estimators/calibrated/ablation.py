"""Settings of the default method that leave one part out, to measure what that part is worth."""

from __future__ import annotations

import dataclasses
from typing import Final

from rttgeo.estimators.calibrated.settings import Settings, Tempering

_DEFAULT: Final = Settings()

WITHOUT: Final[dict[str, Settings]] = {
    "residual field": dataclasses.replace(_DEFAULT, kriged_share=2.0),
    "errors by distance": dataclasses.replace(_DEFAULT, spread=False),
    "quickest landmark": dataclasses.replace(
        _DEFAULT, nearest_weights=(0.0,), place_tempering=Tempering(0.2, 0.0)
    ),
    "tempering": dataclasses.replace(
        _DEFAULT, tempers=(1.0,), place_tempering=Tempering(1.0, 0.25)
    ),
    "heavy tails": dataclasses.replace(_DEFAULT, freedom=1e6),
    "choice of landmarks": dataclasses.replace(_DEFAULT, landmark_share=1.0, max_landmarks=10**6),
    "doubtful landmarks": dataclasses.replace(_DEFAULT, wrong_landmark=0.0),
    "learnt cities": dataclasses.replace(_DEFAULT, city_least_nodes=10**9),
    "coasts": dataclasses.replace(_DEFAULT, at_sea=1.0),
    "small cells": dataclasses.replace(_DEFAULT, max_towns=0),
    "choice by area": dataclasses.replace(_DEFAULT, nearly_nats=0.0),
    "conformal levels": dataclasses.replace(_DEFAULT, conformal=False),
}
"""Parts by name, with the settings that leave each of them out.

What is used instead: residual field: each landmark has its curve and one offset. Errors by
distance: one size for all. Tempering: none. Heavy tails: Gaussian errors. Choice of landmarks: all,
not only the quickest. Doubtful landmarks: all whose discs overlap are trusted. Learnt cities: the
generic law. Coasts: targets are as likely at sea as on land. Small cells: only large ones, in which
cities blur. Choice by area: the tempering with the highest density, however large its regions.
Conformal levels: those of the posterior itself.
"""
