"""Verification: how well the angle between two embeddings tells whether two faces are one person's.

The protocol is LFW's (Huang et al., "Labeled Faces in the Wild", 2007): pairs of one identity and
pairs of two, a threshold on the similarity chosen on nine tenths of them and judged on the tenth.
"""

import itertools
from dataclasses import dataclass

import numpy as np

FOLDS = 10


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of faces: positions ``first`` and ``second``, ``[P]``, and ``same`` ``[P]`` bool."""

    first: np.ndarray
    second: np.ndarray
    same: np.ndarray


@dataclass(frozen=True)
class Verification:
    """Measures how well similarities tell same from different pairs.

    Attributes:
        auc: area under the ROC curve: the chance that a same pair is the more similar one.
        accuracy: mean over the folds, each at the threshold that is best for the others.
        accuracy_std: its standard deviation over the folds.
        tar: share of same pairs accepted, by the share of different pairs that are accepted too.
    """

    auc: float
    accuracy: float
    accuracy_std: float
    tar: dict[float, float]


def draw_pairs(identities: np.ndarray, count: int, seed: int) -> Pairs:
    """``count`` pairs of one identity and as many of two, no pair twice of either kind.

    Every identity with two faces or more is drawn equally often for same pairs, as nearly as its
    number of pairs allows; different pairs are drawn from all faces. Where there are fewer pairs,
    all of them are taken. They are in random order, so that any stretch of them is a fair sample.

    Args:
        identities: ``[N]`` integers, whose each face is.
        count: of each kind.
        seed: of the draw; the same arguments give the same pairs.

    Raises:
        ValueError: there are no two faces of one identity, or no two identities.
    """
    rng = np.random.default_rng(seed)
    same = _draw_same(identities, count, rng)
    different = _draw_different(identities, count, rng)
    if not len(same) or not len(different):
        raise ValueError("verification needs two faces of one identity, and two identities")
    pairs = np.concatenate([same, different])
    order = rng.permutation(len(pairs))
    return Pairs(*pairs[order].T, same=(np.arange(len(pairs)) < len(same))[order])


def similarities(embeddings: np.ndarray, pairs: Pairs) -> np.ndarray:
    """``[P]`` cosines of the pairs' embeddings, which are ``[N, D]`` of any length but 0."""
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    return np.sum(unit[pairs.first] * unit[pairs.second], axis=1)


def verify(
    similarity: np.ndarray, same: np.ndarray, rates: tuple[float, ...] = (1e-2, 1e-3)
) -> Verification:
    """All measures at once, of ``[P]`` similarities and whether each pair is of one person.

    Args:
        similarity: the higher the more alike.
        same: bool.
        rates: of false acceptance, at which the true one is told.
    """
    accuracies = fold_accuracies(similarity, same)
    return Verification(
        auc=auc(similarity, same),
        accuracy=float(np.mean(accuracies)),
        accuracy_std=float(np.std(accuracies)),
        tar={rate: tar_at_far(similarity, same, rate) for rate in rates},
    )


def roc(similarity: np.ndarray, same: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The ROC curve: false acceptance rates, true acceptance rates, thresholds.

    From the strictest threshold, which accepts nothing (infinity, at 0 and 0), to the one that
    accepts all; pairs of equal similarity are accepted together.
    """
    order = np.argsort(-similarity, kind="stable")
    values, hits = similarity[order], same[order].astype(bool)
    last = np.r_[np.flatnonzero(np.diff(values)), len(values) - 1]
    true, false = np.cumsum(hits)[last], np.cumsum(~hits)[last]
    return (
        np.r_[0.0, false / max(1, np.sum(~hits))],
        np.r_[0.0, true / max(1, np.sum(hits))],
        np.r_[np.inf, values[last]],
    )


def auc(similarity: np.ndarray, same: np.ndarray) -> float:
    """The area under the ROC curve, 0 to 1; 0.5 is chance. Ties count half."""
    false, true, _ = roc(similarity, same)
    return float(np.sum(np.diff(false) * (true[1:] + true[:-1]) / 2))


def tar_at_far(similarity: np.ndarray, same: np.ndarray, rate: float) -> float:
    """The highest share of same pairs accepted while at most ``rate`` of the others are."""
    false, true, _ = roc(similarity, same)
    return float(true[false <= rate].max())


def all_pairs(embeddings: np.ndarray, identities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every pair that N faces make: a rate of false acceptance is then no matter of a draw.

    Ten of 10,000 drawn pairs decide a rate of 1e-3, and another ten give another threshold.

    Args:
        embeddings: ``[N, D]`` of any length but 0.
        identities: ``[N]`` integers, whose each face is.

    Returns:
        The pairs' cosines, ``[N (N - 1) / 2]``, and whether each is of one person, bool.
    """
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    above = np.triu_indices(len(unit), 1)
    return (unit @ unit.T)[above], (identities[:, None] == identities)[above]


def fold_accuracies(similarity: np.ndarray, same: np.ndarray, folds: int = FOLDS) -> np.ndarray:
    """``[folds]``: the share of right answers in each, at the threshold best for all others."""
    fold = np.arange(len(same)) * folds // len(same)
    accuracies = []
    for number in range(folds):
        held = fold == number
        threshold = best_threshold(similarity[~held], same[~held])
        accuracies.append(np.mean((similarity[held] >= threshold) == same[held]))
    return np.array(accuracies)


def best_threshold(similarity: np.ndarray, same: np.ndarray) -> float:
    """The similarity from which on to accept, for the most right answers.

    Halfway between the least similar pair to accept and the next one: closer to neither.
    """
    false, true, thresholds = roc(similarity, same)
    best = int(np.argmax(true * np.sum(same) - false * np.sum(~same)))
    return float(np.mean(thresholds[best : best + 2]))


def _draw_same(identities: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    members = [np.flatnonzero(identities == one) for one in np.unique(identities)]
    members = [faces for faces in members if len(faces) > 1]
    most = sum(len(faces) * (len(faces) - 1) // 2 for faces in members)
    if most <= count:
        drawn = {pair for faces in members for pair in itertools.combinations(np.sort(faces), 2)}
        return _in_rows(drawn)
    drawn = set()
    while len(drawn) < count:
        for number in rng.permutation(len(members))[: count - len(drawn)]:
            drawn.add(tuple(np.sort(rng.choice(members[number], 2, replace=False))))
    return _in_rows(drawn)


def _draw_different(identities: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    number = len(identities)
    sizes = np.unique(identities, return_counts=True)[1]
    most = (number**2 - np.sum(sizes**2)) // 2
    if most <= count:
        pairs = np.stack(np.triu_indices(number, 1), axis=1)
        return pairs[identities[pairs[:, 0]] != identities[pairs[:, 1]]]
    drawn: set[tuple[int, int]] = set()
    while len(drawn) < count:
        pairs = np.sort(rng.integers(0, number, (count, 2)), axis=1)
        pairs = pairs[identities[pairs[:, 0]] != identities[pairs[:, 1]]]
        drawn.update(map(tuple, pairs[: count - len(drawn)].tolist()))
    return _in_rows(drawn)


def _in_rows(pairs: set[tuple[int, int]]) -> np.ndarray:
    # A set's order is nobody's: sorted, the same draw is the same array.
    return np.array(sorted(pairs), int).reshape(-1, 2)
