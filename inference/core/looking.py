"""Looking at frames: faces, their identities if somebody asks, and signs of a cut."""

from collections.abc import Sequence

import keras
import numpy as np

from facedancer.arcface_model import encoder as arcface
from facedancer.arcface_model.interface import input_side
from facedancer.retinaface.detector import Detector, Face
from facedancer.retinaface.search import FaceSearch
from facedancer.utils.alignment import align_face
from facedancer.utils.images import uint8_to_signed

from .cuts import cut_signature
from .frames import Frame, Observation

# Frames that the detector takes at once. Not a flag: what it finds could depend on it by roundings.
LOOK_BATCH = 8
# Crops that the encoder takes at once: bounds the memory that a crowd takes.
_MOST_CROPS = 16


class Look:
    """Looks at frames; see `pipeline.observe`.

    Args:
        detector: finds the faces.
        encoder: tells their identities; None where nobody asks.
        is_video: whether all frames are of one size, and cuts are looked for. Other pictures may
            have several sizes; they are enlarged for small faces, and turned where nobody is found
            upright (`FaceSearch`), which would cost too much in every frame.
    """

    def __init__(
        self,
        detector: Detector,
        encoder: keras.Model | None,
        is_video: bool,
    ) -> None:
        self._encoder = encoder
        self._is_video = is_video
        self._find = detector.detect_batch
        if not is_video:
            search = FaceSearch(detector, LOOK_BATCH, small=True)
            self._find = lambda images: [list(found.faces) for found in search.find(images)]

    def __call__(self, frames: Sequence[Frame]) -> list[Observation]:
        """Looks at each of the frames."""
        images = [frame.image for frame in frames]
        found = self._find(images)
        more: list[dict[str, np.ndarray]] = [{} for _ in frames]
        if self._is_video:
            for one, image in zip(more, images, strict=True):
                one["signature"] = cut_signature(image)
        if self._encoder is not None:
            for one, embeddings in zip(more, self._embed(images, found), strict=True):
                one["embeddings"] = embeddings
        return [
            Observation.of(frame, faces, **one)
            for frame, faces, one in zip(frames, found, more, strict=True)
        ]

    def _embed(
        self, images: Sequence[np.ndarray], found: Sequence[Sequence[Face]]
    ) -> list[np.ndarray]:
        """The identities, ``[N, 512]``, of each picture's faces."""
        if self._is_video:  # Of all frames at once: a face alone takes several times as long.
            counts = np.cumsum([len(faces) for faces in found])[:-1]
            crops = [
                crop for pair in zip(images, found, strict=True) for crop in self._crops(*pair)
            ]
            return np.split(self._encode(crops), counts)
        # What a picture gives must not depend, by roundings, on which others are looked at with it.
        return [self._encode(self._crops(*pair)) for pair in zip(images, found, strict=True)]

    def _crops(self, image: np.ndarray, faces: Sequence[Face]) -> list[np.ndarray]:
        side = input_side(self._encoder)
        return [align_face(image, face.landmarks, side)[0] for face in faces]

    def _encode(self, crops: Sequence[np.ndarray]) -> np.ndarray:
        parts = [np.zeros((0, 512), np.float32)]
        for start in range(0, len(crops), _MOST_CROPS):
            signed = uint8_to_signed(np.stack(crops[start : start + _MOST_CROPS]))
            parts.append(arcface.encode(self._encoder, signed)["embedding"].numpy())
        return np.concatenate(parts)
