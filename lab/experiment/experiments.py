"""All experiments of the lab, a row each."""

from collections.abc import Collection

from .ablation import ABLATION
from .further import COMPRESSION, MARGIN_SETS, RIVALS
from .interface import Experiment

# Each may build on what those before have trained.
EXPERIMENTS: tuple[Experiment, ...] = (ABLATION, RIVALS, MARGIN_SETS, COMPRESSION)
SWAPPERS = tuple(name for experiment in EXPERIMENTS for name in experiment.swappers)
BY_DEFAULT = tuple(
    name for experiment in EXPERIMENTS if experiment.by_default for name in experiment.swappers
)


def with_foundations(names: Collection[str]) -> set[str]:
    """The swappers of some names, and all that these build on."""
    built_on = {name: one.built_on for one in EXPERIMENTS for name in one.swappers}
    found, pending = set(), list(names)
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += built_on[name](name)
    return found
