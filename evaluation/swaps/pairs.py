"""Pairs of a target and the source whose identity it gets: drawn by a seed, saved, read again."""

import dataclasses
from pathlib import Path

import numpy as np
from absl import logging

from facedancer.utils.bounded_json import MEGABYTE, parse_json
from facedancer.utils.errors import UserError
from facedancer.utils.files import write_json
from facedancer.utils.text_files import read_text

from ..files import plain
from .face_set import FaceSet
from .same_people import joint_people

# A million pairs have 40 MB.
_MOST_BYTES = 64 * MEGABYTE


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


def draw_pairs(targets: FaceSet, sources: FaceSet, seed: int, count: int = 0) -> SwapPairs:
    """Random swaps (paper, section 4.1): each target in turn gets a source of another person.

    Nobody is paired with themselves who is known to be in both sets, see `same_people`; a target
    for whom the sources hold no other person is left out, and that is said.

    Args:
        targets: whose pose, expression and light are to stay.
        sources: whose identity is to be taken; each is equally likely.
        seed: of the draw.
        count: how many; beyond the number of targets they come again, in a new order. 0: each
            target once.

    Raises:
        UserError: the sources hold nobody for any target.
    """
    of_targets, of_sources = joint_people(targets, sources)
    people = np.unique(of_sources)
    usable = np.flatnonzero((of_targets != people[0]) | (len(people) > 1))
    if not len(usable):
        raise UserError("all faces show one person, and a swap needs two: give other --sources")
    if len(usable) < targets.count:
        logging.warning(
            "%d of %d targets show the only person of the sources: left out",
            targets.count - len(usable),
            targets.count,
        )
    if sources is not targets and (common := np.intersect1d(of_targets, of_sources)).size:
        logging.warning(
            "%d people of the sources are among the targets: nobody is paired with themselves",
            len(common),
        )
    _warn_of_unknown(targets, sources)
    rng = np.random.default_rng(seed)
    rounds = -(-count // len(usable)) if count else 1
    order = usable[np.concatenate([rng.permutation(len(usable)) for _ in range(rounds)])]
    order = order[: count or None]
    drawn = rng.integers(sources.count, size=len(order))
    while len(wrong := np.flatnonzero(of_targets[order] == of_sources[drawn])):
        drawn[wrong] = rng.integers(sources.count, size=len(wrong))
    return SwapPairs(order, drawn, seed)


def _warn_of_unknown(targets: FaceSet, sources: FaceSet) -> None:
    unknown = sum(not person for person in targets.people)
    if unknown and targets.origin == sources.origin:
        logging.warning(
            "of %d of %d targets the person is not known: the same one may be paired with another "
            "picture of their own; crops in a folder for each person tell",
            unknown,
            targets.count,
        )


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
    write_json(path, plain(content))


def read_pairs(path: str | Path, targets: FaceSet, sources: FaceSet) -> SwapPairs:
    """Reads what `write_pairs` wrote, for the same faces.

    Raises:
        UserError: there is no such list, it is damaged, names faces that are not there, or pairs
            somebody with themselves.
    """
    path = Path(path)
    try:
        content = parse_json(read_text(path), _MOST_BYTES)
        named, seed = [(str(t), str(s)) for t, s in content["pairs"]], int(content["seed"])
    except FileNotFoundError as error:
        raise UserError(f"no such pair list: {path}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} is not a pair list, or is damaged ({error!r})") from error
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
    pairs = SwapPairs(*numbers, seed)
    of_targets, of_sources = joint_people(targets, sources)
    same = np.flatnonzero(of_targets[pairs.targets] == of_sources[pairs.sources])
    if len(same):
        raise UserError(
            f"{path} pairs {len(same)} of {pairs.count} targets with the same person, the first "
            f"{' and '.join(named[same[0]])}: leave out --pair_list to draw new pairs"
        )
    return pairs
