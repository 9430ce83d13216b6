"""Mouths opened in pictures of faces, and teeth drawn into them: renders show few broad smiles."""

import cv2
import numpy as np

# Of the outline: around the lips, and around the opening.
_LIPS, _OPENING = slice(0, 12), slice(12, 20)
# Of iBUG's order: the corners of the opening, and its halves.
_RIGHT_CORNER, _LEFT_CORNER = 12, 16
_FINER = 4
# Of the smiles: those whose teeth fill the opening.
_SHARE_CLENCHED = 0.4


def open_mouth(
    crop: np.ndarray, outline: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draws a mouth's lips apart and shows teeth, a tongue or the dark.

    Args:
        crop: ``[S, S, 3]`` float32 RGB in 0..255.
        outline: ``[20, 2]``, its lips' points, see `lip_outline`.
        rng: chance.

    Returns:
        Both of the mouth that is open.
    """
    side = len(crop)
    right, left = outline[_RIGHT_CORNER], outline[_LEFT_CORNER]
    along = left - right
    length = float(np.linalg.norm(along))
    if length < 0.05 * side:  # A mouth seen from its edge.
        return crop, outline
    along = along / length
    down = np.array([-along[1], along[0]])
    down = down if down[1] > 0 else -down
    rise, fall = 0.07 * rng.beta(1, 2) * side, 0.2 * rng.beta(1.2, 2) * side
    bulge, bow = rng.uniform(0.5, 1.2), rng.uniform(-0.04, 0.1) * side
    reach = rng.uniform(0.15, 0.3) * side

    # In the mouth's own frame: u along from corner to corner in -1..1, v down from the line that
    # joins the opening's upper and lower lip.
    middle = (right + left) / 2
    upper, lower = outline[[13, 14, 15]], outline[[19, 18, 17]]
    joint = np.concatenate([[right], (upper + lower) / 2, [left]])
    knots = 2 * (joint - middle) @ along / length
    heights = (joint - middle) @ down
    order = np.argsort(knots)
    knots, heights = knots[order], heights[order]

    def framed(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        u = 2 * (points - middle) @ along / length
        return u, (points - middle) @ down - np.interp(u, knots, heights)

    def profile(u: np.ndarray) -> np.ndarray:
        return np.clip(1 - u**2, 0, 1) ** bulge

    def bent(u: np.ndarray) -> np.ndarray:  # A smile: the middle hangs, the corners rise.
        return bow * np.clip(1 - u**2, -0.6, 1)

    rows, columns = np.mgrid[:side, :side].astype(np.float32)
    u, v = framed(np.stack([columns, rows], axis=-1))
    far = np.exp(-((v / reach) ** 2)) * np.exp(-(np.clip(np.abs(u) - 1, 0, None) ** 2) / 0.3)
    shift = bent(u) * far
    v = v - shift
    apart = np.where(v < 0, -rise, fall) * profile(u)
    # Lips keep their thickness: what is near the line moves whole, what is far not at all.
    moved = apart * np.exp(-((np.clip(np.abs(v) - np.abs(apart), 0, None) / reach) ** 2))
    back = shift + np.where(np.abs(v) < np.abs(apart), v, moved)
    places = np.stack([columns, rows], axis=-1) - back[..., None] * down
    places = places.astype(np.float32)
    drawn = cv2.remap(
        crop, places[..., 0], places[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    u, v = framed(outline)
    way = np.where(v < 0, -1, 1)
    way[[0, 6, 12, 16]] = 0
    way[[*range(1, 6), 13, 14, 15]], way[[*range(7, 12), 17, 18, 19]] = -1, 1
    step = np.where(way < 0, -rise, np.where(way > 0, fall, 0)) * profile(u) + bent(u)
    points = (outline + step[:, None] * down).astype(np.float32)
    inside = _inside(points[_OPENING], side, rng.uniform(0.4, 1.0))
    mouth = _mouth(points, along, down, side, rng)
    light = np.clip(crop.mean() / 120, 0.3, 1.5) * rng.uniform(0.7, 1.2)
    drawn = drawn + inside[..., None] * (light * mouth - drawn)
    return np.clip(drawn, 0, 255).astype(np.float32), points


def _inside(opening: np.ndarray, side: int, soft: float) -> np.ndarray:
    mask = np.zeros((side * _FINER, side * _FINER), np.uint8)
    cv2.fillPoly(mask, [np.rint((opening + 0.5) * _FINER - 0.5).astype(np.int32)], 255)
    mask = cv2.resize(mask, (side, side), interpolation=cv2.INTER_AREA) / np.float32(255)
    return cv2.GaussianBlur(mask, (0, 0), soft)


def _mouth(
    points: np.ndarray, along: np.ndarray, down: np.ndarray, side: int, rng: np.random.Generator
) -> np.ndarray:
    """``[S, S, 3]``: the dark, a tongue and one or two rows of teeth, as if lips hid nothing."""
    opening = points[_OPENING]
    middle = (opening[0] + opening[4]) / 2
    length = max(float(np.linalg.norm(opening[4] - opening[0])), 1.0)
    rows, columns = np.mgrid[:side, :side].astype(np.float32)
    place = np.stack([columns, rows], axis=-1) - middle
    u, v = 2 * (place @ along) / length, place @ down
    dark = rng.uniform(5, 70) * np.array([1, rng.uniform(0.4, 1), rng.uniform(0.4, 1)])
    picture = np.broadcast_to(dark, (side, side, 3)).astype(np.float32)
    if rng.random() < 0.4:  # A tongue, below.
        low = (opening[5:].mean(axis=0) - middle) @ down
        tongue = np.clip((v - low + rng.uniform(0.02, 0.1) * side) / 3, 0, 1) * (np.abs(u) < 0.7)
        colour = np.array([1, rng.uniform(0.4, 0.75), rng.uniform(0.4, 0.75)])
        colour = colour * rng.uniform(80, 200)
        picture = picture + tongue[..., None] * (colour - picture)
    ivory = np.array([1, rng.uniform(0.88, 1), rng.uniform(0.7, 1)]) * rng.uniform(150, 255)
    top = (opening[2] - middle) @ down
    bottom = (opening[6] - middle) @ down
    meet = rng.random() < _SHARE_CLENCHED
    gap = max(bottom - top, 1.0)
    share = rng.uniform(0.4, 1.2)
    for is_upper in (True, False):
        if not meet and rng.random() > (0.85 if is_upper else 0.35):
            continue
        edge = top if is_upper else bottom
        tall = rng.uniform(0.03, 0.13) * side
        if meet:  # Upper teeth down to the lower ones, or to the lip.
            tall = gap * (share if is_upper else 1 - share) + 0.5
        bend = rng.uniform(0, 0.12) * length
        # How far from the gum.
        depth = (v - edge if is_upper else edge - v) + bend * u**2
        teeth = np.clip((tall * (1 - 0.35 * u**2) - depth) / 0.8, 0, 1) * (np.abs(u) < 1)
        teeth *= np.clip((rng.uniform(0.75, 1.05) - np.abs(u)) / 0.12, 0, 1)
        count = rng.uniform(6, 13)
        gaps = np.abs(np.sin(np.pi * count * np.arcsin(np.clip(u, -1, 1)) / 2))
        shade = 1 - rng.uniform(0, 0.5) * np.clip(1 - gaps / 0.35, 0, 1)
        shade = shade * (1 - rng.uniform(0.1, 0.6) * u**2)
        colour = ivory * shade[..., None]
        if rng.random() < 0.3:  # Gums.
            gum = np.clip(rng.uniform(0.005, 0.03) * side - depth, 0, 1)[..., None]
            pink = np.array([0.9, rng.uniform(0.45, 0.65), rng.uniform(0.45, 0.65)])
            colour = colour + gum * (pink * rng.uniform(120, 240) - colour)
        picture = picture + teeth[..., None] * (colour - picture)
    return picture
