"""The 68 landmarks of iBUG's 300-W on the template head, as vertices."""

import numpy as np

# The left half of the 68 landmarks of the iBUG scheme, seen straight ahead: (x, y) in decimetres.
_JAW = (
    (0.72, 7.15), (0.71, 6.95), (0.68, 6.78), (0.63, 6.64), (0.55, 6.50), (0.45, 6.38),
    (0.32, 6.28), (0.17, 6.21),
)  # fmt: skip
_CHIN = ((0, 6.19),)
_BROW = ((0.12, 7.46), (0.22, 7.51), (0.33, 7.54), (0.44, 7.53), (0.54, 7.48))
_BRIDGE = ((0, 7.27), (0, 7.15), (0, 7.04), (0, 6.94))
_NOSE = ((0, 6.82), (0.07, 6.84), (0.14, 6.87))
_EYE = ((0.165, 7.265), (0.25, 7.322), (0.36, 7.328), (0.437, 7.285), (0.36, 7.243), (0.25, 7.25))
_UPPER_LIP = ((0, 6.71), (0.07, 6.735), (0.17, 6.70), (0.255, 6.61))
_LOWER_LIP = ((0, 6.485), (0.08, 6.495), (0.17, 6.53))
_INNER_LIPS = ((0, 6.615), (0.1, 6.615), (0.235, 6.61), (0.1, 6.605), (0, 6.605))


def landmarks(template: np.ndarray, skin: np.ndarray, jaw_open: np.ndarray) -> np.ndarray:
    """``[68]`` vertices in the order of iBUG's 300-W.

    Args:
        template: ``[V, 3]``.
        skin: the vertices to choose from.
        jaw_open: ``[V, 3]``, how the open jaw moves them: tells the lower lip from the upper.
    """
    lower = jaw_open[:, 1] < -0.1
    mirror = np.full(len(template), -1)
    mirror[skin] = skin[mirrored(template[skin])]

    def pick(points: tuple, choice: np.ndarray) -> list[int]:
        offsets = template[choice][:, None, :2] - np.array(points, float)
        # Of vertices one behind the other, the foremost.
        cost = np.linalg.norm(offsets, axis=2) - 0.08 * template[choice][:, None, 2]
        return choice[cost.argmin(axis=0)].tolist()

    above, below = skin[~lower[skin]], skin[lower[skin]]
    jaw, brow, eye = pick(_JAW, skin), pick(_BROW, skin), pick(_EYE, above)
    chin, bridge, nose = pick(_CHIN, skin), pick(_BRIDGE, skin), pick(_NOSE, above)
    upper, under = pick(_UPPER_LIP, above), pick(_LOWER_LIP, below)
    inner = pick(_INNER_LIPS[:3], above) + pick(_INNER_LIPS[3:], below)

    def other(vertices: list[int]) -> list[int]:
        return mirror[vertices].tolist()

    return np.array(
        other(jaw) + chin + jaw[::-1]
        + other(brow[::-1]) + brow
        + bridge + other(nose[:0:-1]) + nose
        + other([eye[i] for i in (3, 2, 1, 0, 5, 4)]) + eye
        + other(upper[:0:-1]) + upper + under[:0:-1] + under[:1] + other(under[1:])
        + other([inner[2], inner[1]]) + inner + other([inner[3]])
    )  # fmt: skip


def mirrored(points: np.ndarray) -> np.ndarray:
    """``[N]``: for each of ``[N, 3]`` points the one nearest to its image on the other side."""
    images = points * [-1, 1, 1]
    nearest = [
        ((images[start : start + 512, None] - points) ** 2).sum(axis=2).argmin(axis=1)
        for start in range(0, len(points), 512)
    ]
    return np.concatenate(nearest)
