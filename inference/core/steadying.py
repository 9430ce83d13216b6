"""Steadies swapped faces of a video: what the swap adds is filtered along the face's own motion.

Not the pictures are filtered, which would smear what moves, but their difference from the target,
which a steady swap would carry along with the face.
"""

import dataclasses
from collections.abc import Iterable, Iterator

import numpy as np

from .flow import Motion
from .frames import PlannedFace, SwappedFrame
from .swapped_face import SwappedFace

# Frames before that count; each has so much of the weight of the one after it.
STEADY_FRAMES = 5
_FADES = 0.75


@dataclasses.dataclass(eq=False)
class _Past:
    """A track's last frames, all in the places of the very last.

    Attributes:
        number: of the last frame.
        source: ``[512]``, whose identity it got.
        crop: ``[S, S, 3]`` uint8, the target's.
        differences: swap - target, ``[S, S, 3]`` float32, the latest first, as the generator
            made them.
        trusts: ``[S, S]``, how far each can be believed.
    """

    number: int
    source: np.ndarray
    crop: np.ndarray
    differences: list[np.ndarray]
    trusts: list[np.ndarray]


def steadied(frames: Iterable[SwappedFrame]) -> Iterator[SwappedFrame]:
    """The frames in order, their faces steadied by at most `STEADY_FRAMES` frames before them.

    A cut, an absence or another source begins afresh: nothing is carried over.
    """
    tracks: dict[int, _Past] = {}
    for frame in frames:
        seen: dict[int, _Past] = {}
        faces = []
        for plan, swapped in zip(frame.planned, frame.swapped, strict=True):
            if swapped is None or plan.track is None:
                faces.append(swapped)
                continue
            past = _carried(tracks.get(plan.track), frame.frame.number, plan, swapped)
            faces.append(_filtered(swapped, past))
            seen[plan.track] = past
        tracks = seen
        yield dataclasses.replace(frame, swapped=tuple(faces))


def _carried(past: _Past | None, number: int, plan: PlannedFace, swapped: SwappedFace) -> _Past:
    """A track's past with this frame, in its places."""
    new = swapped.changed.astype(np.float32) - swapped.crop
    differences, trusts = [new], [np.ones(new.shape[:2], np.float32)]
    is_next = past is not None and past.number == number - 1
    is_next = is_next and past.crop.shape == swapped.crop.shape
    if is_next and np.array_equal(past.source, plan.source):
        motion = Motion(swapped.crop, past.crop)
        for difference, trust in list(zip(past.differences, past.trusts, strict=True))[
            :STEADY_FRAMES
        ]:
            differences.append(motion.carry(difference))
            trusts.append(motion.carry(trust) * motion.trust)
    return _Past(number, plan.source, swapped.crop, differences, trusts)


def _filtered(swapped: SwappedFace, past: _Past) -> SwappedFace:
    weights = [_FADES**age * trust for age, trust in enumerate(past.trusts)]
    total = sum(
        weight[..., None] * difference
        for weight, difference in zip(weights, past.differences, strict=True)
    )
    mean = total / sum(weights)[..., None]
    changed = np.rint(np.clip(swapped.crop + mean, 0, 255)).astype(np.uint8)
    return dataclasses.replace(swapped, changed=changed)
