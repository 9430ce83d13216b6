"""Verification on held-out people: what an identity encoder is worth."""

from collections.abc import Callable

import numpy as np

from facedancer.dataset.labelled_faces import LabelledFaces
from facedancer.evaluation.metrics.verification import draw_pairs, similarities, verify
from facedancer.utils.cli import UserError

from .labelled_faces_input import held_out_faces

# Pairs of each kind: a rate of 1e-3 is then ten of them.
_PAIRS = 10_000


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
        identities = np.concatenate([batch["identity"] for batch in self._faces])
        try:
            self._pairs = draw_pairs(identities, _PAIRS, seed=0)
        except ValueError as error:
            raise UserError(f"--validation_data: {error}") from error

    def measure(self, embed: Callable[[np.ndarray], np.ndarray]) -> dict[str, float]:
        """By log name; ``validation/score`` is the true acceptance at 1e-3.

        Args:
            embed: ``[B, side, side, 3]`` uint8 RGB -> ``[B, D]``.
        """
        embeddings = np.concatenate([embed(batch["image"]) for batch in self._faces])
        result = verify(similarities(embeddings, self._pairs), self._pairs.same)
        return {
            "validation/auc": result.auc,
            "validation/accuracy": result.accuracy,
            **{f"validation/tar_at_far_{rate:g}": tar for rate, tar in result.tar.items()},
            "validation/score": result.tar[1e-3],
        }
