"""Measurements, as tasks: of the encoders, of the people's pictures, and of every swapper."""

from pathlib import Path

from facedancer.evaluation.encoders.registry import ROLES

from .data_tasks import FIRST_PERSON, data_tasks
from .further_measures import coded_swaps_task
from .interface import Ground
from .swappers import (
    CHOICE_FOLDER,
    FID_FOLDER,
    GATES_FILE,
    GIVEN_LABELS,
    HEAD,
    SENSITIVITY_FOLDER,
    TRIVIAL,
    TRUTH,
)
from .tasks import Task

_FEATURES = "--features_encoder=mobilenet_v2"


def gates_task(ground: Ground) -> Task:
    """Asks the encoders, and one for real faces, whether they go by the face."""
    encoders = [task for task in ground.networks.values() if task.stage == "encoders"]
    specs = [*(str(task.product) for task in encoders), "faceres"]
    product = ground.folder / GATES_FILE
    command = (
        "lab/gates.py",
        f"--encoder={','.join(specs)}",
        f"--people={ground.scale.gated}",
        f"--first_identity={FIRST_PERSON['test']}",
        f"--seed={ground.seed}",
        f"--output={product}",
    )
    return Task("gates", "gates", command, product, tuple(encoders), measures=True)


def evaluation_tasks(ground: Ground, runs: list[Task]) -> list[Task]:
    """Every swapper on the same pairs: those that swap nothing, the right answers, all runs."""
    pairs = _pairs_task(ground)
    rendered = {
        TRUTH: _rendered_swaps_task(ground, "rendered_swaps", "face", pairs),
        HEAD: _rendered_swaps_task(ground, "rendered_heads", "head", pairs),
    }
    truth = rendered[TRUTH]
    clean = data_tasks(ground.folder, "test", ground.scale, ground.seed, is_clean=True)
    fids = [_noise_free_fid_task(ground, name, name, clean[-1]) for name in TRIVIAL]
    plain = [run for run in runs if run.name not in GIVEN_LABELS]
    coded = [run for run in runs if run.name in GIVEN_LABELS]
    return [
        pairs,
        *rendered.values(),
        *(_evaluation(ground, name, name, truth) for name in TRIVIAL),
        *(
            _evaluation(ground, name, task.product.parent, truth, task)
            for name, task in rendered.items()
        ),
        *(_evaluation(ground, run.name, ground.run(run.name), truth, run) for run in plain),
        *clean,
        _sensitivity_task(ground, clean[-1]),
        *fids,
        *(
            _noise_free_fid_task(ground, run.name, ground.run(run.name), clean[-1], run)
            for run in plain
        ),
        *(task for run in coded for task in _of_coded(ground, run, truth, clean[-1], fids[0])),
    ]


def _of_coded(ground: Ground, run: Task, truth: Task, clean: Task, fid: Task) -> list[Task]:
    """Swaps of a generator that is given labels, as pictures, and their evaluation."""
    drawn = coded_swaps_task(ground, run, run.name, ground.shards("test"), truth)
    blank = coded_swaps_task(ground, run, f"{run.name}_clean", clean, fid)
    return [
        drawn,
        blank,
        _evaluation(ground, run.name, drawn.product.parent, truth, drawn),
        _noise_free_fid_task(
            ground, run.name, blank.product.parent, clean, blank, pair_list=blank.product
        ),
    ]


def choice_task(ground: Ground, run: Task) -> Task:
    """A candidate's ID on the people that the shipped generator is chosen on."""
    networks, shards = ground.networks, ground.shards("choice")
    folder = ground.folder / CHOICE_FOLDER / run.name
    command = (
        "evaluation/evaluate.py",
        f"--targets={shards.product.parent}",
        f"--swapper={ground.run(run.name)}",
        f"--encoder={networks['arcface'].product}",
        f"--identity_encoder={networks['cosface'].product}",
        "--pose_encoder=",
        "--expression_encoder=",
        "--features_encoder=",
        f"--pairs={ground.scale.pairs}",
        f"--output={folder}",
        "--noruntime",
    )
    product = folder / "results.json"
    needs = (*networks.values(), shards, run)
    name = f"choice_{run.name}"
    return Task("choice", name, command, product, needs, place=folder, measures=True)


