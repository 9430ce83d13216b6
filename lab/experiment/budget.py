"""The work that a list of tasks holds, before any of it is done."""

from collections.abc import Iterable

from .tasks import Task, value_of

# By the script that trains, what it trains.
_TRAINS = {
    "training/train.py": "generators",
    "training/distill.py": "students",
    "lab/train_rival.py": "rivals",
    "training/train_encoder.py": "encoders",
    "training/train_regressor.py": "regressors",
}


def budget(tasks: Iterable[Task]) -> str:
    """Tells how many trainings there are of each kind and of how many steps, a line each.

    A run that goes on from another is given the steps of both; only its own are counted.
    """
    tasks = list(tasks)
    lines = []
    for script, what in _TRAINS.items():
        trainings = [task for task in tasks if task.command[0] == script]
        if trainings:
            steps = sum(map(_own_steps, trainings))
            lines.append(f"# {what}: {len(trainings)} trainings, {steps:,} steps")
    others = sum(task.command[0] not in _TRAINS for task in tasks)
    return "\n".join([*lines, f"# other commands: {others}"])


def _own_steps(task: Task) -> int:
    before = [_steps(one) for one in task.needs if f"--init_run={one.place}" in task.command]
    return _steps(task) - sum(before)


def _steps(task: Task) -> int:
    # Of its flagfiles those that are no task's product.
    flags = [flag for flag in task.command if "=flags/" in flag]
    return int(value_of("total_steps", flags))
