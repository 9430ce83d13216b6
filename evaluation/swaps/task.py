"""Task of an evaluation: faces, pairs and a swapper that fit each other."""

import dataclasses
from pathlib import Path

from facedancer.dataset.shards.index import INDEX_NAME
from facedancer.utils.places import check_folder, check_there

from ..settings import TaskSettings
from .face_set import FaceSet, faces_of_records
from .onnx_swappers import is_published, load_published
from .pairs import SwapPairs, draw_pairs, read_pairs, write_pairs
from .picture_faces import faces_of_pictures
from .swappers import PairSwapper, is_results, load_results, load_swapper


@dataclasses.dataclass(frozen=True, eq=False)
class SwapTask:
    """Faces, pairs of them, and who swaps them."""

    targets: FaceSet
    sources: FaceSet
    pairs: SwapPairs
    swapper: PairSwapper


def prepare(settings: TaskSettings) -> SwapTask:
    """Loads all of it, and saves the pair list as ``pairs.json``.

    Args:
        settings: what to load. ``swapper`` is what `load_swapper` or `load_results` takes; into
            ``output`` the crops of photographs go too, to be kept.

    Raises:
        UserError: data, models or pairs that cannot be had, or that do not fit.
    """
    # What is missing is told before a network is loaded.
    folder = Path(settings.output)
    check_folder(folder)
    for given in filter(None, (settings.targets, settings.sources)):
        check_there(given, "folder")
    if settings.pair_list:
        check_there(settings.pair_list, "pair list")
    swapper = None
    if not is_results(settings.swapper):
        swapper = (
            load_published(settings.swapper, settings.encoder, settings.name)
            if is_published(settings.swapper)
            else load_swapper(
                settings.swapper, settings.encoder, settings.name, settings.any_encoder
            )
        )
    side = (swapper and swapper.side) or settings.image_size
    targets = open_faces(settings.targets, side, folder / "targets")
    sources = targets
    if settings.sources and not _is_same_folder(settings.sources, settings.targets):
        sources = open_faces(settings.sources, side, folder / "sources")
    if settings.pair_list:
        pairs = read_pairs(settings.pair_list, targets, sources)
    else:
        pairs = draw_pairs(targets, sources, settings.seed, settings.pairs)
    swapper = swapper or load_results(settings.swapper, targets, pairs, settings.name)
    swapper.check_side(targets)
    write_pairs(folder / "pairs.json", pairs, targets, sources)
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