def _evaluation(ground: Ground, name: str, swapper: str | Path, truth: Task, *maker: Task) -> Task:
    """By the networks that judge, and by the right answers.

    Args:
        ground: people and networks.
        name: of the swapper.
        swapper: what swaps.
        truth: the task that renders the right answers.
        maker: the task that makes the swapper, if one does.
    """
    networks, shards = ground.networks, ground.shards("test")
    folder = ground.folder / "evaluation" / name
    command = (
        "evaluation/evaluate.py",
        f"--targets={shards.product.parent}",
        f"--swapper={swapper}",
        f"--encoder={networks['arcface'].product}",
        f"--identity_encoder={networks['cosface'].product}",
        f"--pose_encoder={networks['pose'].product}",
        f"--expression_encoder={networks['expression'].product}",
        _FEATURES,
        f"--pair_list={truth.product}",
        f"--truths={truth.product.parent}",
        f"--output={folder}",
        *(() if ground.scale.times else ("--noruntime",)),
    )
    return Task(
        "evaluate",
        f"evaluate_{name}",
        command,
        folder / "results.json",
        (*networks.values(), shards, truth, *maker),
        is_alone=ground.scale.times,
        place=folder,
        measures=True,
    )


def _pairs_task(ground: Ground) -> Task:
    """Draws the pairs of all evaluations: by one that measures nothing but pixels."""
    shards = ground.shards("test")
    place = ground.folder / "pairs"
    command = (
        "evaluation/evaluate.py",
        f"--targets={shards.product.parent}",
        f"--swapper={TRIVIAL[0]}",
        *(f"--{role}_encoder=" for role in ROLES),
        f"--pairs={ground.scale.pairs}",
        f"--output={place}",
    )
    return Task("truth", "pairs", command, place / "results.json", (shards,), place=place)


def _rendered_swaps_task(ground: Ground, name: str, part: str, pairs: Task) -> Task:
    """Renders the pairs of all evaluations.

    Args:
        ground: people and networks.
        name: of the task, and of its folder.
        part: what is the source's, see ``lab/render_swaps.py``.
        pairs: the task that draws them.
    """
    render, crop, shard = ground.data["test"]
    swaps = ground.folder / name
    pair_list = pairs.product.parent / "pairs.json"
    command = (
        "lab/render_swaps.py",
        f"--pair_list={pair_list}",
        f"--data={shard.product.parent}",
        f"--crops={crop.product.parent}",
        f"--renders={render.product.parent}",
        f"--output={swaps}",
        f"--part={part}",
    )
    return Task("truth", name, command, swaps / pair_list.name, (pairs, shard), place=swaps)


def _noise_free_fid_task(
    ground: Ground,
    name: str,
    swapper: str | Path,
    shards: Task,
    *maker: Task,
    pair_list: Path | None = None,
) -> Task:
    """FID of swaps of pictures without blur, noise and JPEG.

    With them FID tells mostly how much of the camera's noise a swapper cleans away.

    Args:
        ground: people and networks.
        name: of the swapper.
        swapper: what swaps.
        shards: the task of the clean ones.
        maker: the task that makes the swapper, if one does.
        pair_list: of a swapper that is a folder of swaps; None: each face is swapped once.
    """
    encoder = ground.networks["arcface"]
    place = ground.folder / FID_FOLDER / name
    command = (
        "evaluation/evaluate.py",
        f"--targets={shards.product.parent}",
        f"--swapper={swapper}",
        f"--encoder={encoder.product}",
        *(f"--{role}_encoder=" for role in ROLES if role != "features"),
        _FEATURES,
        f"--pair_list={pair_list}" if pair_list else "--pairs=0",
        "--noruntime",
        f"--output={place}",
    )
    product, needs = place / "results.json", (encoder, shards, *maker)
    return Task("evaluate", f"fid_{name}", command, product, needs, place=place, measures=True)


def _sensitivity_task(ground: Ground, shards: Task) -> Task:
    """Measures what a difference of FID means, on the same pictures."""
    place = ground.folder / SENSITIVITY_FOLDER
    command = (
        "evaluation/fid_sensitivity.py",
        f"--targets={shards.product.parent}",
        "--pairs=0",
        f"--output={place}",
    )
    product, needs = place / "fid_sensitivity.json", (shards,)
    return Task("evaluate", "fid_sensitivity", command, product, needs, place=place, measures=True)
