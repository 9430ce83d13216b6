"""Tasks that draw: pictures for the gates, perfect swaps, and the report's pictures."""

from collections.abc import Iterable
from pathlib import Path

from facedancer.evaluation.encoders.registry import ROLES

from .data_tasks import FIRST_PERSON
from .swappers import FID_FOLDER, GATES_FILE, SENSITIVITY_FOLDER, TRIVIAL
from .tasks import Task, value_of


def gates_task(folder: Path, networks: list[Task], people: int, seed: int) -> Task:
    """Asks the encoders, and one for real faces, whether they go by the face.

    Args:
        folder: of the lab.
        networks: tasks that make networks, the encoders among them.
        people: how many are looked at.
        seed: of the pictures.
    """
    encoders = [task for task in networks if task.stage == "encoders"]
    specs = [*(str(task.product) for task in encoders), "faceres"]
    command = (
        "lab/gates.py",
        f"--encoder={','.join(specs)}",
        f"--people={people}",
        f"--first_identity={FIRST_PERSON['test']}",
        f"--seed={seed}",
        f"--output={folder / GATES_FILE}",
    )
    product = folder / GATES_FILE
    return Task("gates", "gates", command, product, tuple(encoders), measures=True)


def pairs_task(folder: Path, shards: Task, pairs: int) -> Task:
    """Draws the pairs of all evaluations: by one that measures nothing but pixels.

    Args:
        folder: of the lab.
        shards: the task that makes those with the faces.
        pairs: how many.
    """
    place = folder / "pairs"
    command = (
        "evaluation/evaluate.py",
        f"--targets={shards.product.parent}",
        f"--swapper={TRIVIAL[0]}",
        *(f"--{role}_encoder=" for role in ROLES),
        f"--pairs={pairs}",
        f"--output={place}",
    )
    return Task("truth", "pairs", command, place / "results.json", (shards,), place=place)


def noise_free_fid_task(
    folder: Path, name: str, swapper: str | Path, needs: tuple[Task, ...]
) -> Task:
    """FID of swaps of pictures without blur, noise and JPEG.

    With them FID tells mostly how much of the camera's noise a swapper cleans away.

    Args:
        folder: of the lab.
        name: of the swapper.
        swapper: what swaps.
        needs: the tasks of the encoder, of the clean shards, and what makes the swapper.
    """
    encoder, shards = needs[:2]
    place = folder / FID_FOLDER / name
    command = (
        "evaluation/evaluate.py",
        f"--targets={shards.product.parent}",
        f"--swapper={swapper}",
        f"--encoder={encoder.product}",
        *(f"--{role}_encoder=" for role in ROLES if role != "features"),
        "--features_encoder=mobilenet_v2",
        "--pairs=0",
        "--noruntime",
        f"--output={place}",
    )
    product = place / "results.json"
    return Task("evaluate", f"fid_{name}", command, product, needs, place=place, measures=True)


def sensitivity_task(folder: Path, shards: Task) -> Task:
    """Measures what a difference of FID means, on the same pictures."""
    place = folder / SENSITIVITY_FOLDER
    command = (
        "evaluation/fid_sensitivity.py",
        f"--targets={shards.product.parent}",
        "--pairs=0",
        f"--output={place}",
    )
    product = place / "fid_sensitivity.json"
    needs = (shards,)
    return Task("evaluate", "fid_sensitivity", command, product, needs, place=place, measures=True)


def rendered_swaps_task(
    folder: Path, name: str, part: str, evaluation: Task, people: list[Task]
) -> Task:
    """Renders the pairs of an evaluation, which are those of all.

    Args:
        folder: of the lab.
        name: of the task, and of its folder.
        part: what is the source's, see ``lab/render_swaps.py``.
        evaluation: whose pairs.
        people: the tasks that made these people's photographs, crops and shards.
    """
    render, crop, shard = people
    swaps = folder / name
    pair_list = evaluation.product.parent / "pairs.json"
    command = (
        "lab/render_swaps.py",
        f"--pair_list={pair_list}",
        f"--data={shard.product.parent}",
        f"--crops={crop.product.parent}",
        f"--renders={render.product.parent}",
        f"--output={swaps}",
        f"--part={part}",
    )
    product = swaps / pair_list.name
    needs = (evaluation, shard)
    return Task("truth", name, command, product, needs, place=swaps)


def picture_tasks(folder: Path, runs: tuple[Task, ...], encoder: Task, shards: Task) -> list[Task]:
    """Swaps of the same faces by every run, and the masks of those that have any.

    Args:
        folder: of the lab.
        runs: the tasks that train generators.
        encoder: the task of what they learn from.
        shards: the task that makes those with the faces.
    """
    matrix, masks = folder / "swap_matrix.npz", folder / "attention"
    with_masks = [
        run
        for run in runs
        if "affa" in value_of("up_types", [f"--flagfile=flags/lab/{run.name}.cfg"])
    ]

    def command(script: str, some_runs: Iterable[Task], *flags: str) -> tuple[str, ...]:
        folders = ",".join(str(folder / "runs" / run.name) for run in some_runs)
        return (
            script,
            f"--targets={shards.product.parent}",
            f"--generators={folders}",
            f"--encoder={encoder.product}",
            *flags,
        )

    needs = (*runs, encoder, shards)
    return [
        Task(
            "pictures",
            "swap_matrix",
            command("lab/swap_matrix.py", runs, f"--output={matrix}"),
            matrix,
            needs,
            measures=True,
        ),
        Task(
            "pictures",
            "attention",
            command("evaluation/attention.py", with_masks, f"--output={masks}", "--pairs=2"),
            masks / "attention.npz",
            needs,
            measures=True,
        ),
    ]
