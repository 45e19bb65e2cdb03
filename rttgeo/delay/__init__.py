"""Delay models: what a round-trip time says about distance.

Each module holds one model behind the protocol of `rttgeo.delay.protocol`.
"""
