"""Tasks that draw the report's pictures."""

from dataclasses import replace
from pathlib import Path

from .evaluation_tasks import TRUTH_TASK
from .face_shape import FACE_SHAPE, SHAPE_OF
from .interface import Ground
from .tasks import Task, value_of


def picture_tasks(ground: Ground, runs: list[Task], evaluations: list[Task]) -> list[Task]:
    """Swaps of the same faces by every run, masks of those that have any, and swaps with answers.

    Args:
        ground: people and networks.
        runs: the trainings that are shown.
        evaluations: the tasks of `evaluation_tasks`: one of them draws the right answers.
    """
    folder, encoder, shards = ground.folder, ground.networks["arcface"], ground.shards("test")

    def task(script: str, some_runs: list[Task], product: Path, *flags: str) -> Task:
        generators = ",".join(str(ground.run(run.name)) for run in some_runs)
        command = (
            script,
            f"--targets={shards.product.parent}",
            f"--generators={generators}",
            f"--encoder={encoder.product}",
            *flags,
        )
        needs = (*some_runs, encoder, shards)
        return Task("pictures", product.stem, command, product, needs, measures=True)

    matrix, masks = folder / "swap_matrix.npz", folder / "attention"
    tasks = [
        task("lab/swap_matrix.py", runs, matrix, f"--output={matrix}"),
        task(
            "evaluation/attention.py",
            [run for run in runs if _has_masks(run)],
            masks / "attention.npz",
            f"--output={masks}",
            "--pairs=2",
        ),
    ]
    of_shape = [run for run in runs if run.name in (SHAPE_OF, *FACE_SHAPE.swappers)]
    if of_shape:
        (truth,) = (one for one in evaluations if one.name == TRUTH_TASK)
        answers = folder / "answers.npz"
        flags = (f"--pair_list={truth.product}", f"--truths={truth.product.parent}")
        drawn = task("lab/swap_answers.py", of_shape, answers, *flags, f"--output={answers}")
        tasks.append(replace(drawn, needs=(*drawn.needs, truth)))
    return tasks


def _has_masks(run: Task) -> bool:
    # Of its flagfiles those that are no task's product.
    flags = [flag for flag in run.command if "=flags/" in flag]
    return "affa" in value_of("up_types", flags)
