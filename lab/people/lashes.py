"""Eyelashes: the head's own cards above and below each eye, cut into hairs."""

from functools import cache

import cv2
import numpy as np

from .heads import heads

# Rows and columns of the map of hairs; the upper lids' in the left half, the lower ones' right.
_MAP = (64, 512)
# In radii of the eyeball, from its middle: where lashes begin, and how long cards are.
_ROOT, _REACH = 1.09, 0.40
_LASHES = 3  # tells the seed of a person's lashes from that of their skin.


@cache
def lash_places() -> tuple[np.ndarray, np.ndarray]:
    """The cards' vertices, ``[N]``, and ``[N, 2]`` float32 places on the map of hairs, 0..1."""
    head = heads()
    cards = np.unique(head.faces[head.face_regions == head.regions.index("lashes")])
    uv = np.zeros((len(cards), 2), np.float32)
    for centre, radius in head.eyeballs(head.template):
        away = (head.template[cards] - centre) / radius
        its = np.linalg.norm(away, axis=1) < 2.2
        # Along the lid: by the direction in which a hair grows, seen from the front.
        turn = np.degrees(np.arctan2(away[:, 1], np.sign(centre[0]) * away[:, 0]))
        upper = turn > 0
        along = np.where(upper, turn, -turn) / 180
        uv[its, 0] = (0.5 * np.clip(along, 0, 0.998) + 0.5 * ~upper)[its]
        uv[its, 1] = np.clip((np.linalg.norm(away, axis=1) - _ROOT) / _REACH, 0, 1)[its]
    return cards, uv


def draw_lashes(strength: float, texture: int) -> np.ndarray:
    """``[64, 512]`` float32 opacity of the hairs, roots in the first row.

    Args:
        strength: 0 few and thin .. 1 long and dense.
        texture: of the person, whose hairs they are.
    """
    rng = np.random.default_rng((texture, _LASHES))
    high, wide = _MAP
    opacity = np.zeros(_MAP, np.float32)
    for upper in (True, False):
        count = int((22 if upper else 14) + 16 * strength)
        start = 0 if upper else wide // 2
        places = start + (np.arange(count) + rng.uniform(0.2, 0.8, count)) / count * wide / 2
        length = rng.uniform(0.55, 1.0, count) * (0.6 + 0.4 * strength) * (1 if upper else 0.55)
        lean = rng.normal(0, 5, count)
        for place, part, aside in zip(places, length, lean, strict=True):
            half = 1.4 + 1.6 * strength
            tip = [place + aside, part * (high - 1)]
            corners = np.array([[place - half, -1], [place + half, -1], tip])
            cv2.fillConvexPoly(opacity, np.round(corners * 16).astype(np.int32), 1.0, cv2.LINE_8, 4)
    return opacity
