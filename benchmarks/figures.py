"""Figures as they are measured and printed."""

import os
from collections.abc import Sequence
from pathlib import Path


def cpu_seconds(pid: int) -> float:
    """Return the seconds of CPU that a process and its children, also those that ended, have used."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    own = sum(map(int, _stat(pid)[11:15])) / os.sysconf("SC_CLK_TCK")
    return own + sum(cpu_seconds(int(child)) for child in children)


def parent(pid: int) -> int:
    """Return the process that started this one."""
    return int(_stat(pid)[1])


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


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
