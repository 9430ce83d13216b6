"""Swaps by a generator that is given labels along with the identity, see `codes`."""

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from facedancer.arcface_model.encoder import encode, load_encoder
from facedancer.arcface_model.pairing import check_encoder
from facedancer.dataset.data_sets import open_data_sets
from facedancer.dataset.labelled_faces import LabelledFaces
from facedancer.dataset.pair_codes import PairCodes
from facedancer.networks.generator import EMBEDDING_SIZE
from facedancer.networks.loading.keras_generator import find_generator
from facedancer.utils.errors import UserError
from facedancer.utils.images import signed_to_uint8, uint8_to_signed
from facedancer.utils.weights.keras_files import load_keras_model

from .codes import CODE_SIZE, SOURCE_LABELS, TARGET_LABELS, sizes


def is_given_labels(path: str | Path) -> bool:
    """Tells whether a file's generator takes a code of labels.

    Raises:
        UserError: nothing that could be a generator is there.
    """
    return _takes_codes(_read(path))


class CodedSwapper:
    """Swaps faces of one folder of shards, whose labels it reads.

    Args:
        generator: a file, or the folder of a run.
        encoder: the identity encoder that it was trained with.
        folder: of shards of rendered faces.

    Raises:
        UserError: one of them is none, or does not fit the others.
    """

    def __init__(self, generator: str | Path, encoder: str, folder: str | Path) -> None:
        check_encoder(str(generator), encoder, any_encoder=False)
        self._network = _read(generator)
        if not _takes_codes(self._network):
            raise UserError(
                f"{generator} takes no labels: evaluate it directly with evaluation/evaluate.py"
            )
        self._encoder = load_encoder(encoder)
        self._faces = LabelledFaces([folder])
        self._codes = PairCodes(open_data_sets(folder), sizes(SOURCE_LABELS), sizes(TARGET_LABELS))
        side = self._network.inputs[0].shape[1]
        if self._faces.side != side:
            raise UserError(
                f"{generator} swaps crops of {side} px, but {folder} has {self._faces.side} px: "
                "give shards of that size"
            )
        self.name = Path(generator).stem

    def swap(self, targets: Sequence[int], sources: Sequence[int]) -> np.ndarray:
        """Swaps pairs of records.

        Args:
            targets: B numbers of records.
            sources: the same.

        Returns:
            ``[B, S, S, 3]`` uint8 RGB.
        """
        faces = [
            next(self._faces.read(np.array(numbers), len(numbers)))
            for numbers in (targets, sources)
        ]
        images = [uint8_to_signed(one["image"]) for one in faces]
        identity = encode(self._encoder, images[1])["embedding"]
        code = self._codes.of(faces[0]["labels"], faces[1]["labels"])
        given = keras.ops.concatenate([identity, code], 1)
        return signed_to_uint8(self._network([images[0], given], training=False)).numpy()


def _read(path: str | Path) -> keras.Model:
    return load_keras_model(find_generator(path))


def _takes_codes(network: keras.Model) -> bool:
    shapes = [tuple(one.shape) for one in network.inputs]
    return len(shapes) == 2 and shapes[1] == (None, EMBEDDING_SIZE + CODE_SIZE)
