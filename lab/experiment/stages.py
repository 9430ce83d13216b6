"""The lab's stages, from rendering to the report, as one list of tasks."""

from collections.abc import Collection
from pathlib import Path

from .data_tasks import DATA_STAGES, PARTS, data_tasks
from .evaluation_tasks import choice_task, evaluation_tasks, gates_task
from .experiments import DRAWN, EXPERIMENTS, seeds_of
from .further_measures import rivals_matrix_task
from .further_runs import FURTHER, is_compared, trained_as
from .interface import Ground
from .network_tasks import network_tasks
from .picture_tasks import picture_tasks
from .scale import Scale
from .seeds import swapper_of
from .swappers import CANDIDATES, MARGINS_FROM
from .tasks import Task


def lab_tasks(
    folder: Path,
    results: Path,
    scale: Scale,
    swappers: Collection[str],
    seed: int,
    networks: Path | None = None,
) -> list[Task]:
    """Every task of a lab, each after what it needs.

    Args:
        folder: where everything goes; relative to the repository's root, or absolute.
        results: where the report and what it is made from go.
        scale: how much of everything.
        swappers: which of `experiments.SWAPPERS` are trained; `MARGINS_FROM` is in any case, and
            so is what these build on.
        seed: of the pictures and of all trainings.
        networks: a folder of encoders and regressors that were trained before, as
            ``lab/ship_models.py`` writes it; None: they are trained too.
    """
    data = {part: data_tasks(folder, part, scale, seed) for part in PARTS}
    shards = {part: tasks[-1] for part, tasks in data.items()}
    made_networks = network_tasks(folder, shards, scale, seed, networks)
    ground = Ground(folder, scale, seed, data, {task.name: task for task in made_networks})
    # A in any case: of its swaps the others' margins are measured.
    wanted = {MARGINS_FROM: 1} | seeds_of(set(swappers) - scale.left_out, scale.seeds)
    trainings: dict[str, Task] = {}
    for experiment in EXPERIMENTS:
        made = experiment.trainings(ground, wanted, trainings)
        trainings |= {task.name: task for task in made}
    runs = [trainings[name] for name in trainings if swapper_of(name) in wanted]
    gates = gates_task(ground)
    choices = [choice_task(ground, run) for run in runs if run.name in CANDIDATES]
    of_fid = {trained_as(name) for name in wanted if name in DRAWN}
    drawn = [run for run in runs if swapper_of(run.name) in of_fid]
    shown = [run for run in drawn if run.name in DRAWN]
    evaluations = evaluation_tasks(ground, runs, drawn, shown)
    pictures = picture_tasks(ground, [run for run in shown if run.name not in FURTHER], evaluations)
    rivals = [run for run in shown if is_compared(run.name)]
    if len(rivals) > 1:
        pictures.append(rivals_matrix_task(ground, rivals))
    # The report tells of margins too.
    further = [task for task in trainings.values() if task not in runs]
    measured = (*further, gates, *choices, *evaluations, *pictures)
    # All other runs wait for the first one's margins: it is begun as soon as it can be.
    encoder, *others = made_networks
    first, *trained = trainings.values()
    begin = [encoder, first, *others, gates, *trained]
    made = sorted(
        (task for tasks in data.values() for task in tasks),
        key=lambda task: DATA_STAGES.index(task.stage),
    )
    report = _report(folder, results, measured)
    return [*made, *begin, *choices, *evaluations, *pictures, report]


def _report(folder: Path, results: Path, needs: tuple[Task, ...]) -> Task:
    command = ("lab/report.py", f"--lab_dir={folder}", f"--results_dir={results}")
    page = results.parent / "REPORT.md"
    return Task("report", "report", command, page, needs, measures=True)
