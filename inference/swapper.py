"""The swap itself: models loaded once, then picture in, picture out."""

import dataclasses
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from facedancer.arcface_model import encoder as arcface
from facedancer.arcface_model.interface import input_side
from facedancer.retinaface.detector import Detector, Face, load_detector
from facedancer.utils.alignment import align_face, paste_back, soft_mask
from facedancer.utils.cli import UserError
from facedancer.utils.images import signed_to_uint8, uint8_to_signed

from .loading import Generator, load_generator

# Crops in one call of the generator: bounds the memory that a crowd takes.
_MAX_BATCH = 16


class NoFaceError(UserError):
    """The detector found no face where one is needed."""


@dataclasses.dataclass(frozen=True, eq=False)
class SwappedFace:
    """One face of a picture, before and after.

    Attributes:
        face: where it was found, in the picture's pixels.
        matrix: ``[2, 3]``, picture -> crop.
        crop: ``[S, S, 3]`` uint8 RGB, as aligned out of the picture.
        changed: ``[S, S, 3]`` uint8 RGB, as the generator returned it.
    """

    face: Face
    matrix: np.ndarray
    crop: np.ndarray
    changed: np.ndarray


@dataclasses.dataclass(frozen=True, eq=False)
class SwapResult:
    """A swapped picture, ``[H, W, 3]`` uint8 RGB, and its faces, best detection first."""

    image: np.ndarray
    faces: tuple[SwappedFace, ...]


class Swapper:
    """Puts one person's identity onto the faces of pictures.

    Args:
        generator: from `load_generator`.
        encoder: the identity encoder that the generator was trained with.
        detector: finds the faces of sources and targets.
    """

    def __init__(self, generator: Generator, encoder: keras.Model, detector: Detector) -> None:
        self.generator = generator
        self.encoder = encoder
        self.detector = detector
        self._mask = soft_mask(generator.image_size)

    @classmethod
    def load(
        cls,
        facedancer_path: str | Path,
        arcface_path: str | Path,
        retina_path: str | Path | None = None,
    ) -> "Swapper":
        """Loads all three networks; without ``retina_path`` the detector that ships.

        Raises:
            UserError: a file is missing or holds something else.
        """
        return cls(
            load_generator(facedancer_path),
            arcface.load_encoder(arcface_path),
            load_detector(retina_path),
        )

    def identity_of(self, image: np.ndarray) -> np.ndarray:
        """The identity ``[512]`` float32 of the largest face in a ``[H, W, 3]`` uint8 RGB picture.

        Raises:
            NoFaceError: no face was found.
        """
        faces = self.detector.detect(image)
        if not faces:
            raise NoFaceError("no face found; take a picture that shows one clearly, not too small")
        landmarks = max(faces, key=_area).landmarks
        return self.identity_of_crop(align_face(image, landmarks, input_side(self.encoder))[0])

    def identity_of_crop(self, crop: np.ndarray) -> np.ndarray:
        """The identity ``[512]`` float32 of an aligned face crop, ``[S, S, 3]`` uint8 RGB."""
        signed = uint8_to_signed(crop[None])
        return arcface.encode(self.encoder, signed)["embedding"][0].numpy()

    def swap(self, image: np.ndarray, identity: np.ndarray) -> SwapResult:
        """Gives every face of a picture the identity; all else in the picture stays as it is.

        Args:
            image: ``[H, W, 3]`` uint8 RGB.
            identity: ``[512]``, from `identity_of`.

        Returns:
            The new picture and its faces; where no face was found, an equal picture and none.
        """
        faces = self.detector.detect(image)
        aligned = [align_face(image, f.landmarks, self.generator.image_size) for f in faces]
        changed = self._change([crop for crop, _ in aligned], identity)
        swapped = tuple(
            SwappedFace(face, matrix, crop, new)
            for face, (crop, matrix), new in zip(faces, aligned, changed, strict=True)
        )
        result = image.copy()
        # Of two faces that overlap, the larger is most likely the nearer: it goes on top.
        for one in sorted(swapped, key=lambda one: _area(one.face)):
            result = paste_back(result, one.changed, one.matrix, self._mask)
        return SwapResult(result, swapped)

    def _change(self, crops: list[np.ndarray], identity: np.ndarray) -> list[np.ndarray]:
        """The generator's answers to the crops, each ``[S, S, 3]`` uint8."""
        changed: list[np.ndarray] = []
        for start in range(0, len(crops), _MAX_BATCH):
            target = uint8_to_signed(np.stack(crops[start : start + _MAX_BATCH]))
            identities = tf.repeat(tf.cast(identity, tf.float32)[None], target.shape[0], axis=0)
            changed.extend(signed_to_uint8(self.generator(target, identities)).numpy())
        return changed


def _area(face: Face) -> float:
    left, top, right, bottom = face.box
    return float((right - left) * (bottom - top))
