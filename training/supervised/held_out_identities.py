"""Verification on held-out people: what an identity encoder is worth."""

from collections.abc import Callable

import numpy as np

from facedancer.dataset.labelled_faces import LabelledFaces
from facedancer.evaluation.metrics.verification import (
    all_pairs,
    draw_pairs,
    roc,
    similarities,
    verify,
)
from facedancer.utils.errors import UserError

from .faces_input import held_out_faces

# Pairs of each kind, for what is told as LFW tells it.
_PAIRS = 10_000
_RATES = (1e-2, 1e-3)


class HeldOutIdentities:
    """Pairs of held-out faces, the same ones at every measurement.

    Args:
        faces: all of known identity.
        side: of the pictures that the encoder takes.

    Raises:
        UserError: no pairs can be made of them.
    """

    def __init__(self, faces: LabelledFaces, side: int) -> None:
        self._faces = held_out_faces(faces, side)
        self._identities = np.concatenate([batch["identity"] for batch in self._faces])
        try:
            self._pairs = draw_pairs(self._identities, _PAIRS, seed=0)
        except ValueError as error:
            raise UserError(f"--validation_data: {error}") from error

    def measure(self, embed: Callable[[np.ndarray], np.ndarray]) -> dict[str, float]:
        """By log name; ``validation/score`` is the true acceptance at 1e-3.

        The true acceptance is of all pairs that the faces make, the rest of those that are drawn.

        Args:
            embed: ``[B, side, side, 3]`` uint8 RGB -> ``[B, D]``.
        """
        embeddings = np.concatenate([embed(batch["image"]) for batch in self._faces])
        result = verify(similarities(embeddings, self._pairs), self._pairs.same, rates=())
        false, true, _ = roc(*all_pairs(embeddings, self._identities))
        tar = {rate: float(true[false <= rate].max()) for rate in _RATES}
        return {
            "validation/auc": result.auc,
            "validation/accuracy": result.accuracy,
            **{f"validation/tar_at_far_{rate:g}": value for rate, value in tar.items()},
            "validation/score": tar[1e-3],
        }
