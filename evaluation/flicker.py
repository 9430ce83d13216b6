"""Do the swaps of a video flicker: a run of neighbouring frames of each target video, swapped.

Ten frames of a video, taken evenly, tell nothing of what happens from one to the next.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from facedancer.retinaface.detector import Detector, Face
from facedancer.utils.alignment import align_face, paste_back, soft_mask
from facedancer.utils.progress import progress_bar

from .encoders.interface import FaceEncoder
from .files import write_arrays
from .metrics.intervals import statistic_interval
from .metrics.temporal import JITTERS, excess, paired_jitters
from .stability_job import measure_faces
from .swaps.followed_face import follow_face
from .swaps.swappers import PairSwapper
from .swaps.task import SwapTask


def measure_flicker(
    task: SwapTask,
    detector: Detector,
    encoder: FaceEncoder,
    length: int,
    folder: Path,
    batch_size: int,
) -> dict[str, np.ndarray]:
    """Mean jitter of each target video's clip before and after the swap.

    Every frame's face is cut out, swapped and pasted back; then both clips are searched anew, as
    `stability_job.compare_videos` does it. A video gets the source of its first pair in the list.

    Args:
        task: whose targets hold videos.
        detector: finds the faces.
        encoder: of identity.
        length: T, frames of each clip.
        folder: keeps what is done.
        batch_size: frames that are swapped at a time.

    Returns:
        ``"KIND/target"`` and ``"KIND/result"`` for each of `JITTERS`, ``[V]`` of the videos that
        the pairs have; NaN where no face was found in enough neighbouring frames.
    """
    rows: dict[str, int] = {}
    for row, target in enumerate(task.pairs.targets):
        if video := task.targets.videos[target]:
            rows.setdefault(video, row)
    measured = []
    for number, (video, row) in enumerate(
        progress_bar(sorted(rows.items()), unit="video", desc="flicker")
    ):
        path = folder / f"flicker_{number:06d}.npz"
        if not path.is_file():
            frames = task.targets.clip(video, length)
            clip = list(follow_face(frames, detector))
            source = task.sources.read(task.pairs.sources[[row]])
            swapped = _swap_clip(clip, source, row, task.swapper, task.targets.side, batch_size)
            before = measure_faces(clip, encoder)
            after = measure_faces(follow_face(swapped, detector), encoder)
            write_arrays(path, paired_jitters(before, after))
        with np.load(path) as arrays:
            measured.append(dict(arrays))
    names = [f"{kind}/{of}" for kind in JITTERS for of in ("target", "result")]
    return {name: np.array([one[name] for one in measured], float) for name in names}


def summarise_flicker(
    measured: Mapping[str, np.ndarray], seed: int = 0
) -> dict[str, dict[str, float]]:
    """``flicker_KIND``: the results' mean jitter over the targets' own, 1 for alike.

    With its 95 % interval over the videos, both means, and how many videos count.
    """
    metrics = {}
    for kind in JITTERS:
        target, result = measured[f"{kind}/target"], measured[f"{kind}/result"]
        known = np.isfinite(target) & np.isfinite(result)
        target, result = target[known], result[known]
        if not target.sum() > 0:  # No face, or none that moves.
            continue
        low, high = statistic_interval(
            lambda videos, t=target, r=result: excess(r[videos].mean(), t[videos].mean()),
            np.arange(len(target)),
            seed=seed,
        )
        metrics[f"flicker_{kind}"] = {
            "value": excess(result.mean(), target.mean()),
            "low": max(low, 0.0),
            "high": high,
            "count": len(target),
            "target": target.mean(),
            "result": result.mean(),
        }
    return metrics


def _swap_clip(
    clip: list[tuple[np.ndarray, Face | None]],
    source: np.ndarray,
    row: int,
    swapper: PairSwapper,
    side: int,
    batch_size: int,
) -> list[np.ndarray]:
    """The clip's frames with their faces swapped; those without one as they are."""
    results = [frame for frame, _ in clip]
    found = [number for number, (_, face) in enumerate(clip) if face is not None]
    mask = soft_mask(side)
    for start in range(0, len(found), batch_size):
        numbers = found[start : start + batch_size]
        aligned = [align_face(clip[n][0], clip[n][1].landmarks, side) for n in numbers]
        crops = np.stack([crop for crop, _ in aligned])
        sources = np.repeat(source, len(numbers), axis=0)
        changed = swapper.swap(crops, sources, np.full(len(numbers), row))
        for number, crop, (_, matrix) in zip(numbers, changed, aligned, strict=True):
            results[number] = paste_back(results[number], crop, matrix, mask)
    return results
