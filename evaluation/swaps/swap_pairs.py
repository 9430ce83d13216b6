"""Which source's identity goes onto which target: drawn by a seed, saved, and read again."""

import dataclasses
import json
from pathlib import Path

import numpy as np

from facedancer.utils.cli import UserError
from facedancer.utils.text_files import read_text

from ..files import write_text
from .face_set import FaceSet


@dataclasses.dataclass(frozen=True, eq=False)
class SwapPairs:
    """P swaps.

    Attributes:
        targets: ``[P]`` int, numbers in the set of targets.
        sources: ``[P]`` int, numbers in the set of sources.
        seed: by which they were drawn.
    """

    targets: np.ndarray
    sources: np.ndarray
    seed: int

    @property
    def count(self) -> int:
        """P."""
        return len(self.targets)


def draw_pairs(
    targets: FaceSet, sources: FaceSet, same_set: bool, seed: int, count: int = 0
) -> SwapPairs:
    """Random swaps (paper, section 4.1): each target in turn gets a source of another person.

    Args:
        targets: whose pose, expression and light are to stay.
        sources: whose identity is to be taken; each is equally likely.
        same_set: whether both are one set, so that their identities can be compared.
        seed: of the draw.
        count: how many; beyond the number of targets they come again, in a new order. 0: each
            target once.

    Raises:
        UserError: there is one person only.
    """
    if same_set and len(np.unique(sources.identity)) < 2:
        raise UserError("all faces are of one person: a swap needs two; give other --sources")
    rng = np.random.default_rng(seed)
    rounds = -(-count // targets.count) if count else 1
    order = np.concatenate([rng.permutation(targets.count) for _ in range(rounds)])
    order = order[: count or None]
    drawn = rng.integers(sources.count, size=len(order))
    while same_set:
        wrong = np.flatnonzero(targets.identity[order] == sources.identity[drawn])
        if not len(wrong):
            break
        drawn[wrong] = rng.integers(sources.count, size=len(wrong))
    return SwapPairs(order, drawn, seed)


def write_pairs(path: Path, pairs: SwapPairs, targets: FaceSet, sources: FaceSet) -> None:
    """Saves a pair list as JSON; number P of the list is what a folder of results calls a swap."""
    named = [
        [targets.names[t], sources.names[s]]
        for t, s in zip(pairs.targets, pairs.sources, strict=True)
    ]
    content = {
        "seed": pairs.seed,
        "targets": targets.origin,
        "sources": sources.origin,
        "pairs": named,
    }
    write_text(path, json.dumps(content, indent=1) + "\n")


def read_pairs(path: str | Path, targets: FaceSet, sources: FaceSet) -> SwapPairs:
    """Reads what `write_pairs` wrote, for the same faces.

    Raises:
        UserError: there is no such list, it is damaged, or it names faces that are not there.
    """
    path = Path(path)
    try:
        content = json.loads(read_text(path))
        named, seed = [(str(t), str(s)) for t, s in content["pairs"]], int(content["seed"])
    except FileNotFoundError as error:
        raise UserError(f"no such pair list: {path}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} is no pair list, or damaged ({error!r})") from error
    numbers = []
    for column, faces, role in ((0, targets, "target"), (1, sources, "source")):
        of_name = {name: number for number, name in enumerate(faces.names)}
        missing = [pair[column] for pair in named if pair[column] not in of_name]
        if missing:
            raise UserError(
                f"{path} names {role} {missing[0]!r}, which is not among the {faces.count} "
                f"{role}s: give the data that the list was drawn from"
            )
        numbers.append(np.array([of_name[pair[column]] for pair in named]))
    return SwapPairs(*numbers, seed)
