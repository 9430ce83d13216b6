"""Measurements, as tasks: of the encoders, of the people's pictures, and of every swapper."""

from collections.abc import Mapping
from pathlib import Path

from facedancer.evaluation.encoders.registry import ROLES

from ..rivals.settings import GIVEN_LABELS
from .data_tasks import FIRST_PERSON, data_tasks
from .further_measures import coded_swaps_task
from .interface import Ground
from .network_tasks import JUDGES
from .swappers import (
    CHOICE_FOLDER,
    FID_FOLDER,
    GATES_FILE,
    HEAD,
    OTHER_JUDGE,
    SENSITIVITY_FOLDER,
    TRIVIAL,
    TRUTH,
)
from .tasks import Task

# The task that draws the right answers, of the pairs that all are judged by.
TRUTH_TASK = "rendered_swaps"
_FEATURES = "--features_encoder=mobilenet_v2"


def gates_task(ground: Ground) -> Task:
    """Asks the encoders, and one for real faces, whether they go by the face."""
    encoders = [task for task in ground.networks.values() if task.stage == "encoders"]
    specs = [*(str(task.product) for task in encoders), OTHER_JUDGE]
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


def evaluation_tasks(
    ground: Ground, runs: list[Task], of_fid: list[Task], timed: list[Task]
) -> list[Task]:
    """Every swapper on the same pairs: those that swap nothing, the right answers, all runs.

    Once on pictures as cameras take them, and for FID on pictures before blur, noise and JPEG:
    with these it tells mostly how much of the noise a swapper cleans away.

    Args:
        ground: people and networks.
        runs: the trainings of the swappers.
        of_fid: those whose FID is measured.
        timed: those whose time and memory are, where the scale wants that.
    """
    test = ground.data["test"]
    clean = data_tasks(ground.folder, "test", ground.scale, ground.seed, is_clean=True)
    pairs = _pairs_task(ground, "pairs", test[-1], ground.scale.pairs)
    clean_pairs = _pairs_task(ground, "pairs_clean", clean[-1], 0)
    truth = _rendered_swaps_task(ground, TRUTH_TASK, "face", pairs, test)
    head = _rendered_swaps_task(ground, "rendered_heads", "head", pairs, test)
    clean_truth = _rendered_swaps_task(ground, "rendered_swaps_clean", "face", clean_pairs, clean)
    times = {run.name for run in timed if ground.scale.times}
    # These are given labels, and so swap by a command of their own.
    coded = [run for run in runs if run.name in GIVEN_LABELS]
    swaps = {run: coded_swaps_task(ground, run, run.name, test[-1], truth) for run in coded}
    clean_swaps = {
        run: coded_swaps_task(ground, run, f"{run.name}_clean", clean[-1], clean_truth)
        for run in coded
    }
    trained = [
        (run.name, *_swapper(ground, run, swaps), run.name in times and run not in coded)
        for run in runs
    ]
    seen = [(run.name, *_swapper(ground, run, clean_swaps)) for run in of_fid]
    trivial = [(name, name, ()) for name in TRIVIAL]
    drawn = [(TRUTH, truth.product.parent, ()), (HEAD, head.product.parent, (head,))]
    clean_drawn = [(TRUTH, clean_truth.product.parent, ())]
    return [
        pairs,
        truth,
        head,
        *swaps.values(),
        *(_evaluation(ground, truth, *swapper) for swapper in (*trivial, *drawn, *trained)),
        *clean,
        clean_pairs,
        clean_truth,
        *clean_swaps.values(),
        _sensitivity_task(ground, clean[-1]),
        *(
            _noise_free_fid_task(ground, clean[-1], clean_truth, *swapper)
            for swapper in (*trivial, *clean_drawn, *seen)
        ),
    ]


def _swapper(
    ground: Ground, run: Task, swaps: Mapping[Task, Task]
) -> tuple[Path, tuple[Task, ...]]:
    """Names what swaps, and the task that makes it: a run, or swaps that are drawn apart."""
    drawn = swaps.get(run)
    return (drawn.product.parent, (drawn,)) if drawn else (ground.run(run.name), (run,))


