"""The two networks that tell who somebody is: detector and identity encoder."""

import functools
from pathlib import Path

import keras
import numpy as np

from facedancer.arcface_model import encoder as arcface
from facedancer.arcface_model.interface import input_side
from facedancer.arcface_model.lite_encoder import LiteEncoder, load_embedder
from facedancer.arcface_model.origin import encoder_origin
from facedancer.retinaface.detector import Detector, Face, load_detector
from facedancer.utils.alignment import align_face
from facedancer.utils.errors import UserError
from facedancer.utils.images import uint8_to_signed
from facedancer.utils.weights.origins import Origin

from .arguments import check_picture


class NoFaceError(UserError):
    """The detector found no face where one is needed."""


class IdentityNetworks:
    """Tells who somebody is.

    Args:
        encoder: the identity encoder.
        detector: finds the faces.

    Attributes:
        encoder_path: the encoder's file, by which saved identities are checked; None where nobody
            said so.
    """

    def __init__(self, encoder: keras.Model | LiteEncoder, detector: Detector) -> None:
        self.encoder = encoder
        self.detector = detector
        self.encoder_path: str | Path | None = None

    @functools.cached_property
    def encoder_origin(self) -> Origin | None:
        """The encoder's record; None where its file is not known. Read when first asked for."""
        return None if self.encoder_path is None else encoder_origin(self.encoder_path)

    def set_detection(self, min_score: float, max_side: int) -> list[float]:
        """Says how faces are looked for.

        Args:
            min_score: faces are reported down to this, or to the detector's own limit where that is
                lower.
            max_side: larger pictures are reduced to this first, in pixels.

        Returns:
            The two, as they now are.
        """
        lowest = min(min_score, self.detector.min_score)
        self.detector = Detector(self.detector.model, lowest, max_side=max_side)
        return [lowest, max_side]

    def identity_of(self, image: np.ndarray) -> np.ndarray:
        """The identity ``[512]`` float32 of the largest face in a ``[H, W, 3]`` uint8 RGB picture.

        Raises:
            NoFaceError: no face was found.
            UserError: it is no such picture.
        """
        image = check_picture(image)
        return self.identity_of_face(image, self.largest_face(image))

    def largest_face(self, image: np.ndarray) -> np.ndarray:
        """The landmarks ``[5, 2]`` of the largest face in a ``[H, W, 3]`` uint8 RGB picture.

        Raises:
            NoFaceError: no face was found.
        """
        faces = self.detector.detect(image)
        if not faces:
            raise NoFaceError("no face found; take a picture that shows one clearly, not too small")
        return max(faces, key=_area).landmarks

    def identity_of_face(self, image: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
        """The identity ``[512]`` float32 of the face with these landmarks ``[5, 2]``."""
        return self.identity_of_crop(align_face(image, landmarks, input_side(self.encoder))[0])

    def identity_of_crop(self, crop: np.ndarray) -> np.ndarray:
        """The identity ``[512]`` float32 of an aligned face crop, ``[S, S, 3]`` uint8 RGB.

        Raises:
            UserError: it is no such crop.
        """
        crop = check_picture(crop, "the crop")
        signed = uint8_to_signed(crop[None])
        return arcface.encode(self.encoder, signed)["embedding"][0].numpy()


def load_identity_networks(
    encoder: str | Path, detector: str | Path | None = None
) -> IdentityNetworks:
    """Loads the two, for those who need no generator.

    Args:
        encoder: as for `load_embedder`.
        detector: see `load_detector`; None: the one that ships.

    Raises:
        UserError: a file is missing or holds something else.
    """
    networks = IdentityNetworks(load_embedder(encoder), load_detector(detector))
    networks.encoder_path = encoder
    return networks


def _area(face: Face) -> float:
    left, top, right, bottom = face.box
    return float((right - left) * (bottom - top))
