"""Sight of the identity encoder's blocks on a swap (paper, sections 3.3 and 4.5, Figure 6)."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping

import keras
import numpy as np
import tensorflow as tf

from facedancer.arcface_model.encoder import encode
from facedancer.arcface_model.interface import block_names
from facedancer.losses.ifsr import ifsr_distances
from facedancer.utils.images import uint8_to_signed


def levels_of(encoder: keras.Model) -> tuple[str, ...]:
    """All of an encoder that has a distance: its L - 1 blocks, and the identity they lead to."""
    return (*block_names(encoder), "embedding")


@dataclasses.dataclass(frozen=True, eq=False)
class BlockDistances:
    """Cosine distances of P pairs at each of `levels_of`, ``[P, L]`` float32 each.

    Attributes:
        c2t: changed to target, 1 - cos(I_i(X_c), I_i(X_t)).
        c2s: changed to source.
        negative: target to source, who are different people.
    """

    c2t: np.ndarray
    c2s: np.ndarray
    negative: np.ndarray


def measure_distances(
    encoder: keras.Model, triplets: Iterable[tuple[np.ndarray, np.ndarray, np.ndarray]]
) -> Iterator[BlockDistances]:
    """Distances of one batch after another.

    Args:
        encoder: any with the interface of `arcface_model.interface`.
        triplets: batches of targets, sources and changed faces, each ``[B, S, S, 3]`` uint8 RGB.
    """
    compare = _comparison(encoder)
    for triplet in triplets:
        yield BlockDistances(*(part.numpy() for part in compare(*map(uint8_to_signed, triplet))))


def join_distances(batches: Iterable[BlockDistances]) -> BlockDistances:
    """One after another."""
    parts = zip(*((b.c2t, b.c2s, b.negative) for b in batches), strict=True)
    return BlockDistances(*(np.concatenate(part) for part in parts))


def describe_blocks(
    distances: BlockDistances, levels: Iterable[str]
) -> dict[str, dict[str, float]]:
    """Gives each level's means and deviations of its three distributions, and their error rates.

    ``eer``: of telling c2t from c2s (Figure 6 c). ``eer_negative``: of telling c2t from negative.
    """
    described = {}
    for number, level in enumerate(levels):
        kinds = {
            kind.name: getattr(distances, kind.name)[:, number].astype(np.float64)
            for kind in dataclasses.fields(distances)
        }
        row = {}
        for kind, values in kinds.items():
            row[f"{kind}_mean"], row[f"{kind}_std"] = float(values.mean()), float(values.std())
        row["eer"] = equal_error_rate(kinds["c2t"], kinds["c2s"])
        row["eer_negative"] = equal_error_rate(kinds["c2t"], kinds["negative"])
        described[level] = row
    return described


def margins_of(
    described: Mapping[str, Mapping[str, float]], blocks: Iterable[str]
) -> dict[str, float]:
    """m_i of eq. 2: the mean distance between the changed face and its target, by block.

    "We also define a margin m_i for each ith layer based on the computed mean distances. The
    motivation is to regularize the generator to match the mean of the distribution, instead of
    completely minimizing the distance" (section 3.3).
    """
    return {block: described[block]["c2t_mean"] for block in blocks}


def is_past_crossing(described: Mapping[str, Mapping[str, float]], block: str) -> bool:
    """Tells whether swaps are no nearer to their targets than to their sources in a block.

    Above an error rate of 50 %, "the c2t distribution moves to the right of c2s, i.e., X_c shares
    more identity attributes with X_s" (section 4.5): a margin there would hold the identity back.
    """
    return described[block]["eer"] >= 0.5


def table(described: Mapping[str, Mapping[str, float]]) -> str:
    """The error rate and the means of each block as lines for a terminal."""
    rows = [
        f"{level:18s} {row['eer']:7.1%} {row['c2t_mean']:7.4f} {row['c2s_mean']:7.4f} "
        f"{row['negative_mean']:9.4f}"
        for level, row in described.items()
    ]
    return "\n".join([f"{'block':18s} {'EER':>7s} {'c2t':>7s} {'c2s':>7s} {'negative':>9s}", *rows])


def _comparison(encoder: keras.Model) -> Callable[..., list[tf.Tensor]]:
    levels = levels_of(encoder)

    @tf.function(autograph=False)
    def compare(target: tf.Tensor, source: tf.Tensor, changed: tf.Tensor) -> list[tf.Tensor]:
        codes = encode(encoder, tf.concat([target, source, changed], 0))
        thirds = {level: tf.split(codes[level], 3) for level in levels}
        of_target, of_source, of_changed = (
            {level: parts[i] for level, parts in thirds.items()} for i in range(3)
        )
        pairs = [(of_changed, of_target), (of_changed, of_source), (of_target, of_source)]
        return [ifsr_distances(a, b, levels) for a, b in pairs]

    return compare


def equal_error_rate(near: np.ndarray, far: np.ndarray) -> float:
    """The rate at which both kinds of error are equal, 0..1.

    0: every ``near`` distance lies below every ``far`` one. 0.5: nothing tells them apart. Above
    0.5 the first distribution lies to the right of the second (paper, section 4.5).

    At a threshold, the errors are the near distances above it and the far distances at or below it.
    The two rates are steps; between the two thresholds where they cross, a line is drawn.

    Raises:
        ValueError: one of them is empty, or holds a NaN.
    """
    near, far = np.sort(np.ravel(near)), np.sort(np.ravel(far))
    if not (len(near) and len(far)) or np.isnan([near[-1], far[-1]]).any():
        raise ValueError(f"want distances without NaN, got {len(near)} and {len(far)}")
    thresholds = np.concatenate([[-np.inf], np.unique(np.concatenate([near, far]))])
    missed = 1.0 - np.searchsorted(near, thresholds, "right") / len(near)
    accepted = np.searchsorted(far, thresholds, "right") / len(far)
    # missed falls from 1 to 0, accepted rises from 0 to 1: the first place where it is no longer
    # below, and the one before.
    after = int(np.argmax(accepted >= missed))
    if accepted[after] == missed[after]:
        return float(accepted[after])
    gap_before = missed[after - 1] - accepted[after - 1]
    gap_after = accepted[after] - missed[after]
    share = gap_before / (gap_before + gap_after)
    return float(accepted[after - 1] + share * (accepted[after] - accepted[after - 1]))
