"""Does a swapped video flicker? Jitter from frame to frame, against the target's own.

Without optical flow: where a face stays the same person and moves smoothly, its embedding hardly
changes and its landmarks go in straight lines between three frames. What the target's own video
does in that time is taken as the measure.
"""

import numpy as np

# What is followed from frame to frame, and what a moment counts as at which the swap has lost its
# face: the largest cosine distance, and a whole distance of the eyes.
JITTERS = {"identity": 2.0, "landmarks": 1.0}


def embedding_jitter(embeddings: np.ndarray) -> np.ndarray:
    """Cosine distance of the identity between neighbouring frames.

    Args:
        embeddings: ``[T, D]`` of frames in order; a row of NaN where no face was found.

    Returns:
        ``[T - 1]``, 0 for no change; NaN next to a frame without a face.
    """
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
    unit = embeddings / np.where(lengths > 0, lengths, 1)
    return 1.0 - np.sum(unit[:-1] * unit[1:], axis=1)


def landmark_jitter(landmarks: np.ndarray) -> np.ndarray:
    """Measures how far landmarks leave the straight line through their neighbours in time.

    The second difference's length, |p(t-1) - 2 p(t) + p(t+1)| / 2, mean over the points, as a share
    of the distance between the eyes: neither the face's size nor its even motion changes it.

    Args:
        landmarks: ``[T, K, 2]`` of frames in order, the first two the eyes; NaN where there is no
            face.

    Returns:
        ``[T - 2]``; NaN next to a frame without a face.
    """
    middle = landmarks[1:-1]
    bend = np.linalg.norm(landmarks[:-2] - 2 * middle + landmarks[2:], axis=2).mean(1) / 2
    return bend / np.linalg.norm(middle[:, 0] - middle[:, 1], axis=1)


def paired_jitters(
    target: tuple[np.ndarray, np.ndarray], result: tuple[np.ndarray, np.ndarray]
) -> dict[str, float]:
    """Mean jitter of a video and of its swap.

    Args:
        target: embeddings ``[T, D]`` and landmarks ``[T, K, 2]``, NaN where there is no face.
        result: the same of the swap, frame by frame.

    Returns:
        ``"KIND/target"`` and ``"KIND/result"`` for each of `JITTERS`, over the moments at which
        both are known; NaN where there is none. ``"KIND/lost"``: of the moments at which the
        target's is known, the share at which the swap has lost its face; NaN where there is none.
    """
    means = {}
    for kind, measure, of_target, of_result in zip(
        JITTERS, (embedding_jitter, landmark_jitter), target, result, strict=True
    ):
        before, after = measure(of_target), measure(of_result)
        known = np.isfinite(before) & np.isfinite(after)
        seen = np.isfinite(before)
        means[f"{kind}/lost"] = float(1 - known.sum() / seen.sum()) if seen.any() else np.nan
        means[f"{kind}/target"] = float(before[known].mean()) if known.any() else np.nan
        means[f"{kind}/result"] = float(after[known].mean()) if known.any() else np.nan
    return means


def excess(result: float, target: float) -> float:
    """Compares the result's jitter with its target's: 1 for alike; NaN of a still target."""
    return result / target if target > 0 else float("nan")
