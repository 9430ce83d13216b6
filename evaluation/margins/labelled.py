"""IFSR's margins without a swapper: from pictures of which only the person is known.

How far two strangers lie apart in a block, and two pictures of one person, says how much of the
block is about who someone is. That share u told the lab's margins of a trained swapper to within
4 % in every block (`lab/results/ifsr_distances.npz`): one encoder, one swapper, rendered people.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import keras
import numpy as np
import tensorflow as tf

from facedancer.arcface_model.encoder import encode
from facedancer.losses.ifsr import ifsr_distances
from facedancer.utils.errors import UserError
from facedancer.utils.images import uint8_to_signed
from facedancer.utils.progress import progress_bar

from ..swaps.face_set import FaceSet
from ..swaps.pairs import draw_pairs
from .analysis import levels_of

# m = BASE + SLOPE u, fitted to the lab's margins.
BASE, SLOPE = 0.040, 1.05
# The least that two pictures' features may have in common, to divide by.
_LEAST = 1e-6


@dataclasses.dataclass(frozen=True, eq=False)
class LabelledDistances:
    """Cosine distances of P pairs at each of `analysis.levels_of`, ``[P, L]`` float32 each.

    Attributes:
        same: between two pictures of one person.
        negative: between pictures of two people.
    """

    same: np.ndarray
    negative: np.ndarray


def measure_labelled(
    encoder: keras.Model, faces: FaceSet, count: int, seed: int, batch_size: int
) -> LabelledDistances:
    """Draws pairs of one person and of two, and measures them.

    Args:
        encoder: any with the interface of `arcface_model.interface`.
        faces: with people that are known.
        count: pairs of each kind; 0: each face once.
        seed: of the draw.
        batch_size: pairs at a time.

    Raises:
        UserError: nobody has two pictures, or there is one person alone.
    """
    strangers = draw_pairs(faces, faces, seed, count)
    kinds = {
        "same": draw_same_people(faces.identity, strangers.count, seed),
        "negative": (strangers.targets, strangers.sources),
    }
    compare = _comparison(encoder)
    found = {}
    for kind, (first, second) in kinds.items():
        starts = progress_bar(range(0, len(first), batch_size), unit="batch", desc=kind)
        found[kind] = np.concatenate(
            [
                compare(
                    *(uint8_to_signed(faces.read(x[i : i + batch_size])) for x in (first, second))
                )
                for i in starts
            ]
        )
    return LabelledDistances(**found)


def draw_same_people(identity: np.ndarray, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draws pairs of two different pictures of one person: first a person, then two pictures.

    Args:
        identity: ``[N]`` int, equal where two pictures show one person.
        count: of pairs; people come in turn, in a random order, so that each counts alike.
        seed: of the draw.

    Returns:
        Numbers of pictures, ``[count]`` int twice.

    Raises:
        UserError: nobody has two pictures.
    """
    people, sizes = np.unique(identity, return_counts=True)
    people = people[sizes > 1]
    if not len(people):
        raise UserError(
            "no person has two pictures here, and --without_swapper compares pictures of one "
            "person: give crops in a separate folder for each person"
        )
    rng = np.random.default_rng(seed)
    rounds = -(-count // len(people))
    drawn = np.concatenate([rng.permutation(people) for _ in range(rounds)])[:count]
    members = {person: np.flatnonzero(identity == person) for person in people}
    pairs = [rng.choice(members[person], 2, replace=False) for person in drawn]
    first, second = np.transpose(pairs)
    return first, second


def describe_labelled(
    distances: LabelledDistances, levels: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Gives each level's means and deviations of both kinds, and each block's ``margin``.

    The last of the ``levels`` is the identity, which has no margin.
    u = 1 - (1 - negative) / (1 - same): of what two pictures of one person have in common, the
    share that two people's do not. margin = 0.040 + 1.05 u, 0..2.
    """
    described = {}
    for number, level in enumerate(levels):
        row = {}
        for kind in ("same", "negative"):
            values = getattr(distances, kind)[:, number].astype(np.float64)
            row[f"{kind}_mean"], row[f"{kind}_std"] = float(values.mean()), float(values.std())
        if level != levels[-1]:
            in_common = max(1.0 - row["same_mean"], _LEAST)
            identity_share = 1.0 - (1.0 - row["negative_mean"]) / in_common
            row["margin"] = float(np.clip(BASE + SLOPE * identity_share, 0.0, 2.0))
        described[level] = row
    return described


def past_crossing_by_labels(described: Mapping[str, Mapping[str, float]], block: str) -> bool:
    """Tells whether a swap would be no nearer to its target than to its source in a block.

    Of a good swap, the distance to its source is that of two pictures of one person. Where the
    margin is no smaller, the block tells who someone is.
    """
    return described[block]["margin"] >= described[block]["same_mean"]


def labelled_table(described: Mapping[str, Mapping[str, float]]) -> str:
    """The means and the margin of each block as lines for a terminal."""
    rows = [
        f"{block:18s} {row['same_mean']:8.4f} {row['negative_mean']:9.4f} {row['margin']:8.4f}"
        for block, row in described.items()
        if "margin" in row
    ]
    return "\n".join([f"{'block':18s} {'same':>8s} {'negative':>9s} {'margin':>8s}", *rows])


def _comparison(encoder: keras.Model) -> Callable[..., tf.Tensor]:
    levels = levels_of(encoder)

    @tf.function(autograph=False, reduce_retracing=True)
    def compare(first: tf.Tensor, second: tf.Tensor) -> tf.Tensor:
        codes = encode(encoder, tf.concat([first, second], 0))
        halves = {level: tf.split(codes[level], 2) for level in levels}
        return ifsr_distances(*({n: h[i] for n, h in halves.items()} for i in (0, 1)), levels)

    return compare
