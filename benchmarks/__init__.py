"""Benchmarks: each module runs alone, prints one JSON object and can keep it in results/."""
