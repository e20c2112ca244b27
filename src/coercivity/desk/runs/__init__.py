"""Simulation jobs, their worker, and exposure."""
