"""A generator that does not see whether its source wears glasses.

Encoders see glasses, and a generator draws what it is told of: ghosts of frames. People who were
rendered both with and without tell in which direction glasses move an embedding. The generator's
first layer is linear, so what it gets along that direction can be fixed there, at no cost.
"""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from facedancer.arcface_model.pairing import also_trained_with, trained_with
from facedancer.dataset.labelled_faces import LabelledFaces
from facedancer.evaluation.metrics.verification import auc
from facedancer.networks.loading.keras_generator import load_keras_generator
from facedancer.training.networks.generator_file import write_generator
from facedancer.utils.errors import UserError

_LABEL = "glasses"
# The generator's first layer, see `mapping_network`.
_LAYER = "mapping_1"
_BATCH = 32
# People to find the direction by, and as many again to check it on.
_FEWEST = 20
# Below this the direction does not tell glasses.
_LEAST_AUC = 0.9


@dataclasses.dataclass(frozen=True)
class Direction:
    """One thing that embeddings show.

    Attributes:
        unit: ``[D]``, the way from without to with, of length 1.
        without: where on it the embeddings without are, on average.
        auc: how well it tells with from without, on people who did not serve to find it.
    """

    unit: np.ndarray
    without: float
    auc: float


def find_direction(embeddings: np.ndarray, people: np.ndarray, shows: np.ndarray) -> Direction:
    """Finds the direction by every second person, and checks it on the others.

    Args:
        embeddings: ``[N, D]``, of any length.
        people: ``[N]``, equal where two are of one person.
        shows: ``[N]`` bool.

    Raises:
        UserError: too few people are seen both with and without.
    """
    both = _seen_both_ways(people, shows)
    known, checked = (np.isin(people, both[start::2]) for start in (0, 1))
    moved = [
        embeddings[known & (people == one) & shows].mean(0)
        - embeddings[known & (people == one) & ~shows].mean(0)
        for one in both[::2]
    ]
    mean = np.mean(moved, 0)
    unit = (mean / np.linalg.norm(mean)).astype(np.float32)
    places = embeddings @ unit
    return Direction(
        unit, float(places[known & ~shows].mean()), auc(places[checked], shows[checked])
    )


def _seen_both_ways(people: np.ndarray, shows: np.ndarray) -> np.ndarray:
    """Those people who have pictures of either kind."""
    both = np.intersect1d(people[shows], people[~shows])
    if len(both) < 2 * _FEWEST:
        raise UserError(
            f"{len(both)} people have pictures both with and without glasses, and it takes "
            f"{2 * _FEWEST}: render more people"
        )
    return both


def forget(generator: keras.Model, direction: Direction) -> None:
    """Lets a generator take every identity to be at `Direction.without`, by its first layer.

    Raises:
        UserError: it has no such layer.
    """
    try:
        layer = generator.get_layer(_LAYER)
    except ValueError as error:
        raise UserError(
            "this generator has no mapping network (--mapping_depth=0), so nothing can be taken "
            "out of it"
        ) from error
    # M(z) = z K + b, at z - (z.u) u + c u: K' = K - u (u K), b' = b + c (u K)
    kernel, bias = layer.get_weights()
    along = direction.unit @ kernel
    kernel = kernel - np.outer(direction.unit, along)
    layer.set_weights([kernel, bias + direction.without * along])


def forget_glasses(
    generator: Path, faces: LabelledFaces, embed: Callable[[np.ndarray], np.ndarray], output: Path
) -> Direction:
    """Writes the generator without what its first layer knew of glasses, whole or not at all.

    Args:
        generator: a file or a run's folder.
        faces: rendered people with their labels.
        embed: ``[B, S, S, 3]`` uint8 RGB -> ``[B, D]``, by the generator's own encoder.
        output: the ``.keras`` file; it may be the generator's.

    Returns:
        What was taken out.

    Raises:
        UserError: no labels, too few people, an encoder that does not show glasses, or no
            generator of ours.
    """
    columns = faces.columns(_LABEL)
    if columns is None:
        raise UserError(
            f"--data has no label {_LABEL!r}: use shards of people from lab/render_faces.py"
        )
    network = load_keras_generator(generator)
    everybody = faces.read(np.arange(faces.count), _BATCH)
    shows = np.concatenate([batch["labels"][:, columns.start] > 0 for batch in everybody])
    numbers = np.flatnonzero(np.isin(faces.identities, _seen_both_ways(faces.identities, shows)))
    embeddings = [embed(batch["image"].numpy()) for batch in faces.read(numbers, _BATCH)]
    people, shows = faces.identities[numbers], shows[numbers]
    direction = find_direction(np.concatenate(embeddings), people, shows)
    if direction.auc < _LEAST_AUC:
        raise UserError(
            f"the encoder's embeddings do not tell glasses (AUC {direction.auc:.2f}): there is "
            "nothing to take out"
        )
    forget(network, direction)
    write_generator(network, trained_with(generator), also_trained_with(generator), output)
    return direction
