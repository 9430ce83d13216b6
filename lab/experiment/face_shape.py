"""The face's shape, the paper's first limit: C by three ways that may move it.

Twins, whose right answer is known; these, and AFFA at the last stage too; and a loss by a network
that tells a head's shape.
"""

from collections.abc import Mapping

from .interface import Experiment, Ground
from .tasks import Task
from .training_tasks import training_task

# What they are compared with.
SHAPE_OF = "c"
TWINS, TWINS_AFFA, SHAPE_LOSS = "c_twins", "c_twins_affa", "c_shape"
_SWAPPERS = (TWINS, TWINS_AFFA, SHAPE_LOSS)


def _trainings(ground: Ground, wanted: Mapping[str, int], made: Mapping[str, Task]) -> list[Task]:
    runs = []
    for name in _SWAPPERS:
        if name in wanted:
            shape = (ground.networks["shape"],) if name == SHAPE_LOSS else ()
            runs.append(training_task(ground, name, (made["margins"], *shape)))
    return runs


FACE_SHAPE = Experiment(_SWAPPERS, _trainings, lambda name: (SHAPE_OF,))
