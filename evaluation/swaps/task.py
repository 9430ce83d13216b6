"""What is evaluated on what: faces, pairs and a swapper that fit each other."""

import dataclasses
from pathlib import Path

from facedancer.dataset.shards.index import INDEX_NAME
from facedancer.utils.places import check_folder, check_there

from .face_set import FaceSet, faces_of_records
from .picture_faces import faces_of_pictures
from .swap_pairs import SwapPairs, draw_pairs, read_pairs, write_pairs
from .swappers import PairSwapper, is_results, load_results, load_swapper


@dataclasses.dataclass(frozen=True)
class TaskConfig:
    """How swaps are made, whatever is then measured.

    Attributes:
        targets: folder of shards, or of photographs and videos.
        sources: the same; empty: the targets.
        swapper: see `load_swapper` and `load_results`.
        arcface_path: the encoder that a generator was trained with.
        name: of the swapper; empty: by its path.
        pairs: how many; 0: each target once.
        pair_list: a saved list, in place of them.
        seed: of the pairs.
        image_size: side of the crops of photographs, where the swapper works at any.
        any_encoder: take an encoder that the generator was not trained with, too.
    """

    targets: str
    swapper: str
    sources: str = ""
    arcface_path: str = ""
    name: str = ""
    pairs: int = 0
    pair_list: str = ""
    seed: int = 0
    image_size: int = 256
    any_encoder: bool = False


@dataclasses.dataclass(frozen=True, eq=False)
class SwapTask:
    """Faces, pairs of them, and who swaps them."""

    targets: FaceSet
    sources: FaceSet
    pairs: SwapPairs
    swapper: PairSwapper


def prepare(config: TaskConfig, out_dir: Path) -> SwapTask:
    """Loads all of it, and saves the pair list as ``pairs.json``.

    Args:
        config: what to load.
        out_dir: where the crops of photographs are kept, too.

    Raises:
        UserError: data, models or pairs that cannot be had, or that do not fit.
    """
    # What is missing is told before a network is loaded.
    check_folder(out_dir)
    for folder in filter(None, (config.targets, config.sources)):
        check_there(folder, "folder")
    if config.pair_list:
        check_there(config.pair_list, "pair list")
    swapper = None
    if not is_results(config.swapper):
        swapper = load_swapper(config.swapper, config.arcface_path, config.name, config.any_encoder)
    side = (swapper and swapper.side) or config.image_size
    targets = open_faces(config.targets, side, out_dir / "targets")
    sources = targets
    if config.sources and not _is_same_folder(config.sources, config.targets):
        sources = open_faces(config.sources, side, out_dir / "sources")
    if config.pair_list:
        pairs = read_pairs(config.pair_list, targets, sources)
    else:
        pairs = draw_pairs(targets, sources, config.seed, config.pairs)
    swapper = swapper or load_results(config.swapper, targets, pairs, config.name)
    swapper.check_side(targets)
    write_pairs(out_dir / "pairs.json", pairs, targets, sources)
    return SwapTask(targets, sources, pairs, swapper)


def _is_same_folder(one: str, other: str) -> bool:
    return Path(one).resolve() == Path(other).resolve()


def open_faces(folder: str, side: int, keep: Path) -> FaceSet:
    """The faces of a folder of shards, else of photographs and videos, cropped to ``side``.

    Raises:
        UserError: there is nothing of these.
    """
    if (Path(folder) / INDEX_NAME).is_file():
        return faces_of_records(folder)
    return faces_of_pictures(folder, side, keep)
