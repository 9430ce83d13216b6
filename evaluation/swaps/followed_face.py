"""One face through the frames of a video."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np

from facedancer.inference.video.reader import open_video
from facedancer.retinaface.detector import Detector, Face
from facedancer.utils.alignment import align_face
from facedancer.utils.errors import UserError

_FRAMES_AT_ONCE = 8


def follow_face(
    frames: Iterable[np.ndarray], detector: Detector
) -> Iterator[tuple[np.ndarray, Face | None]]:
    """Each frame with one face: at first the largest, then the nearest to where it was.

    None where there is no face.
    """
    last = None
    for batch in _batches(frames):
        for frame, faces in zip(batch, detector.detect_batch(batch), strict=True):
            face = _followed(faces, last)
            last = face or last
            yield frame, face


def aligned_face_of_video(
    path: str | Path, detector: Detector, side: int, most_frames: int
) -> tuple[np.ndarray, Fraction]:
    """The followed face's crops; a frame without it is passed over.

    Args:
        path: the video.
        detector: finds the faces.
        side: of the crops, in pixels.
        most_frames: from the beginning.

    Returns:
        ``[T, side, side, 3]`` uint8 RGB, and the video's frames a second.

    Raises:
        UserError: it cannot be read, or shows no face.
    """
    with open_video(path) as video:
        frames = (frame.image for frame in islice(video.frames(), most_frames))
        crops = [
            align_face(frame, face.landmarks, side)[0]
            for frame, face in follow_face(frames, detector)
            if face is not None
        ]
        if not crops:
            raise UserError(f"no face in the first {most_frames} frames of {path}")
        return np.stack(crops), video.info.average_rate


def _followed(faces: list[Face], last: Face | None) -> Face | None:
    if not faces:
        return None
    if last is None:
        return max(faces, key=lambda face: np.prod(face.box[2:] - face.box[:2]))
    return min(faces, key=lambda f: np.linalg.norm(f.landmarks.mean(0) - last.landmarks.mean(0)))


def _batches(frames: Iterable[np.ndarray]) -> Iterator[list[np.ndarray]]:
    batch: list[np.ndarray] = []
    for frame in frames:
        batch.append(frame)
        if len(batch) == _FRAMES_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch
