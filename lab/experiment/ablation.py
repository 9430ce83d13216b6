"""The paper's ablation, C trained on, and the student: who the report compares."""

from collections.abc import Collection, Mapping

from .interface import Experiment, Ground
from .swappers import CONFIGURATIONS, LONGER, LONGER_OF, MARGINS_FROM, STUDENT, TEACHER, TRAINED
from .tasks import Task
from .training_tasks import margins_task, student_task, training_task


def _trainings(ground: Ground, wanted: Collection[str], made: Mapping[str, Task]) -> list[Task]:
    first = training_task(ground, MARGINS_FROM, stage="train_a")
    margins = margins_task(ground, first)
    runs = {
        name: training_task(ground, name, (margins,))
        for name in CONFIGURATIONS
        if name in wanted and name != MARGINS_FROM
    }
    if LONGER in wanted:
        runs[LONGER] = training_task(ground, LONGER, (margins, runs[LONGER_OF]))
    if STUDENT in wanted:
        runs[STUDENT] = student_task(ground, STUDENT, runs[TEACHER])
    return [first, margins, *runs.values()]


def _built_on(name: str) -> tuple[str, ...]:
    others = {MARGINS_FROM: (), LONGER: (LONGER_OF,), STUDENT: (TEACHER,)}
    return others.get(name, (MARGINS_FROM,))


ABLATION = Experiment(TRAINED, _trainings, _built_on)
