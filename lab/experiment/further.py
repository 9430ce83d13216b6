"""The experiments of `further_runs`: rivals, other margins, students. None is done unasked."""

from collections.abc import Mapping

from ..rivals.settings import GIVEN_LABELS
from .further_runs import (
    COMPARED,
    FURTHER,
    MARGIN_RUNS,
    REPEATED,
    STUDENTS,
    trained_as,
)
from .interface import Experiment, Ground
from .swappers import TEACHER
from .tasks import Task
from .training_tasks import margins_task, student_task, training_task


def _rivals(ground: Ground, wanted: Mapping[str, int], made: Mapping[str, Task]) -> list[Task]:
    return [
        _training(ground, name, (ground.networks["shape"],) if name in GIVEN_LABELS else (), seed)
        for name in COMPARED
        for seed in range(wanted.get(name, 0))
    ]


def _margin_sets(ground: Ground, wanted: Mapping[str, int], made: Mapping[str, Task]) -> list[Task]:
    tasks = []
    for name in (one for one in MARGIN_RUNS if one in wanted and trained_as(one) == one):
        source = MARGIN_RUNS[name].margins
        margins = margins_task(ground, made[source], f"margins_{source}", f"ifsr_{source}")
        tasks += [margins, _training(ground, name, (margins,))]
    return tasks


def _students(ground: Ground, wanted: Mapping[str, int], made: Mapping[str, Task]) -> list[Task]:
    return [
        student_task(ground, name, made[TEACHER], f"flags/lab/{run.flagfile}")
        for name, run in STUDENTS.items()
        if name in wanted
    ]


def _training(ground: Ground, name: str, needs: tuple[Task, ...], seed: int = 0) -> Task:
    run = FURTHER[name]
    flagfile = f"flags/lab/{run.flagfile}"
    return training_task(ground, name, needs, flagfile, seed=seed, script=run.script)


def _built_on(name: str) -> tuple[str, ...]:
    # All are compared with C.
    served_by = (trained_as(name),) if trained_as(name) != name else ()
    margins_from = (FURTHER[name].margins,) if FURTHER[name].margins else ()
    return (*served_by, *margins_from, TEACHER)


RIVALS = Experiment(tuple(COMPARED), _rivals, _built_on, REPEATED, by_default=False)
MARGIN_SETS = Experiment(tuple(MARGIN_RUNS), _margin_sets, _built_on, by_default=False)
COMPRESSION = Experiment(tuple(STUDENTS), _students, _built_on, by_default=False)
