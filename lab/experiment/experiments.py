"""All experiments of the lab, a row each."""

from collections.abc import Collection

from .ablation import ABLATION
from .face_shape import FACE_SHAPE
from .further import COMPRESSION, MARGIN_SETS, RIVALS
from .interface import Experiment
from .margin_modes import MARGIN_MODES

# Each may build on what those before have trained.
EXPERIMENTS: tuple[Experiment, ...] = (
    *(ABLATION, MARGIN_MODES, FACE_SHAPE),
    *(RIVALS, MARGIN_SETS, COMPRESSION),
)
SWAPPERS = tuple(name for experiment in EXPERIMENTS for name in experiment.swappers)
DRAWN = tuple(name for one in EXPERIMENTS if one.is_drawn for name in one.swappers)
BY_DEFAULT = tuple(
    name for experiment in EXPERIMENTS if experiment.by_default for name in experiment.swappers
)


def seeds_of(names: Collection[str], seeds: int) -> dict[str, int]:
    """Counts the seeds that are trained of some swappers, and of those that these build on.

    Args:
        names: of the swappers that are asked for.
        seeds: of those that are trained repeatedly; what is only built on is trained once.
    """
    by_name = {name: one for one in EXPERIMENTS for name in one.swappers}
    found, pending = {}, list(names)
    while pending:
        name = pending.pop()
        if name not in found:
            is_repeated = name in names and name in by_name[name].repeated
            found[name] = seeds if is_repeated else 1
            pending += by_name[name].built_on(name)
    return found
