"""Flicker of swapped videos: a run of neighbouring frames of each target video, swapped.

Ten frames of a video, taken evenly, tell nothing of what happens from one to the next.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from absl import logging

from facedancer.retinaface.detector import Detector, Face
from facedancer.utils.alignment import align_face
from facedancer.utils.progress import progress_bar

from .encoders.interface import FaceEncoder
from .metrics.intervals import statistic_interval
from .metrics.temporal import JITTERS, excess, paired_jitters
from .metrics.warping import compare_clips
from .stability_job import measure_faces
from .stamps import code_of, outdated, read_part, stamp, write_part
from .swaps.followed_face import follow_face
from .swaps.pasting import put_back
from .swaps.swappers import PairSwapper
from .swaps.task import SwapTask

# Besides jitters, what is measured along the target's motion; its crops are cut out by the target's
# landmarks, so no moment of these is ever lost.
_ALONG = ("warp", "sharpness")
_NAMES = (
    *(f"{kind}/{of}" for kind in JITTERS for of in ("target", "result", "lost")),
    *(f"{kind}/{of}" for kind in _ALONG for of in ("target", "result")),
)
# Of the crops by which that is done, in pixels.
_SIDE = 128


def measure_flicker(
    task: SwapTask,
    detector: Detector,
    encoder: FaceEncoder,
    length: int,
    folder: Path,
    batch_size: int,
) -> dict[str, np.ndarray]:
    """Mean jitter of each target video's clip before and after the swap.

    Every frame's face is cut out, swapped and pasted back; then both clips are searched again, as
    `stability_job.compare_videos` does it. A video gets the source of its first pair in the list.

    Args:
        task: whose targets hold videos.
        detector: finds the faces.
        encoder: of identity.
        length: T, frames of each clip.
        folder: keeps what is done.
        batch_size: frames that are swapped at a time.

    Returns:
        ``"KIND/target"``, ``"KIND/result"`` and ``"KIND/lost"`` for each of `JITTERS`, as
        `paired_jitters` gives them, and what `compare_clips` gives; ``[V]`` of the videos that the
        pairs have.
    """
    rows: dict[str, int] = {}
    for row, target in enumerate(task.pairs.targets):
        if video := task.targets.videos[target]:
            rows.setdefault(video, row)
    made_by = stamp(
        [
            [task.targets.origin, task.sources.origin, task.swapper.origin, length],
            [encoder.name, encoder.origin, code_of(encoder.measure, task.swapper.swap)],
            code_of(measure_flicker, compare_clips, detector.detect_batch),
        ]
    )
    measured, again = [], False
    videos = sorted(rows.items())
    for number, (video, row) in enumerate(progress_bar(videos, unit="video", desc="flicker")):
        path = folder / f"flicker_{number:06d}.npz"
        mine = stamp([made_by, video, int(task.pairs.sources[row])])
        part, stored = read_part(path)
        if outdated(dict.fromkeys(_NAMES, mine), stored):
            again = again or bool(part)
            frames = task.targets.clip(video, length)
            clip = list(follow_face(frames, detector))
            source = task.sources.read(task.pairs.sources[[row]])
            swapped = _swap_clip(clip, source, row, task.swapper, task.targets.side, batch_size)
            before = measure_faces(clip, encoder)
            after = measure_faces(follow_face(swapped, detector), encoder)
            numbers = paired_jitters(before, after) | compare_clips(*crops_of(clip, swapped))
            part = {name: np.array(x) for name, x in numbers.items()}
            write_part(path, part, dict.fromkeys(_NAMES, mine))
        measured.append(part)
    if again:
        logging.warning("%s/flicker: of other code or networks, so computed again", folder)
    return {name: np.array([one[name] for one in measured], float) for name in _NAMES}


def crops_of(
    clip: Sequence[tuple[np.ndarray, Face | None]], swapped: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Crops of the longest run of frames with a face, before and after, at the target's places.

    Args:
        clip: frames ``[H, W, 3]`` uint8 RGB and their faces.
        swapped: the same frames after the swap.

    Returns:
        ``[T, 128, 128, 3]`` uint8 RGB twice.
    """
    runs: list[list[int]] = [[]]
    for number, (_, face) in enumerate(clip):
        if face is None:
            runs.append([])
        else:
            runs[-1].append(number)
    longest = max(runs, key=len)
    empty = np.zeros((0, _SIDE, _SIDE, 3), np.uint8)
    both = []
    for frames in ([frame for frame, _ in clip], swapped):
        cut = [align_face(frames[n], clip[n][1].landmarks, _SIDE)[0] for n in longest]
        both.append(np.stack(cut) if cut else empty)
    return both[0], both[1]


def summarise_flicker(
    measured: Mapping[str, np.ndarray], seed: int = 0
) -> dict[str, dict[str, float]]:
    """``flicker_KIND``: the results' mean jitter over the targets' own, 1 for alike.

    With its 95 % interval over the videos, both means, and how many videos count; ``failed``, the
    share of moments at which the swap has lost its face, in per cent, and ``judged``, the same with
    each of these as the worst jitter that there is.
    """
    metrics = {}
    for kind, worst in JITTERS.items():
        target, result = measured[f"{kind}/target"], measured[f"{kind}/result"]
        lost = measured[f"{kind}/lost"]
        entry = _summary(target, result, seed)
        seen = np.isfinite(lost)
        if not entry and not lost[seen].any():
            continue
        # Where nothing is known of the swap, of the target nothing is known at the same moments.
        moving = np.isfinite(target)
        scale = target[moving].mean() if moving.any() and target[moving].sum() > 0 else np.nan
        with_lost = (1 - lost) * np.nan_to_num(result) + lost * worst
        entry["failed"] = 100 * float(lost[seen].mean())
        worst_case = excess(with_lost[seen].mean(), scale)
        entry["judged"] = float(worst_case) if lost[seen].any() and scale > 0 else None
        metrics[f"flicker_{kind}"] = {"value": None, "count": 0} | entry
    for kind in _ALONG:
        if f"{kind}/target" in measured:
            entry = _summary(measured[f"{kind}/target"], measured[f"{kind}/result"], seed)
            if entry:
                metrics[f"flicker_{kind}"] = entry | {"failed": 0.0, "judged": None}
    return metrics


def _summary(target: np.ndarray, result: np.ndarray, seed: int) -> dict[str, float]:
    """Sums up the videos with both known; empty without a face, or without one that moves."""
    known = np.isfinite(target) & np.isfinite(result)
    target, result = target[known], result[known]
    if not target.sum() > 0:
        return {}
    low, high = statistic_interval(
        lambda videos: excess(result[videos].mean(), target[videos].mean()),
        np.arange(len(target)),
        seed=seed,
    )
    return {
        "value": excess(result.mean(), target.mean()),
        "low": max(low, 0.0),
        "high": high,
        "count": len(target),
        "target": target.mean(),
        "result": result.mean(),
    }


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
    for start in range(0, len(found), batch_size):
        numbers = found[start : start + batch_size]
        aligned = [align_face(clip[n][0], clip[n][1].landmarks, side) for n in numbers]
        crops = np.stack([crop for crop, _ in aligned])
        sources = np.repeat(source, len(numbers), axis=0)
        changed = swapper.swap(crops, sources, np.full(len(numbers), row))
        for number, crop, (before, matrix) in zip(numbers, changed, aligned, strict=True):
            landmarks = clip[number][1].landmarks
            results[number] = put_back(results[number], before, crop, matrix, landmarks)
    return results
