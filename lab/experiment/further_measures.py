"""Measurements of the rivals alone: swaps of one that is given labels, gaze, their picture."""

from pathlib import Path

from .interface import Ground
from .swappers import GAZE_FOLDER, GIVEN_LABELS, SWAPS_FOLDER
from .tasks import Task

_PAIRS = "pairs.json"


def coded_swaps_task(ground: Ground, run: Task, name: str, shards: Task, pairs: Task) -> Task:
    """Swaps of a rival that is given labels, as pictures: evaluation knows crops alone.

    Args:
        ground: people and networks.
        run: that trained it.
        name: of the folder below `SWAPS_FOLDER`.
        shards: the task that makes those with the faces.
        pairs: the task in whose folder the pairs are listed.
    """
    encoder = ground.networks["arcface"]
    output = ground.folder / SWAPS_FOLDER / name
    command = (
        "lab/swap_rival.py",
        f"--generator={ground.run(run.name)}",
        f"--encoder={encoder.product}",
        f"--targets={shards.product.parent}",
        f"--pair_list={pairs.product.parent / _PAIRS}",
        f"--output={output}",
    )
    needs = (run, encoder, shards, pairs)
    return Task("swaps", f"swaps_{name}", command, output / _PAIRS, needs, place=output)


def gaze_tasks(ground: Ground, gaze: Task, runs: list[Task], evaluations: list[Task]) -> list[Task]:
    """Gaze of each run: by a regressor that the ablation does without.

    Args:
        ground: people and networks.
        gaze: the task that trains the regressor.
        runs: whose swaps.
        evaluations: all tasks of `evaluation_tasks`.
    """
    made = {task.name: task for task in evaluations}
    encoder, shards = ground.networks["arcface"], ground.shards("test")
    truth = made["rendered_swaps"]
    tasks = []
    for run in runs:
        swapper, maker = ground.run(run.name), run
        if run.name in GIVEN_LABELS:
            maker = made[f"swaps_{run.name}"]
            swapper = maker.product.parent
        place = ground.folder / GAZE_FOLDER / run.name
        command = (
            "evaluation/evaluate.py",
            f"--targets={shards.product.parent}",
            f"--swapper={swapper}",
            f"--encoder={encoder.product}",
            *(f"--{role}_encoder=" for role in ("identity", "pose", "expression", "features")),
            f"--gaze_encoder={gaze.product}",
            f"--pair_list={truth.product}",
            f"--output={place}",
            "--noruntime",
        )
        product, needs = place / "results.json", (encoder, shards, truth, gaze, maker)
        name = f"gaze_{run.name}"
        tasks.append(Task("evaluate", name, command, product, needs, place=place, measures=True))
    return tasks


def rivals_matrix_task(ground: Ground, runs: list[Task]) -> Task:
    """Swaps of the same faces by C and its rivals, for the report's picture."""
    encoder, shards = ground.networks["arcface"], ground.shards("test")
    product: Path = ground.folder / "swap_matrix_rivals.npz"
    command = (
        "lab/swap_matrix.py",
        f"--targets={shards.product.parent}",
        f"--generators={','.join(str(ground.run(run.name)) for run in runs)}",
        f"--encoder={encoder.product}",
        f"--output={product}",
    )
    needs = (*runs, encoder, shards)
    return Task("pictures", "swap_matrix_rivals", command, product, needs, measures=True)
