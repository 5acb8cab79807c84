"""Benchmarks: each prints its figures with their conditions; ratios are taken within one run."""
