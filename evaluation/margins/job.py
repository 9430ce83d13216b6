"""One analysis of IFSR: from data, a swapper and an encoder to margins, numbers and a figure."""

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from facedancer.arcface_model.encoder import describe_encoder, load_encoder
from facedancer.arcface_model.interface import block_names, check_blocks
from facedancer.losses.ifsr import MARGINS, format_margins
from facedancer.utils.errors import UserError
from facedancer.utils.files import write_arrays, write_figure, write_json, write_text
from facedancer.utils.progress import progress_bar

from ..files import plain, sha256_of
from ..settings import MarginSettings
from ..swaps.swap_pairs import SwapPairs
from ..swaps.swappers import PairSwapper
from ..swaps.task import SwapTask, prepare
from .analysis import describe_blocks, join_distances, levels_of, margins_of, measure_distances
from .figure import draw_figure


def analyse(settings: MarginSettings) -> tuple[Path, dict[str, dict[str, float]]]:
    """Measures, and writes ``ifsr.json``, ``ifsr.png``, ``ifsr_margins.cfg`` and the distances.

    Returns:
        The flagfile with the margins, and `describe_blocks`.

    Raises:
        UserError: no encoder, a block that no encoder has, data, models or pairs that cannot be
            had.
    """
    encoder = settings.analysed_encoder or settings.encoder
    if not encoder:
        raise UserError("--analysed_encoder is missing: name the identity encoder to analyse")
    network = load_encoder(encoder)
    check_blocks(network, settings.blocks, "--blocks")
    blocks = settings.blocks or tuple(b for b in MARGINS if b in block_names(network))
    folder = Path(settings.output)
    task = prepare(settings)
    swapper, pairs = task.swapper, task.pairs

    triplets = _triplets(task, settings.batch_size)
    distances = join_distances(measure_distances(network, triplets))
    described = describe_blocks(distances, levels_of(network))
    margins = margins_of(described, blocks)

    words = describe_encoder(encoder)
    write_json(
        folder / "ifsr.json",
        plain(
            {
                "swapper": swapper.name,
                "swapper_origin": swapper.origin,
                "encoder": words,
                "encoder_sha256": sha256_of(encoder),
                "targets": task.targets.origin,
                "sources": task.sources.origin,
                "pairs": pairs.count,
                "seed": pairs.seed,
                "blocks": described,
                "margins": margins,
            }
        ),
    )
    write_arrays(folder / "distances.npz", dataclasses.asdict(distances))
    title = f"{swapper.name}, {pairs.count} swaps, encoder {Path(encoder).name}"
    write_figure(folder / "ifsr.png", draw_figure(distances, described, margins, title))
    path = folder / "ifsr_margins.cfg"
    write_text(path, _flagfile(swapper, words, pairs, margins))
    return path, described


def _triplets(
    task: SwapTask, batch_size: int
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    pairs = task.pairs
    for start in progress_bar(range(0, pairs.count, batch_size), unit="batch", desc="swaps"):
        rows = np.arange(start, min(start + batch_size, pairs.count))
        target = task.targets.read(pairs.targets[rows])
        source = task.sources.read(pairs.sources[rows])
        yield target, source, task.swapper.swap(target, source, rows)


def _flagfile(
    swapper: PairSwapper, encoder: str, pairs: SwapPairs, margins: dict[str, float]
) -> str:
    return (
        f"# IFSR's margins: the mean cosine distance between target and swap in each block, over\n"
        f"# {pairs.count} random swaps (seed {pairs.seed}) by {swapper.name}.\n"
        f"# Identity encoder: {encoder}\n"
        f"# Made by evaluation/ifsr.py; for training/train.py --flagfile=THIS, with that encoder.\n"
        f"--ifsr_margins={','.join(format_margins(margins))}\n"
    )


def table(described: Mapping[str, Mapping[str, float]]) -> str:
    """The error rate and the means of each block as lines for a terminal."""
    rows = [
        f"{level:18s} {row['eer']:7.1%} {row['c2t_mean']:7.4f} {row['c2s_mean']:7.4f} "
        f"{row['negative_mean']:9.4f}"
        for level, row in described.items()
    ]
    return "\n".join([f"{'block':18s} {'EER':>7s} {'c2t':>7s} {'c2s':>7s} {'negative':>9s}", *rows])
