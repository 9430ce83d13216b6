"""Spectacle frames: two rims, a bridge and temples."""

import numpy as np

from .appearance import Appearance
from .heads import heads

_SPOKES = 28
# By number: half width and height of a rim, its squareness, its thickness; decimetres.
FRAMES = {
    1: (0.235, 0.160, 3.0, 0.022),
    2: (0.205, 0.190, 2.0, 0.014),
    3: (0.245, 0.175, 4.0, 0.036),
    4: (0.235, 0.200, 2.4, 0.018),
    5: (0.240, 0.130, 5.0, 0.016),
    6: (0.220, 0.185, 2.0, 0.032),
    7: (0.255, 0.215, 2.8, 0.012),
    8: (0.215, 0.145, 3.4, 0.028),
    9: (0.190, 0.175, 2.2, 0.022),
}


def make_glasses(looks: Appearance, neutral: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``[N, 3]`` float32 vertices in the head's frame and ``[F, 3]`` int32 triangles."""
    wide, high, square, thick = FRAMES[looks.glasses]
    (left, radius), (right, _) = heads().eyeballs(neutral)
    vertices, faces = [], []

    def sheet(inner: np.ndarray, outer: np.ndarray) -> None:
        start, count = sum(map(len, vertices)), len(inner)
        index = np.arange(count - 1)
        a, b, c, d = index, index + 1, count + index + 1, count + index
        faces.append(start + np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)]))
        vertices.extend([inner, outer])

    turn = np.linspace(0, 2 * np.pi, _SPOKES + 1)
    # A superellipse: 2 is round, the more the squarer.
    around = [np.sign(part) * np.abs(part) ** (2 / square) for part in (np.cos(turn), np.sin(turn))]
    forward = radius + 0.13
    rims = []
    for centre, side in ((left, 1), (right, -1)):
        middle = centre + np.array([0.02 * side, -0.02, forward])

        def ring(
            grow: float, depth: float, middle: np.ndarray = middle, side: int = side
        ) -> np.ndarray:
            across = around[0] * (wide + grow)
            bow = -0.25 * (side * across / 0.3).clip(0) ** 2 * 0.3
            return middle + np.stack([across, around[1] * (high + grow), depth + bow], 1)

        sheet(ring(0, 0.01), ring(thick, 0.01))
        sheet(ring(thick, 0.01), ring(thick, -0.04))
        sheet(ring(0, 0.01), ring(0, -0.04))
        rims.append(middle)
    # Bridge: an arc between the rims.
    along = np.linspace(0, 1, 7)[:, None]
    inner_left, inner_right = (
        rims[0] - np.array([wide, -0.05, 0]),
        rims[1] + np.array([wide, 0.05, 0]),
    )
    arc = inner_left * (1 - along) + inner_right * along
    arc = arc + np.array([0, 0.03, 0.03]) * np.sin(np.pi * along)
    sheet(arc - np.array([0, thick / 2, 0]), arc + np.array([0, thick / 2, 0]))
    sheet(arc + np.array([0, thick / 2, 0]), arc + np.array([0, thick / 2, -0.04]))
    # Temples, from the rims' outer ends back over the ears.
    ears = heads().masks["ears"] > 0
    ear_top = neutral[ears][neutral[ears][:, 1] > np.percentile(neutral[ears][:, 1], 85)]
    reach = np.abs(ear_top[:, 0]).mean() - 0.04
    for middle, side in ((rims[0], 1), (rims[1], -1)):
        hinge = middle + np.array([side * (wide + thick), 0.06, -0.07])
        end = np.array([side * reach, ear_top[:, 1].mean(), ear_top[:, 2].mean()])
        bent = np.array([side * 0.05, 0, 0]) * np.sin(np.pi * along)
        temple = hinge * (1 - along) + end * along + bent
        sheet(temple - np.array([0, 0.022, 0]), temple + np.array([0, 0.022, 0]))
    return np.concatenate(vertices).astype(np.float32), np.concatenate(faces).astype(np.int32)
