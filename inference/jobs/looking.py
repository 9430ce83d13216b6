"""What is seen in frames: faces, their identities where somebody asks, and signs of a cut."""

from collections.abc import Sequence

import keras
import numpy as np

from facedancer.arcface_model import encoder as arcface
from facedancer.arcface_model.interface import input_side
from facedancer.retinaface.detector import Detector, Face
from facedancer.retinaface.search import FaceSearch
from facedancer.utils.alignment import align_face
from facedancer.utils.images import uint8_to_signed

from ..faces.cuts import cut_signature
from .frames import Frame, Observation

# Frames that the detector takes at once. Not a flag: what it finds could depend on it by roundings.
LOOK_BATCH = 8


class Look:
    """Looks at frames; see `core.observe`.

    Args:
        detector: finds the faces.
        encoder: tells their identities; None where nobody asks.
        is_video: whether all frames are of one size, and cuts are looked for. Other pictures may
            have several sizes, and are turned and enlarged where nothing is found (`FaceSearch`);
            in a video that would cost every frame without a face.
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
            search = FaceSearch(detector, LOOK_BATCH)
            self._find = lambda images: [list(found.faces) for found in search.find(images)]

    def __call__(self, frames: Sequence[Frame]) -> list[Observation]:
        """What is seen in each of the frames."""
        images = [frame.image for frame in frames]
        found = self._find(images)
        return [
            Observation.of(frame, faces, **self._more(frame.image, faces))
            for frame, faces in zip(frames, found, strict=True)
        ]

    def _more(self, image: np.ndarray, faces: Sequence[Face]) -> dict[str, np.ndarray]:
        more = {}
        if self._encoder is not None:
            more["embeddings"] = self._embed(image, faces)
        if self._is_video:
            more["signature"] = cut_signature(image)
        return more

    def _embed(self, image: np.ndarray, faces: Sequence[Face]) -> np.ndarray:
        side = input_side(self._encoder)
        crops = [align_face(image, face.landmarks, side)[0] for face in faces]
        if not crops:
            return np.zeros((0, 512), np.float32)
        return arcface.encode(self._encoder, uint8_to_signed(np.stack(crops)))["embedding"].numpy()
