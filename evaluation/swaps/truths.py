"""The right answers of an evaluation's pairs, as only a renderer or a studio has them."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from facedancer.utils.bounded_json import MEGABYTE, parse_json
from facedancer.utils.errors import UserError
from facedancer.utils.images import read_image
from facedancer.utils.places import check_there
from facedancer.utils.text_files import read_text

from ..resizing import resize
from .face_set import FaceSet
from .pairs import SwapPairs
from .swappers import is_results, load_results

MASKS = "mask"
PAIR_LIST = "pairs.json"
# A million pairs have 40 MB.
_MOST_BYTES = 64 * MEGABYTE
# Of a mask's channels, from which value on a pixel is face.
_FACE = 128


@dataclasses.dataclass(frozen=True, eq=False)
class Truths:
    """The pictures that each swap should be.

    Attributes:
        origin: for the protocol.
        read: numbers of B pairs and a side -> ``[B, side, side, 3]`` uint8 RGB.
        read_faces: the same -> where the target's face is and where the answer's is,
            ``[B, side, side, 2]`` bool; None where nobody drew it.
    """

    origin: dict[str, object]
    read: Callable[[np.ndarray, int], np.ndarray]
    read_faces: Callable[[np.ndarray, int], np.ndarray] | None


def load_truths(folder: str, targets: FaceSet, pairs: SwapPairs, sources: FaceSet) -> Truths:
    """Opens a folder of right answers: ``P.png`` of pair P, as `load_results` takes results.

    ``mask/P.png`` may say where the faces are: red, the target's; green, the answer's. The pair
    list that it was made for, ``pairs.json``, is compared with ours if it is there.

    Args:
        folder: of the answers.
        targets: of the pairs.
        pairs: what is swapped.
        sources: of the pairs.

    Raises:
        UserError: it is no such folder, or of other pairs.
    """
    check_there(folder, "folder of right answers")
    if not is_results(folder):
        raise UserError(f"{folder} has no right answers: name the one for pair P P.png")
    path = Path(folder)
    _check_pairs(path / PAIR_LIST, targets, pairs, sources)
    results = load_results(folder, targets, pairs)

    def read(numbers: np.ndarray, side: int) -> np.ndarray:
        blank = np.zeros((len(numbers), side, side, 3), np.uint8)
        return results.swap(blank, blank, np.asarray(numbers))

    def read_faces(numbers: np.ndarray, side: int) -> np.ndarray:
        masks = [_read_mask(path / MASKS / f"{number}.png") for number in numbers]
        return np.stack([resize(mask[None], side)[0, ..., :2] >= _FACE for mask in masks])

    origin = {name: results.origin[name] for name in ("pictures", "sha256")}
    has_masks = (path / MASKS).is_dir()
    return Truths(origin, read, read_faces if has_masks else None)


def _read_mask(path: Path) -> np.ndarray:
    if not path.is_file():
        raise UserError(f"no such mask: {path}; give a mask for each right answer, or for none")
    mask = read_image(path)
    if mask.shape[0] != mask.shape[1]:
        raise UserError(f"{path} is not square: a mask must be aligned like its target's crop")
    return mask


def _check_pairs(path: Path, targets: FaceSet, pairs: SwapPairs, sources: FaceSet) -> None:
    try:
        theirs = parse_json(read_text(path), _MOST_BYTES)["pairs"]
    except FileNotFoundError:
        return
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} is not a pair list, or is damaged ({error!r})") from error
    ours = [
        [targets.names[t], sources.names[s]]
        for t, s in zip(pairs.targets, pairs.sources, strict=True)
    ]
    if json.dumps(theirs) != json.dumps(ours):
        raise UserError(
            f"the right answers in {path.parent} belong to other pairs: give --pair_list={path}"
        )
