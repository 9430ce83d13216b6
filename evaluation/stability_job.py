"""Measures a swapped video against its target, frame by frame."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tqdm import tqdm

from facedancer.retinaface.detector import Detector, Face
from facedancer.utils.alignment import align_face
from facedancer.utils.cli import UserError

from .encoders.interface import FaceEncoder
from .metrics.temporal import embedding_jitter, excess, landmark_jitter
from .swaps.video_frames import read_frames

_FRAMES_AT_ONCE = 8
_SIDE = 112


def measure_video(
    path: Path, detector: Detector, encoder: FaceEncoder
) -> tuple[np.ndarray, np.ndarray]:
    """Identity and landmarks of each frame's face.

    Of several faces, the one nearest to where it was is followed; at first the largest.

    Args:
        path: the video.
        detector: finds the faces.
        encoder: of identity.

    Returns:
        ``[T, D]`` and ``[T, 5, 2]``, NaN where no face was found.

    Raises:
        UserError: it cannot be read.
    """
    crops, landmarks, last = [], [], None
    for frames in _batches(read_frames(path)):
        for frame, faces in zip(frames, detector.detect_batch(frames), strict=True):
            face = _followed(faces, last)
            if face is None:
                crops.append(None)
                landmarks.append(np.full((5, 2), np.nan))
                continue
            last = face
            crops.append(align_face(frame, face.landmarks, _SIDE)[0])
            landmarks.append(face.landmarks)
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
    """Jitter of both, and how much more the result's is.

    Raises:
        UserError: a video cannot be read, or the two have not equally many frames.
    """
    jitters, counts = {}, {}
    for name, path in (("target", target), ("result", result)):
        embeddings, landmarks = measure_video(path, detector, encoder)
        jitters[name] = embedding_jitter(embeddings), landmark_jitter(landmarks)
        counts[name] = len(landmarks)
    if counts["target"] != counts["result"]:
        raise UserError(
            f"{target} has {counts['target']} frames, {result} has {counts['result']}: give the "
            "same part of the video, frame by frame"
        )
    numbers = {}
    for kind, of_target, of_result in zip(
        ("embedding", "landmark"), jitters["target"], jitters["result"], strict=True
    ):
        numbers[f"{kind}_jitter_target"] = float(np.nanmean(of_target))
        numbers[f"{kind}_jitter_result"] = float(np.nanmean(of_result))
        numbers[f"{kind}_jitter_excess"] = excess(of_result, of_target)
    return numbers


def _followed(faces: list[Face], last: Face | None) -> Face | None:
    if not faces:
        return None
    if last is None:
        return max(faces, key=lambda face: np.prod(face.box[2:] - face.box[:2]))
    return min(faces, key=lambda f: np.linalg.norm(f.landmarks.mean(0) - last.landmarks.mean(0)))


def _batches(frames: Iterator[np.ndarray]) -> Iterator[list[np.ndarray]]:
    batch: list[np.ndarray] = []
    for frame in tqdm(frames, unit="frame"):
        batch.append(frame)
        if len(batch) == _FRAMES_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch
