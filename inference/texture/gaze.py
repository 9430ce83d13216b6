"""Gaze: a source's eyes, laid onto a target, look where the target's look."""

import cv2
import numpy as np

from ..blending.regions import LEFT_EYE, RIGHT_EYE

# An eye's corners in its loop: the first point, and the one half way around.
_ACROSS = 8
# In halves of an eye's length: an iris is so wide, and moves at most so far from where it was.
_IRIS, _MOST = 0.72, 0.45
# Places along an eye at which its darkness is known, how far out an iris is looked for, and the
# part of its height that counts: lashes and corners are dark too.
_ALONG, _FARTHEST, _MIDDLE = np.linspace(-0.85, 0.85, 41), 0.6, 0.55
# Of an eye's length: how soft the edge is of what moves.
_SOFT = 0.06


def with_gaze_of(picture: np.ndarray, target: np.ndarray, mesh: np.ndarray) -> np.ndarray:
    """Moves irises along the eyes to where a target's are; corners and lids stay.

    Args:
        picture: ``[S, S, 3]`` uint8 RGB, a source as it lies on the mesh.
        target: ``[S, S, 3]``, 0..255, the target in the same place.
        mesh: ``[468, 2 or more]``, in their pixels.

    Returns:
        ``[S, S, 3]`` uint8 RGB.
    """
    eyes = [_Eye(mesh, loop) for loop in (LEFT_EYE, RIGHT_EYE)]
    eyes = [eye for eye in eyes if eye.length > 4]
    if not eyes:
        return picture
    there, here = (_iris(eyes, image) for image in (target, picture))
    move = float(np.clip((there - here) / max(1 - there**2, 0.5), -_MOST, _MOST))
    side = len(picture)
    rows, columns = np.mgrid[:side, :side].astype(np.float32)
    for eye in eyes:
        along = eye.along_of(columns, rows)
        back = (move * np.clip(1 - along**2, 0, 1) * eye.mask(side) * eye.length / 2)[..., None]
        places = (np.stack([columns, rows], axis=-1) - back * eye.along).astype(np.float32)
        picture = cv2.remap(picture, places[..., 0], places[..., 1], cv2.INTER_LINEAR)
    return picture


def _iris(eyes: list["_Eye"], picture: np.ndarray) -> float:
    """Tells where along the eyes their irises are: both look the same way."""
    found = np.sum([eye.darkness(picture) for eye in eyes], axis=0)
    return float(_ALONG[np.where(np.abs(_ALONG) <= _FARTHEST, found, -np.inf).argmax()])


class _Eye:
    """One eye of a mesh; along it, -1 is its corner on the picture's left and 1 the other."""

    def __init__(self, mesh: np.ndarray, loop: tuple[int, ...]) -> None:
        self.points = mesh[list(loop), :2].astype(np.float64)
        left, right = sorted((self.points[0], self.points[_ACROSS]), key=lambda point: point[0])
        self.middle = (left + right) / 2
        self.length = float(np.linalg.norm(right - left))
        self.along = (right - left) / max(self.length, 1e-6)
        self.down = np.array([-self.along[1], self.along[0]])

    def along_of(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Places of pixels along the eye."""
        across = (x - self.middle[0]) * self.along[0] + (y - self.middle[1]) * self.along[1]
        return 2 * across / self.length

    def darkness(self, picture: np.ndarray) -> np.ndarray:
        """The darkness over an iris's width at `_ALONG`; of a mean 0 and a deviation 1."""
        u = 2 * (self.points - self.middle) @ self.along / self.length
        v = (self.points - self.middle) @ self.down
        lids = []
        for first in (0, _ACROSS):
            lid = np.arange(first, first + _ACROSS + 1) % len(u)
            lid = lid[np.argsort(u[lid])]
            lids.append(np.interp(_ALONG, u[lid], v[lid]))
        tall = _MIDDLE * np.abs(lids[0] - lids[1])
        down = np.mean(lids, axis=0) + np.linspace(-0.5, 0.5, 7)[:, None] * tall
        at = self.middle + 0.5 * self.length * _ALONG[None, :, None] * self.along
        at = (at + down[..., None] * self.down).astype(np.float32)
        grey = picture.astype(np.float32).mean(axis=-1)
        dark = -cv2.remap(grey, at[..., 0], at[..., 1], cv2.INTER_LINEAR).mean(axis=0)
        width = round(_IRIS / (_ALONG[1] - _ALONG[0])) // 2 * 2 + 1
        window = np.hanning(width + 2)[1:-1] + 0.5
        padded = np.pad(dark - dark.mean(), width // 2, constant_values=0)
        found = np.convolve(padded, window, mode="valid")
        return (found - found.mean()) / max(float(found.std()), 1e-6)

    def mask(self, side: int) -> np.ndarray:
        """``[S, S]`` float32, 1 within the eye."""
        mask = np.zeros((side, side), np.float32)
        cv2.fillPoly(mask, [np.rint(self.points).astype(np.int32)], 1.0)
        return cv2.GaussianBlur(mask, (0, 0), max(_SOFT * self.length, 0.3))
