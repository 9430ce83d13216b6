"""Flicker of a swap on the face's own motion: frames carried on by the target's optical flow.

What a steady swap shows in one frame, it shows in the next where the face has moved to. The flow is
the target's: the swap has no say in where its pixels should have gone.
"""

import cv2
import numpy as np

from facedancer.inference.core.flow import Motion
from facedancer.utils.alignment import soft_mask


def warp_flicker(targets: np.ndarray, results: np.ndarray) -> tuple[float, float]:
    """Mean change between neighbouring frames that the target's motion does not explain.

    Args:
        targets: ``[T, S, S, 3]`` uint8 RGB, crops of the target's frames in order.
        results: the same of the swap, cut out at the same places.

    Returns:
        In grey levels within the face, where the target's pixels can be followed: the target's own
        and the swap's; NaN of fewer than two frames.
    """
    face = soft_mask(targets.shape[1])
    own, swaps = [], []
    for number in range(1, len(targets)):
        motion = Motion(targets[number], targets[number - 1])
        weight = face * motion.trust
        if not weight.any():
            continue
        for clip, found in ((targets, own), (results, swaps)):
            came = motion.carry(clip[number - 1].astype(np.float32))
            left = np.abs(clip[number] - came).mean(axis=2)
            found.append(float((weight * left).sum() / weight.sum()))
    return (float(np.mean(own)), float(np.mean(swaps))) if own else (np.nan, np.nan)


def sharpness(crops: np.ndarray) -> float:
    """Mean strength of fine detail in faces: the Laplacian's mean square, NaN of no frame.

    Args:
        crops: ``[T, S, S, 3]`` uint8 RGB.
    """
    face = soft_mask(crops.shape[1])
    found = []
    for crop in crops:
        grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float32)
        found.append(float((face * cv2.Laplacian(grey, cv2.CV_32F) ** 2).sum() / face.sum()))
    return float(np.mean(found)) if found else np.nan


def compare_clips(targets: np.ndarray, results: np.ndarray) -> dict[str, float]:
    """``"warp/target"``, ``"warp/result"``, ``"sharpness/target"`` and ``"sharpness/result"``.

    Args:
        targets, results: as for `warp_flicker`.
    """
    own, swap = warp_flicker(targets, results)
    return {
        "warp/target": own,
        "warp/result": swap,
        "sharpness/target": sharpness(targets),
        "sharpness/result": sharpness(results),
    }
