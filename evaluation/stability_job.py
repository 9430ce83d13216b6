"""Measures a swapped video against its target, frame by frame."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from facedancer.retinaface.detector import Detector, Face
from facedancer.utils.alignment import align_face
from facedancer.utils.errors import UserError
from facedancer.utils.progress import progress_bar

from .encoders.interface import FaceEncoder
from .metrics.temporal import JITTERS, excess, paired_jitters
from .metrics.warping import compare_clips
from .swaps.followed_face import follow_face
from .swaps.video_frames import read_frames

_FRAMES_AT_ONCE = 8
_SIDE = 112


def measure_video(
    path: Path, detector: Detector, encoder: FaceEncoder
) -> tuple[np.ndarray, np.ndarray]:
    """Identity and landmarks of each frame's face.

    Args:
        path: the video.
        detector: finds the faces.
        encoder: of identity.

    Returns:
        ``[T, D]`` and ``[T, 5, 2]``, NaN where no face was found.

    Raises:
        UserError: it cannot be read.
    """
    return measure_faces(
        follow_face(progress_bar(read_frames(path), unit="frame"), detector), encoder
    )


def measure_faces(
    followed: Iterable[tuple[np.ndarray, Face | None]], encoder: FaceEncoder
) -> tuple[np.ndarray, np.ndarray]:
    """Measures what `measure_video` does, of frames and their faces."""
    crops, landmarks = [], []
    for frame, face in followed:
        crops.append(None if face is None else align_face(frame, face.landmarks, _SIDE)[0])
        landmarks.append(np.full((5, 2), np.nan) if face is None else face.landmarks)
    found = [number for number, crop in enumerate(crops) if crop is not None]
    embeddings = np.full((len(crops), 1), np.nan)
    for start in range(0, len(found), _FRAMES_AT_ONCE):
        numbers = found[start : start + _FRAMES_AT_ONCE]
        measured = encoder.measure(np.stack([crops[number] for number in numbers]))
        if embeddings.shape[1] != measured.shape[1]:
            embeddings = np.full((len(crops), measured.shape[1]), np.nan)
        embeddings[numbers] = measured
    return embeddings, np.array(landmarks)


def compare_videos(
    target: Path, result: Path, detector: Detector, encoder: FaceEncoder
) -> dict[str, float]:
    """Jitter of both, how much more the result's is, and the share of moments without its face.

    Raises:
        UserError: a video cannot be read, or the two have not equally many frames.
    """
    measured = [measure_video(path, detector, encoder) for path in (target, result)]
    before, after = (len(landmarks) for _, landmarks in measured)
    if before != after:
        raise UserError(
            f"{target} has {before} frames, but {result} has {after}: give the same part of the "
            "video"
        )
    means = paired_jitters(*measured)
    numbers = {}
    for kind in JITTERS:
        of_target, of_result = means[f"{kind}/target"], means[f"{kind}/result"]
        numbers[f"{kind}_jitter_target"] = of_target
        numbers[f"{kind}_jitter_result"] = of_result
        numbers[f"{kind}_jitter_excess"] = excess(of_result, of_target)
        numbers[f"{kind}_lost"] = means[f"{kind}/lost"]
    return numbers


def compare_along_motion(target: Path, result: Path, detector: Detector) -> dict[str, float]:
    """Change from frame to frame that the target's motion does not explain, and detail, of both.

    Pair by pair, so that a film's crops are not held.

    Raises:
        UserError: a video cannot be read.
    """
    found: dict[str, list[float]] = {}
    last: tuple[np.ndarray, np.ndarray] | None = None
    for (frame, face), after in zip(
        follow_face(read_frames(target), detector), read_frames(result), strict=True
    ):
        if face is None:
            last = None
            continue
        now = tuple(align_face(one, face.landmarks, _SIDE)[0] for one in (frame, after))
        if last is not None:
            for name, value in compare_clips(*map(np.stack, zip(last, now, strict=True))).items():
                found.setdefault(name, []).append(value)
        last = now
    numbers = {}
    for kind in ("warp", "sharpness"):
        means = [np.nanmean(found.get(f"{kind}/{of}", [np.nan])) for of in ("target", "result")]
        numbers[f"{kind}_target"], numbers[f"{kind}_result"] = map(float, means)
        numbers[f"{kind}_excess"] = excess(means[1], means[0])
    return numbers
