"""Compiled loops of the engine: arrays in, arrays out; numpy and numba only."""
