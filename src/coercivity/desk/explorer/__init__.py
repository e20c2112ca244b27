"""Figures and results of scenarios."""
