"""Words for files and outcomes, as whoever sent the files is told them."""

from collections.abc import Sequence
from pathlib import Path

from facedancer.inference.jobs.outcome import Outcome

from .errors import for_strangers


def name_of(name: str, number: int, count: int) -> str:
    """The word for one of several files: ``"source"``, ``"source 2"``."""
    return name if count == 1 else f"{name} {number}"


def names_of(paths: Sequence[Path], name: str) -> dict[Path, str]:
    """The words for several files, by their paths."""
    return {path: f"the {name_of(name, n, len(paths))}" for n, path in enumerate(paths, 1)}


def nothing_swapped(outcome: Outcome) -> str:
    """Says why a run swapped nobody."""
    reasons = ", ".join(outcome.summary.reasons)
    if not outcome.summary.found:
        reasons = "no face was found in the target"
    return for_strangers(f"nobody was swapped: {reasons}")
