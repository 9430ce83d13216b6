"""Measurements of the rivals alone: swaps of one that is given labels, and their picture."""

from pathlib import Path

from .interface import Ground
from .swappers import SWAPS_FOLDER
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
