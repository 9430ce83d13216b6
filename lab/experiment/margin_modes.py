"""IFSR without a swapper that was trained before, against the paper's road in two stages.

Margins and the blocks that have one come from pairs alone of whom the people are known. B and C of
the ablation, whose margins a swapper gave, are what these are compared with.
"""

from collections.abc import Mapping

from facedancer.losses.margins import MODES

from .interface import Experiment, Ground
from .tasks import Task
from .training_tasks import margins_task, training_task

# Of those that have IFSR the paper's claims say most of these.
CONFIGURATIONS = ("b", "c")
# By configuration its swappers, in the order of the modes.
BY_MODE = {config: {mode: f"{config}_{mode}" for mode in MODES} for config in CONFIGURATIONS}
_SWAPPERS = tuple(name for modes in BY_MODE.values() for name in modes.values())


def _trainings(ground: Ground, wanted: Mapping[str, int], made: Mapping[str, Task]) -> list[Task]:
    if not set(wanted) & set(_SWAPPERS):
        return []
    margins = margins_task(ground, None, "margins_labels", "ifsr_labels")
    runs = [
        training_task(
            ground,
            name,
            (margins,),
            flagfile=f"flags/lab/{config}.cfg",
            further=(f"--ifsr_margins_mode={mode}",),
            seed=seed,
        )
        for config, modes in BY_MODE.items()
        for mode, name in modes.items()
        for seed in range(wanted.get(name, 0))
    ]
    return [margins, *runs]


MARGIN_MODES = Experiment(_SWAPPERS, _trainings, repeated=_SWAPPERS, is_drawn=False)
