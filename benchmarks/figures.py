"""Figures as they are printed."""

from collections.abc import Sequence


def percentile(seconds: Sequence[float], share: float) -> float:
    """Return the value below which `share` (0 to 1) of the measured values lie, in milliseconds."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000


def line(name: str, seconds: Sequence[float]) -> str:
    """Return "name: n, p50, p95, max" in milliseconds."""
    return (
        f"{name:<44} n={len(seconds):<5} p50 {percentile(seconds, 0.5):7.1f} ms   "
        f"p95 {percentile(seconds, 0.95):7.1f} ms   max {max(seconds) * 1000:7.1f} ms"
    )
