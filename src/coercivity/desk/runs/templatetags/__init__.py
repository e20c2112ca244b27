"""Filters for numbers of runs."""
