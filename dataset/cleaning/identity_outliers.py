"""Crops that do not look like the person whose name they bear, by an identity encoder.

Each identity gets a centre that strangers among its crops hardly move. A crop is an outlier where
it is no nearer to its own centre than crops are to the centres of others.
"""

from dataclasses import dataclass

import numpy as np

from facedancer.utils.errors import UserError

# Share of crops that stay below the threshold that is found, at a stranger's centre.
_STRANGERS = 0.99
# A threshold is found where at least so many identities and crops speak for it.
_LEAST_IDENTITIES = 10
_LEAST_CROPS = 100
_ROUNDS = 10
_MOST_COMPARED = 1000


JUDGED = "judged"
TOO_FEW = "left alone: too few crops"
NO_MAJORITY = "left alone: no majority of one person"


@dataclass(frozen=True, eq=False)
class Verdict:
    """The findings about one identity.

    Attributes:
        identity: its number.
        outcome: `JUDGED`, or why it was left alone.
        rows: ``[n]`` its crops' positions among all.
        similarity: ``[n]`` float32, the cosine of each to the centre; NaN where there is none.
        outliers: ``[o]`` positions among all, the least similar first.
    """

    identity: int
    outcome: str
    rows: np.ndarray
    similarity: np.ndarray
    outliers: np.ndarray


@dataclass(frozen=True, eq=False)
class Judgement:
    """The findings about a folder of crops.

    Attributes:
        threshold: cosine to the own centre below which a crop is an outlier.
        verdicts: one for each identity, in their order.
        resembles: for each outlier that is beyond the threshold at another identity's centre, that
            identity and the cosine.
    """

    threshold: float
    verdicts: list[Verdict]
    resembles: dict[int, tuple[int, float]]


def find_outliers(
    embeddings: np.ndarray,
    identity: np.ndarray,
    min_crops: int = 5,
    min_similarity: float | None = None,
) -> Judgement:
    """Judges the crops of each identity that has enough of them.

    Args:
        embeddings: ``[N, D]`` float32 of length 1.
        identity: ``[N]`` int, 0..I-1; -1 where it is not known: such crops are not looked at.
        min_crops: an identity with fewer is left alone: nobody can say who it is.
        min_similarity: the threshold; None to find it: the cosine to a stranger's centre below
            which 99 of 100 crops stay. That depends on encoder and data alone.

    Raises:
        UserError: no identity has enough crops, or too few have for a threshold to be found.
    """
    by_identity = np.argsort(identity, kind="stable")
    by_identity = by_identity[identity[by_identity] >= 0]
    names, starts = np.unique(identity[by_identity], return_index=True)
    rows_of = np.split(by_identity, starts[1:]) if len(names) else []
    judged = [number for number, rows in enumerate(rows_of) if len(rows) >= min_crops]
    if not judged:
        raise UserError(f"no identity has {min_crops} crops: lower --min_crops, or skip this step")
    centres = np.stack([robust_centre(embeddings[rows_of[number]]) for number in judged])
    counts = [len(rows_of[number]) for number in judged]
    to_centre, to_crop = min_similarity, -1.0
    if len(counts) >= _LEAST_IDENTITIES and sum(counts) >= _LEAST_CROPS:
        to_centre, to_crop = _strangers(embeddings, [rows_of[n] for n in judged], centres)
    elif min_similarity is None:
        raise UserError(
            f"{len(counts)} identities with {sum(counts)} crops are too few to estimate a "
            f"threshold (at least {_LEAST_IDENTITIES} with {_LEAST_CROPS}): give --min_similarity"
        )
    if min_similarity is None:
        min_similarity = to_centre
    centre_of = dict(zip(judged, centres, strict=True))
    verdicts, resembles = [], {}
    for number, rows in enumerate(rows_of):
        nobody = rows[:0]
        if number not in centre_of:
            unknown = np.full(len(rows), np.nan, np.float32)
            verdicts.append(Verdict(int(names[number]), TOO_FEW, rows, unknown, nobody))
            continue
        similarity = embeddings[rows] @ centre_of[number]
        is_outlier = similarity < min_similarity
        support = _most_typical(embeddings[rows])[1]
        if support < to_crop or 2 * is_outlier.sum() > len(rows):
            verdicts.append(Verdict(int(names[number]), NO_MAJORITY, rows, similarity, nobody))
            continue
        order = np.argsort(similarity, kind="stable")
        outliers = rows[order[is_outlier[order]]]
        verdicts.append(Verdict(int(names[number]), JUDGED, rows, similarity, outliers))
        for row in outliers:
            to_all = centres @ embeddings[row]
            nearest = int(np.argmax(to_all))
            if to_all[nearest] >= min_similarity:
                resembles[int(row)] = int(names[judged[nearest]]), float(to_all[nearest])
    return Judgement(float(min_similarity), verdicts, resembles)


def robust_centre(embeddings: np.ndarray) -> np.ndarray:
    """The direction of the half of the embeddings that lies closest together.

    A trimmed mean on the sphere, by concentration steps (Rousseeuw and Van Driessen, "A fast
    algorithm for the minimum covariance determinant estimator", 1999): the mean of the half that
    is nearest to the mean, until it stays. Strangers move it little while they are under a half.

    Args:
        embeddings: ``[n, D]`` float32 of length 1, n >= 1.

    Returns:
        ``[D]`` float32 of length 1.
    """
    half = len(embeddings) // 2 + 1
    # The crop that most others resemble is a better start than a mean that strangers share in.
    centre = _most_typical(embeddings)[0]
    for _ in range(_ROUNDS):
        nearest = np.argsort(-(embeddings @ centre), kind="stable")[:half]
        mean = embeddings[nearest].mean(0)
        moved = mean / max(float(np.linalg.norm(mean)), 1e-12)
        if np.allclose(moved, centre, atol=1e-6):
            break
        centre = moved
    return centre


def _most_typical(embeddings: np.ndarray) -> tuple[np.ndarray, float]:
    """The crop that most others resemble, and its median cosine to them.

    Where several people share a folder and none has more than half, that is a stranger's.
    """
    some = embeddings[:: -(-len(embeddings) // _MOST_COMPARED)]
    cosines = some @ some.T
    np.fill_diagonal(cosines, -1.0)
    # Its own place, the least, is left out of each.
    medians = np.median(np.sort(cosines, axis=1)[:, 1:], axis=1)
    best = np.argmax(medians)
    return some[best], float(medians[best])


def _strangers(
    embeddings: np.ndarray, rows_of: list[np.ndarray], centres: np.ndarray
) -> tuple[float, float]:
    """The cosines that 99 of 100 crops do not reach at another, random identity.

    Returns:
        That to its centre, and that to one of its crops.
    """
    rng = np.random.default_rng(0)
    to_centre, to_crop = [], []
    for number, rows in enumerate(rows_of):
        others = (number + rng.integers(1, len(centres), len(rows))) % len(centres)
        crops = [rng.choice(rows_of[other]) for other in others]
        to_centre.append(np.einsum("nd,nd->n", embeddings[rows], centres[others]))
        to_crop.append(np.einsum("nd,nd->n", embeddings[rows], embeddings[crops]))
    return tuple(float(np.quantile(np.concatenate(c), _STRANGERS)) for c in (to_centre, to_crop))
