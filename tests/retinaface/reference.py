"""An independent reading of RetinaFace's answers, in plain NumPy, and the pictures to try it on.

Shared by record_expectation.py, which runs the original network, and the tests, which run ours.
"""

from itertools import product
from math import ceil, exp
from pathlib import Path

import cv2
import numpy as np

from facedancer.utils.images import read_image

ROOT = Path(__file__).resolve().parents[2]
MIN_SCORE = 0.5
MAX_IOU = 0.4


def make_scenes() -> dict[str, np.ndarray]:
    """Name -> picture ``[H, W, 3]`` uint8 RGB, made of the two sample photographs."""
    photos = ROOT / "assets" / "photos"
    hopper = read_image(photos / "grace_hopper" / "grace_hopper.jpg")
    collins = read_image(photos / "eileen_collins" / "astronaut.png")
    small = [fit(hopper, 320), fit(collins, 320)[:, ::-1], fit(hopper, 200)[:, ::-1]]
    tiles = [*small, rotate(fit(collins, 300), 20)]
    corners = [(0, 0), (0, 320), (360, 40), (330, 330)]
    faces = place(tiles, corners, np.full((640, 640, 3), 127, np.uint8))
    tiny = place([fit(collins, 160)], [(97, 203)], np.zeros((421, 637, 3), np.uint8))
    return {
        "hopper at 640": fit(hopper, 640),
        "collins at 640": fit(collins, 640),
        "four faces": faces,
        "small face, odd size": tiny,
        "rotated by -25 degrees, odd size": rotate(fit(hopper, 640), -25)[:639, :541],
        "large face, cut off": fit(collins[80:210, 190:320], 640),
    }


def fit(image: np.ndarray, longer: int) -> np.ndarray:
    """Resizes so that the longer side is ``longer``, bit for bit alike on every machine."""
    scale = longer / max(image.shape[:2])
    size = [round(side * scale) for side in image.shape[1::-1]]
    return cv2.resize(image, size, interpolation=cv2.INTER_LINEAR_EXACT)


def place(
    tiles: list[np.ndarray], corners: list[tuple[int, int]], canvas: np.ndarray
) -> np.ndarray:
    """Lays each tile on the canvas with its top left corner at (row, column)."""
    for tile, (top, left) in zip(tiles, corners, strict=True):
        canvas[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
    return canvas


def rotate(image: np.ndarray, degrees: float) -> np.ndarray:
    """Rotates about the centre, size kept, nearest neighbour; black where the picture ends."""
    height, width = image.shape[:2]
    y, x = np.mgrid[:height, :width] - np.reshape([height / 2, width / 2], (2, 1, 1))
    turn = np.exp(1j * np.deg2rad(degrees)) * (x + 1j * y)
    x, y = np.rint(turn.real + width / 2), np.rint(turn.imag + height / 2)
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    result = np.zeros_like(image)
    result[inside] = image[y[inside].astype(int), x[inside].astype(int)]
    return result


def reference_anchors(height: int, width: int) -> np.ndarray:
    """``[N, 4]`` centre x, centre y, width, height as fractions of the picture, one by one."""
    anchors = []
    for stride, sizes in ((8, (16, 32)), (16, (64, 128)), (32, (256, 512))):
        for row, column in product(range(ceil(height / stride)), range(ceil(width / stride))):
            for size in sizes:
                x, y = (column + 0.5) * stride / width, (row + 0.5) * stride / height
                anchors.append((x, y, size / width, size / height))
    return np.array(anchors)


def reference_decode(
    box: np.ndarray, landmarks: np.ndarray, anchor: np.ndarray, height: int, width: int
) -> tuple[list[float], list[tuple[float, float]]]:
    """One candidate's offsets -> box (left, top, right, bottom) and five points in pixels."""
    x, y, w, h = anchor
    centre_x, centre_y = x + 0.1 * box[0] * w, y + 0.1 * box[1] * h
    box_w, box_h = w * exp(0.2 * box[2]), h * exp(0.2 * box[3])
    left, top = (centre_x - box_w / 2) * width, (centre_y - box_h / 2) * height
    points = [
        ((x + 0.1 * dx * w) * width, (y + 0.1 * dy * h) * height)
        for dx, dy in landmarks.reshape(5, 2)
    ]
    return [left, top, left + box_w * width, top + box_h * height], points


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union of two boxes."""
    sides = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    common = np.prod(np.maximum(sides, 0))
    return common / (np.prod(a[2:4] - a[:2]) + np.prod(b[2:4] - b[:2]) - common)


def reference_detections(
    boxes: np.ndarray, landmarks: np.ndarray, scores: np.ndarray, height: int, width: int
) -> np.ndarray:
    """The network's answers for one picture -> ``[K, 15]`` box, landmarks, score; best first."""
    anchors = reference_anchors(height, width)
    rows: list[np.ndarray] = []
    for index in np.argsort(-scores, kind="stable"):
        if scores[index] <= MIN_SCORE:
            break
        parts = reference_decode(boxes[index], landmarks[index], anchors[index], height, width)
        row = np.concatenate([np.ravel(part) for part in parts] + [scores[index : index + 1]])
        if all(overlap(row[:4], better[:4]) <= MAX_IOU for better in rows):
            rows.append(row)
    return np.array(rows)