def choice_task(ground: Ground, run: Task) -> Task:
    """A candidate's ID on the people that the generator of model_zoo/lab is chosen on."""
    networks, shards = ground.networks, ground.shards("choice")
    folder = ground.folder / CHOICE_FOLDER / run.name
    command = (
        "evaluation/evaluate.py",
        f"--targets={shards.product.parent}",
        f"--swapper={ground.run(run.name)}",
        f"--encoder={networks['arcface'].product}",
        f"--identity_encoder={networks[JUDGES['identity']].product}",
        *(f"--{role}_encoder=" for role in ROLES if role != "identity"),
        f"--pairs={ground.scale.pairs}",
        f"--output={folder}",
        "--noruntime",
    )
    product = folder / "results.json"
    needs = (networks["arcface"], networks[JUDGES["identity"]], shards, run)
    name = f"choice_{run.name}"
    return Task("choice", name, command, product, needs, place=folder, measures=True)


def _evaluation(
    ground: Ground,
    truth: Task,
    name: str,
    swapper: str | Path,
    makers: tuple[Task, ...],
    is_timed: bool = False,
) -> Task:
    """By the networks that judge, and by the right answers.

    Args:
        ground: people and networks.
        truth: the task that renders the right answers, of the pairs that all are judged by.
        name: of the swapper.
        swapper: what swaps.
        makers: the tasks that make it.
        is_timed: whether time and memory are measured, with nothing else at work.
    """
    networks, shards = ground.networks, ground.shards("test")
    folder = ground.folder / "evaluation" / name
    command = (
        "evaluation/evaluate.py",
        f"--targets={shards.product.parent}",
        f"--swapper={swapper}",
        f"--encoder={networks['arcface'].product}",
        *(f"--{role}_encoder={networks[judge].product}" for role, judge in JUDGES.items()),
        f"--judges={OTHER_JUDGE}",
        # FID is measured of pictures without noise.
        "--features_encoder=",
        f"--pair_list={truth.product}",
        f"--truths={truth.product.parent}",
        f"--output={folder}",
        *(() if is_timed else ("--noruntime",)),
    )
    return Task(
        "evaluate",
        f"evaluate_{name}",
        command,
        folder / "results.json",
        (
            networks["arcface"],
            *(networks[judge] for judge in JUDGES.values()),
            shards,
            truth,
            *makers,
        ),
        is_alone=is_timed,
        place=folder,
        measures=True,
    )


def _pairs_task(ground: Ground, name: str, shards: Task, count: int) -> Task:
    """Draws the pairs of all evaluations: by one that measures nothing but pixels.

    Args:
        ground: people and networks.
        name: of the task, and of its folder.
        shards: the task of the people's.
        count: of pairs; 0: each target once.
    """
    place = ground.folder / name
    command = (
        "evaluation/evaluate.py",
        f"--targets={shards.product.parent}",
        f"--swapper={TRIVIAL[0]}",
        *(f"--{role}_encoder=" for role in ROLES),
        f"--pairs={count}",
        f"--output={place}",
    )
    return Task("truth", name, command, place / "results.json", (shards,), place=place)


def _rendered_swaps_task(
    ground: Ground, name: str, part: str, pairs: Task, people: list[Task]
) -> Task:
    """Renders the pairs of all evaluations.

    Args:
        ground: people and networks.
        name: of the task, and of its folder.
        part: what is the source's, see ``lab/render_swaps.py``.
        pairs: the task that draws them.
        people: the tasks of these people's photographs, crops and shards.
    """
    render, crop, shard = people
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
    shards: Task,
    truth: Task,
    name: str,
    swapper: str | Path,
    makers: tuple[Task, ...],
) -> Task:
    """FID alone, of swaps of noise-free pictures; see `_evaluation`."""
    encoder = ground.networks["arcface"]
    place = ground.folder / FID_FOLDER / name
    command = (
        "evaluation/evaluate.py",
        f"--targets={shards.product.parent}",
        f"--swapper={swapper}",
        f"--encoder={encoder.product}",
        *(f"--{role}_encoder=" for role in ROLES if role != "features"),
        _FEATURES,
        f"--pair_list={truth.product}",
        "--noruntime",
        f"--output={place}",
    )
    product, needs = place / "results.json", (encoder, shards, truth, *makers)
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
