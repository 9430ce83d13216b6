"""The experiments of `further_runs`: rivals, other margins, students. None is done unasked."""

from collections.abc import Collection, Mapping

from .further_runs import COMPARED, FACE_SHIFTER, FURTHER, LABELS, MARGIN_RUNS, STUDENTS
from .interface import Experiment, Ground
from .swappers import GIVEN_LABELS, MARGINS_FROM, TEACHER
from .tasks import Task
from .training_tasks import margins_task, regressor_task, student_task, training_task

# A network that judges where the rivals' swaps look; the ablation does without.
GAZE = "gaze"


def _rivals(ground: Ground, wanted: Collection[str], made: Mapping[str, Task]) -> list[Task]:
    tasks = []
    for name in (one for one in COMPARED if one in wanted):
        run, needs = FURTHER[name], ()
        if name in GIVEN_LABELS:
            tasks.append(regressor_task(ground, "shape", "train", 6))
            needs = (tasks[-1],)
        if run.margins:
            needs = (made["margins"],)
        tasks.append(_training(ground, name, needs))
    return [regressor_task(ground, GAZE, "train_judge", 5), *tasks] if tasks else []


def _margin_sets(ground: Ground, wanted: Collection[str], made: Mapping[str, Task]) -> list[Task]:
    tasks = []
    for name in (one for one in MARGIN_RUNS if one in wanted):
        source = MARGIN_RUNS[name].margins
        run = {FACE_SHIFTER: made.get(FACE_SHIFTER), LABELS: None}[source]
        margins = margins_task(ground, run, f"margins_{source}", f"ifsr_{source}")
        tasks += [margins, _training(ground, name, (margins,))]
    return tasks


def _students(ground: Ground, wanted: Collection[str], made: Mapping[str, Task]) -> list[Task]:
    return [
        student_task(ground, name, made[TEACHER], f"flags/lab/{run.flagfile}")
        for name, run in STUDENTS.items()
        if name in wanted
    ]


def _training(ground: Ground, name: str, needs: tuple[Task, ...]) -> Task:
    run = FURTHER[name]
    flagfile = f"flags/lab/{run.flagfile}"
    return training_task(ground, name, needs, flagfile, seed=run.seed, script=run.script)


def _built_on(name: str) -> tuple[str, ...]:
    run = FURTHER[name]
    if name in COMPARED:
        # Another seed of C is compared with the first one, and takes A's margins.
        return (run.of or MARGINS_FROM,)
    return (FACE_SHIFTER, TEACHER) if run.margins == FACE_SHIFTER else (TEACHER,)


RIVALS = Experiment(tuple(COMPARED), _rivals, _built_on, by_default=False)
MARGIN_SETS = Experiment(tuple(MARGIN_RUNS), _margin_sets, _built_on, by_default=False)
COMPRESSION = Experiment(tuple(STUDENTS), _students, _built_on, by_default=False)
