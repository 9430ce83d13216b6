"""One analysis of IFSR: from data, an encoder and mostly a swapper to margins and a figure."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import keras
import numpy as np
from matplotlib.figure import Figure

from facedancer.arcface_model.encoder import describe_encoder, load_encoder
from facedancer.arcface_model.interface import block_names, check_blocks
from facedancer.losses.margins import MARGINS, format_margins
from facedancer.utils.errors import UserError
from facedancer.utils.files import write_arrays, write_figure, write_json, write_text
from facedancer.utils.places import check_folder, check_there
from facedancer.utils.progress import progress_bar

from ..files import plain, sha256_of
from ..settings import MarginSettings
from ..swaps.task import SwapTask, open_faces, prepare
from .analysis import (
    describe_blocks,
    is_past_crossing,
    join_distances,
    levels_of,
    margins_of,
    measure_distances,
    table,
)
from .figure import draw_figure, draw_labelled_figure
from .labelled import (
    describe_labelled,
    labelled_table,
    measure_labelled,
    past_crossing_by_labels,
)

Described = dict[str, dict[str, float]]


@dataclasses.dataclass(frozen=True, eq=False)
class _Measured:
    """Findings of one of the two ways.

    Attributes:
        described: numbers by level.
        distances: arrays by name, of the single pairs.
        margins: of the wanted blocks.
        is_past: whether a block is past the crossing.
        facts: for ``ifsr.json``.
        comment: for the flagfile, a line each.
        draw: the margins that are written and a title -> the figure.
        table: for a terminal.
    """

    described: Described
    distances: dict[str, np.ndarray]
    margins: dict[str, float]
    is_past: Callable[[str], bool]
    facts: dict[str, object]
    comment: tuple[str, ...]
    draw: Callable[[Mapping[str, float], str], Figure]
    table: str


@dataclasses.dataclass(frozen=True, eq=False)
class Analysis:
    """The outcome of an analysis.

    Attributes:
        path: the flagfile with the margins.
        described: numbers by level.
        text: lines for a terminal: a table, and which blocks were left out.
    """

    path: Path
    described: Described
    text: str


def analyse(settings: MarginSettings) -> Analysis:
    """Measures, and writes ``ifsr.json``, ``ifsr.png``, ``ifsr_margins.cfg`` and the distances.

    Blocks past the crossing, where a swap is no nearer to its target than to its source, get no
    margin unless ``settings.blocks`` names them.

    Raises:
        UserError: no encoder, a block that no encoder has, data, models or pairs that cannot be
            had; or no block is left: then all but the flagfile is written.
    """
    encoder = settings.analysed_encoder or settings.encoder
    if not encoder:
        raise UserError("--analysed_encoder is missing: give the identity encoder to analyse")
    network = load_encoder(encoder)
    check_blocks(network, settings.blocks, "--blocks")
    blocks = settings.blocks or tuple(b for b in MARGINS if b in block_names(network))
    measure = _by_labels if settings.without_swapper else _by_swaps
    found = measure(settings, network, blocks)
    left_out = [] if settings.blocks else [block for block in blocks if found.is_past(block)]
    margins = {block: m for block, m in found.margins.items() if block not in left_out}

    folder, words = Path(settings.output), describe_encoder(encoder)
    facts = {"encoder": words, "encoder_sha256": sha256_of(encoder), "seed": settings.seed}
    facts |= {"blocks": found.described, "margins": margins, "left_out": left_out}
    write_json(folder / "ifsr.json", plain(found.facts | facts))
    write_arrays(folder / "distances.npz", found.distances)
    title = f"{found.comment[-1]}, encoder {Path(encoder).name}"
    write_figure(folder / "ifsr.png", found.draw(margins, title))
    if not margins:
        raise UserError(
            "in no block is the swap nearer to its target than to its source, so no margin can be "
            f"written: see {folder / 'ifsr.json'} for the measurements, or name blocks with "
            "--blocks"
        )
    lines, text = [*found.comment, f"Identity encoder: {words}"], found.table
    if left_out:
        line = f"Left out, for they tell who someone is: {', '.join(left_out)}"
        lines.append(line)
        text += f"\n{line} (--blocks takes them in)"
    path = folder / "ifsr_margins.cfg"
    write_text(path, _flagfile(lines, margins))
    return Analysis(path, found.described, text)


def _by_swaps(settings: MarginSettings, encoder: keras.Model, blocks: tuple[str, ...]) -> _Measured:
    if not settings.swapper:
        raise UserError("--swapper is missing: give one, or --without_swapper")
    task = prepare(settings)
    pairs, name = task.pairs, task.swapper.name
    triplets = _triplets(task, settings.batch_size)
    distances = join_distances(measure_distances(encoder, triplets))
    described = describe_blocks(distances, levels_of(encoder))
    facts = {"swapper": name, "swapper_origin": task.swapper.origin}
    facts |= {"targets": task.targets.origin, "sources": task.sources.origin, "pairs": pairs.count}
    return _Measured(
        described=described,
        distances=dataclasses.asdict(distances),
        margins=margins_of(described, blocks),
        is_past=lambda block: is_past_crossing(described, block),
        facts=facts,
        comment=(
            f"The mean cosine distance between target and swap in each block, seed {pairs.seed}.",
            f"{pairs.count} random swaps by {name}",
        ),
        draw=lambda margins, title: draw_figure(distances, described, margins, title),
        table=table(described),
    )


def _by_labels(
    settings: MarginSettings, encoder: keras.Model, blocks: tuple[str, ...]
) -> _Measured:
    given = [name for name in ("swapper", "sources", "pair_list") if getattr(settings, name)]
    if given:
        raise UserError(f"--without_swapper uses only --targets: leave out --{given[0]}")
    folder = Path(settings.output)
    check_folder(folder)
    check_there(settings.targets, "folder")
    faces = open_faces(settings.targets, settings.image_size, folder / "targets")
    distances = measure_labelled(encoder, faces, settings.pairs, settings.seed, settings.batch_size)
    described = describe_labelled(distances, levels_of(encoder))
    count = len(distances.same)
    return _Measured(
        described=described,
        distances=dataclasses.asdict(distances),
        margins={block: described[block]["margin"] for block in blocks},
        is_past=lambda block: past_crossing_by_labels(described, block),
        facts={"swapper": None, "targets": faces.origin, "pairs": count},
        comment=(
            "Without a swapper: from the distances of one person's pictures and of two people's, "
            f"seed {settings.seed}.",
            f"{count} pairs of each kind",
        ),
        draw=lambda margins, title: draw_labelled_figure(described, margins, title),
        table=labelled_table(described),
    )


def _triplets(
    task: SwapTask, batch_size: int
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    pairs = task.pairs
    for start in progress_bar(range(0, pairs.count, batch_size), unit="batch", desc="swaps"):
        rows = np.arange(start, min(start + batch_size, pairs.count))
        target = task.targets.read(pairs.targets[rows])
        source = task.sources.read(pairs.sources[rows])
        yield target, source, task.swapper.swap(target, source, rows)


def _flagfile(comment: list[str], margins: dict[str, float]) -> str:
    lines = [
        "IFSR's margins.",
        *comment,
        "Made by evaluation/ifsr.py; for training/train.py --flagfile=THIS, with that encoder.",
    ]
    flag = f"--ifsr_margins={','.join(format_margins(margins))}\n"
    return "".join(f"# {line}\n" for line in lines) + flag
