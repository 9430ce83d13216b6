"""Words for files and outcomes, as whoever sent the files is told them."""

from collections.abc import Sequence
from pathlib import Path

from facedancer.inference.jobs.outcome import Outcome

from .errors import for_strangers


def name_of(name: str, number: int, count: int) -> str:
    """The word for one of several files: ``"source"``, ``"source 2"``."""
    return name if count == 1 else f"{name} {number}"


def words_for(
    target: Path, sources: Sequence[Path], reference: Sequence[Path], output: Path
) -> dict[Path, str]:
    """The words for the files of a swap, by their paths."""
    names = {target: "the target", output: "the result"}
    for name, paths in (("source", sources), ("reference", reference)):
        for number, path in enumerate(paths, 1):
            names[path] = f"the {name_of(name, number, len(paths))}"
    return {**names, output.parent: "the work"}


def nothing_swapped(outcome: Outcome) -> str:
    """Says why a run swapped nobody."""
    reasons = ", ".join(outcome.summary.reasons)
    if not outcome.summary.found:
        reasons = "no face was found in the target"
    return for_strangers(f"nobody was swapped: {reasons}")
