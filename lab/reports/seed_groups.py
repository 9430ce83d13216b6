"""All runs of a swapper, a seed each, as one row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..experiment.seeds import swapper_of
from .spread import pooled
from .stored_results import SwapperResult

_ENDS = {"value": ("low", "high"), "judged": ("judged_low", "judged_high")}
_AVERAGED = ("value", "judged", "failed", "pairs", "count")


@dataclass(frozen=True)
class Group:
    """A swapper's runs.

    Attributes:
        name: of the swapper.
        runs: a seed each; a reference has one.
    """

    name: str
    runs: tuple[SwapperResult, ...]

    def values(self, metric: str) -> np.ndarray:
        """Each run's number, failed swaps as the worst there is, ``[S]``; NaN: not measured."""
        return np.array([run.value(metric)[0] for run in self.runs])

    def metrics(self) -> dict[str, dict]:
        """Entries of each metric, as a table shows them: means over seeds, and an interval's ends.

        Of one run the interval is its own, that counts people; of several it is that over seeds.
        """
        first, *others = (run.metrics for run in self.runs)
        if not others:
            return first
        shared = [name for name in first if all(name in metrics for metrics in others)]
        return {name: _mean([first[name], *(one[name] for one in others)]) for name in shared}


def grouped(results: Iterable[SwapperResult]) -> dict[str, Group]:
    """The rows by swapper, in their order."""
    groups: dict[str, list[SwapperResult]] = {}
    for result in results:
        groups.setdefault(swapper_of(result.name), []).append(result)
    return {name: Group(name, tuple(runs)) for name, runs in groups.items()}


def _mean(entries: Sequence[Mapping]) -> dict:
    """One entry of several seeds'."""
    # Where only some have failed swaps, the others' mean is what they are judged by.
    if any(entry.get("failed") for entry in entries):
        entries = [{"judged": entry.get("value"), **entry} for entry in entries]
    mean = {
        key: float(np.mean([entry[key] for entry in entries]))
        for key in _AVERAGED
        if all(entry.get(key) is not None for entry in entries)
    }
    for key, (low, high) in _ENDS.items():
        mean |= {low: None, high: None}
        if key in mean:
            half = pooled([[entry[key] for entry in entries]]).half_width(len(entries))
            mean |= {low: mean[key] - half, high: mean[key] + half}
    return {**entries[0], "value": None, **mean, "seeds": len(entries)}
