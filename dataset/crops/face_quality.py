"""Two measures of a detected face: how far it is turned, and how much detail it holds."""

import cv2
import numpy as np

from facedancer.utils.alignment import ARCFACE_TEMPLATE

# The five landmarks of a face in space, in the template's pixels: x to the image's right, y down,
# z towards the camera. Seen from the front they are the template. The depths are those of an adult
# head, in distances between the eyes: the nose's tip 0.6 before the eyes, the mouth's corners 0.1.
_EYE_DISTANCE = 35.2
_DEPTHS = np.array([0.0, 0.0, 0.6, 0.1, 0.1]) * _EYE_DISTANCE
_HEAD = np.column_stack([ARCFACE_TEMPLATE, _DEPTHS])
_TO_CAMERA = np.linalg.pinv(_HEAD - _HEAD.mean(0))

# Sharpness is measured on a face of this side, whatever the crop's, and in its middle: eyes, nose
# and mouth, without hair, background and what lies outside the photograph.
_SIDE = 112
_MIDDLE = 0.6
# Grey levels; keeps a flat, empty crop from dividing by nothing.
_LEAST_CONTRAST = 1.0


def head_yaw(landmarks: np.ndarray) -> float:
    """Estimates how far the head is turned to the side, in degrees, -90..90.

    0 is a frontal face; positive where the nose points to the image's right (the person looks to
    their left). A scaled orthographic camera is fitted to a mean head (DeMenthon and Davis, "Model-
    based object pose in 25 lines of code", 1995, its first step), so that neither roll nor a
    moderate pitch is taken for yaw. Heads differ: expect errors of several degrees, and more near
    a profile, where a detector has to guess the hidden eye.

    Args:
        landmarks: ``[5, 2]`` pixels, the template's order, of the upright or a rolled face.

    Raises:
        ValueError: not five finite points, or points that coincide.
    """
    landmarks = np.asarray(landmarks, np.float64)
    if landmarks.shape != (5, 2) or not np.isfinite(landmarks).all():
        raise ValueError(f"want five finite points [5, 2], got {landmarks.shape}")
    centred = landmarks - landmarks.mean(0)
    camera = (_TO_CAMERA @ centred).T  # [2, 3]: the image's x and y as directions in the head
    u, scales, vt = np.linalg.svd(camera, full_matrices=False)
    if scales[0] < 1e-6:
        raise ValueError("the landmarks coincide")
    right, down = u @ vt  # the nearest two orthonormal directions
    towards = np.cross(right, down)
    # How far the line through both eyes points to the camera; roll leaves that alone.
    return float(np.degrees(np.arcsin(np.clip(-towards[0], -1.0, 1.0))))


def sharpness(crop: np.ndarray, shrink_factor: float = 1.0) -> float:
    """Measures the face's fine detail: 0 for none, above 15 for a face in focus.

    100 times the root mean square of the grey crop's Laplacian over the spread of its grey levels,
    after a Gaussian of one pixel that takes noise and single pixels' chance away, in a crop that
    was brought to 112 pixels: neither contrast, light, noise nor the crop's side change it much. A
    blur of 2 % of the face's width, or a face of 20 pixels enlarged, brings it to about 8.

    Args:
        crop: ``[S, S, 3]`` uint8 RGB, aligned; a side below 112 holds less than 112 can show.
        shrink_factor: how it was aligned, see `utils.alignment.template`.
    """
    middle, half = crop.shape[0] // 2, max(1, round(crop.shape[0] * shrink_factor * _MIDDLE / 2))
    inner = slice(max(0, middle - half), middle + half)
    grey = cv2.cvtColor(crop[inner, inner], cv2.COLOR_RGB2GRAY).astype(np.float32)
    side = round(_SIDE * _MIDDLE)
    how = cv2.INTER_AREA if grey.shape[0] > side else cv2.INTER_LINEAR
    grey = cv2.GaussianBlur(cv2.resize(grey, (side, side), interpolation=how), (0, 0), 1.0)
    # Without the border, where the Laplacian sees a mirror image.
    detail = cv2.Laplacian(grey, cv2.CV_32F)[1:-1, 1:-1]
    return 100.0 * float(np.sqrt(np.mean(detail**2))) / max(float(grey.std()), _LEAST_CONTRAST)
