"""The paper's ablation, C trained on, and the student: who the report compares."""

from collections.abc import Mapping

from .interface import Experiment, Ground
from .swappers import (
    CONFIGURATIONS,
    LONGER,
    LONGER_OF,
    MARGINS_FROM,
    REPEATED,
    STUDENT,
    TEACHER,
)
from .tasks import Task
from .training_tasks import margins_task, student_task, training_task


def _trainings(ground: Ground, wanted: Mapping[str, int], made: Mapping[str, Task]) -> list[Task]:
    first, *again = (
        training_task(ground, MARGINS_FROM, seed=seed, stage="train" if seed else "train_a")
        for seed in range(wanted[MARGINS_FROM])
    )
    margins = margins_task(ground, first)
    # Every first seed before the others: a lab that is stopped early has them all once.
    runs = [
        training_task(ground, name, (margins,), seed=seed)
        for seed in range(max(wanted.values()))
        for name in CONFIGURATIONS
        if seed < wanted.get(name, 0) and name != MARGINS_FROM
    ]
    by_name = {run.name: run for run in runs}
    if LONGER in wanted:
        runs.append(training_task(ground, LONGER, (margins, by_name[LONGER_OF])))
    if STUDENT in wanted:
        runs.append(student_task(ground, STUDENT, by_name[TEACHER]))
    return [first, margins, *again, *runs]


def _built_on(name: str) -> tuple[str, ...]:
    others = {MARGINS_FROM: (), LONGER: (LONGER_OF,), STUDENT: (TEACHER,)}
    return others.get(name, (MARGINS_FROM,))


ABLATION = Experiment((*CONFIGURATIONS, LONGER, STUDENT), _trainings, _built_on, REPEATED)
