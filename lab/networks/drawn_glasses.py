"""Glasses drawn onto crops of faces: what a network must see as not face, in many forms."""

import dataclasses

import cv2
import numpy as np

from facedancer.utils.alignment import template

# Drawn larger, then made smaller, so that thin rims have smooth edges.
_FINER = 4
_SPOKES = 48
_SHARE_RIMLESS, _SHARE_BROWLINE, _SHARE_METAL = 0.1, 0.25, 0.3
_SHARE_TINTED, _SHARE_DARK, _SHARE_REFLECTING, _SHARE_SHADOW = 0.15, 0.06, 0.4, 0.6
# A lens that hides more than this is not face.
_HIDES = 0.6


@dataclasses.dataclass(frozen=True, eq=False)
class _Rim:
    """Both rims' form, in pixels of the crop.

    Attributes:
        outlines: ``[2, P, 2]``, the left lens and the right one.
        above: ``[P]`` in 0..1: 0 at the lens's lower half, 1 at its upper one.
        outer: numbers of the outlines' points where the temples begin.
        inner: the same where the bridge does.
    """

    outlines: np.ndarray
    above: np.ndarray
    outer: tuple[int, int]
    inner: tuple[int, int]


class _Layer:
    """A layer of colour with its cover, drawn `_FINER` times as large."""

    def __init__(self, side: int) -> None:
        self._side = side
        self._colour = np.zeros((side * _FINER, side * _FINER, 3), np.float32)
        self._cover = np.zeros((side * _FINER, side * _FINER), np.float32)

    def line(self, points: np.ndarray, width: float, colour: np.ndarray, cover: float) -> None:
        """Draws a line through points of the crop, ``width`` of its pixels wide."""
        ends = np.rint((points + 0.5) * _FINER - 0.5).astype(np.int32)
        thick = max(round(width * _FINER), 1)
        cv2.polylines(self._colour, [ends], False, [float(c * cover) for c in colour], thick)
        cv2.polylines(self._cover, [ends], False, cover, thick)

    def drawn(self) -> tuple[np.ndarray, np.ndarray]:
        """``[S, S, 3]`` colours times cover in 0..255, and ``[S, S]`` cover in 0..1."""
        size = (self._side, self._side)
        colour = cv2.resize(self._colour, size, interpolation=cv2.INTER_AREA)
        return colour, cv2.resize(self._cover, size, interpolation=cv2.INTER_AREA)


def wear_glasses(
    crop: np.ndarray, mask: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draws glasses over the eyes, with their shadow, reflections and tint.

    Args:
        crop: ``[S, S, 3]`` float32 RGB in 0..255, aligned.
        mask: ``[S, S]`` float32 in 0..1, 1: face.
        rng: chance.

    Returns:
        Both with glasses: rims, bridge and temples are not face, nor are lenses that hide the eyes.
    """
    side = len(crop)
    rim = _rim(side, rng)
    layer = _Layer(side)
    _draw_frame(layer, rim, side, rng)
    colour, cover = layer.drawn()
    if rng.random() < _SHARE_SHADOW:
        shift = np.float32([[1, 0, rng.uniform(-2, 2)], [0, 1, rng.uniform(0.5, 5)]])
        shadow = cv2.warpAffine(cover, shift, (side, side))
        shadow = cv2.GaussianBlur(shadow, (0, 0), rng.uniform(0.7, 2.5)) * rng.uniform(0.1, 0.6)
        crop = crop * (1 - shadow[..., None])
    crop, hidden = _behind_lenses(crop, rim, rng)
    crop = crop * (1 - cover[..., None]) + colour
    seen = 1 - np.maximum(np.minimum(1.5 * cover, 1), hidden)
    return np.clip(crop, 0, 255).astype(np.float32), (mask * seen).astype(np.float32)


def _rim(side: int, rng: np.random.Generator) -> _Rim:
    half = np.array([rng.uniform(0.1, 0.19), rng.uniform(0.06, 0.145)]) * side
    turn = np.linspace(0, 2 * np.pi, _SPOKES, endpoint=False)
    cosine, sine = np.cos(turn), np.sin(turn)  # The image's y: positive is below.
    # A superellipse, with other corners above than below: 2 is round, more has corners.
    corner = np.where(sine < 0, rng.uniform(2, 6), rng.uniform(1.8, 4.5))
    x = np.sign(cosine) * np.abs(cosine) ** (2 / corner) * half[0]
    y = np.sign(sine) * np.abs(sine) ** (2 / corner) * half[1]
    # Cat's eyes rise outwards; an aviator's lens hangs outwards.
    outwards = np.clip(x / half[0], -1, 1)
    y -= rng.uniform(0, 0.35) * half[1] * np.clip(outwards, 0, 1) ** 2 * (sine < 0.3)
    y += rng.uniform(-0.1, 0.3) * half[1] * np.clip(outwards, -1, 1) * (sine > 0)
    x *= 1 - rng.uniform(0, 0.25) * np.clip(y / half[1], 0, 1)
    eyes = template(side)[:2]
    below, outer = rng.uniform(-0.01, 0.05) * side, rng.uniform(-0.01, 0.03) * side
    turned = rng.uniform(-0.2, 0.2)  # A turned head shows one lens narrower.
    place = rng.normal(0, 0.015, 2) * side
    outlines = []
    for eye, way, scale in zip(eyes, (-1, 1), (1 - turned, 1 + turned), strict=True):
        centre = eye + place + [way * outer, below]
        outlines.append(centre + np.stack([way * x * min(scale, 1), y], axis=1))
    above = np.clip(0.5 - (sine - rng.uniform(-0.6, 0.2)) * rng.uniform(1, 6), 0, 1)
    quarter = _SPOKES // 2
    at_temple = int(rng.integers(0, _SPOKES // 6))
    at_bridge = int(rng.integers(0, _SPOKES // 7))
    return _Rim(
        np.stack(outlines).astype(np.float32),
        above.astype(np.float32),
        (-at_temple % _SPOKES,) * 2,
        (quarter + at_bridge,) * 2,
    )


def _draw_frame(layer: _Layer, rim: _Rim, side: int, rng: np.random.Generator) -> None:
    scale = side / 128
    colours = [_frame_colour(rng) for _ in range(2)]
    below, above = rng.uniform(0.5, 3.2) * scale, rng.uniform(0.8, 4.5) * scale
    covers = [1.0, 1.0]
    if rng.random() < _SHARE_METAL:
        below = above = rng.uniform(0.4, 1.4) * scale
    if rng.random() < _SHARE_BROWLINE:  # Dark and thick above; thin, bright or clear below.
        colours[1] = rng.uniform(0, 60, 3)
        below, above = rng.uniform(0.4, 2.2) * scale, rng.uniform(1.8, 4.5) * scale
    elif rng.random() < 0.6:
        colours[1] = colours[0]
    if rng.random() < 0.35:
        covers[0] = rng.uniform(0.35, 0.9)
    if rng.random() < 0.15:
        covers[1] = covers[0]
    if rng.random() < _SHARE_RIMLESS:
        covers[0] = 0.0 if rng.random() < 0.5 else rng.uniform(0.1, 0.3)
        below = 0.6 * scale
        if rng.random() < 0.4:
            covers[1], above = covers[0], below
    edge = rng.uniform(-60, 90) if rng.random() < 0.5 else None
    gleams = [(rng.integers(_SPOKES), rng.integers(1, 7)) for _ in range(rng.integers(0, 4))]
    for outline in rim.outlines:
        closed = np.concatenate([outline, outline[:1]])
        for number in range(_SPOKES):
            share = rim.above[number]
            colour = colours[0] + share * (colours[1] - colours[0])
            width, cover = below + share * (above - below), covers[0] + share * np.diff(covers)[0]
            if cover > 0.02:
                layer.line(closed[number : number + 2], width, colour, float(cover))
                if edge is not None and width > 1.2 * scale:
                    bright = np.clip(colour + edge, 0, 255)
                    layer.line(closed[number : number + 2], 0.35 * width, bright, float(cover))
        for start, length in gleams:
            at = np.arange(start, start + length + 1) % _SPOKES
            width = max(0.5 * (below + rim.above[start] * (above - below)), 0.4)
            layer.line(outline[at], width, rng.uniform(170, 255, 3), rng.uniform(0.4, 1))
    left, right = (outline[at] for outline, at in zip(rim.outlines, rim.inner, strict=True))
    along = np.linspace(0, 1, 9)[:, None]
    arch = 4 * along * (1 - along) * [0, -rng.uniform(-0.005, 0.035) * side]
    at_bridge = 0 if rng.random() < 0.7 else 1
    layer.line(
        left + along * (right - left) + arch,
        rng.uniform(0.6, 2.8) * scale,
        colours[at_bridge],
        max(covers[at_bridge], 0.6),
    )
    for outline, at, way in zip(rim.outlines, rim.outer, (-1, 1), strict=True):
        end = outline[at] + [way * rng.uniform(0.02, 0.25) * side, rng.uniform(-0.03, 0.03) * side]
        layer.line(np.stack([outline[at], end]), above, colours[1], max(covers[1], 0.6))


def _frame_colour(rng: np.random.Generator) -> np.ndarray:
    kind = rng.integers(5)
    if kind == 0:  # Black and nearly so.
        return rng.uniform(0, 60, 3)
    if kind == 1:  # Horn, amber, gold.
        return np.array([1, rng.uniform(0.45, 0.85), rng.uniform(0.1, 0.55)]) * rng.uniform(60, 255)
    if kind == 2:  # Steel, clear plastic.
        return rng.uniform(70, 245) + rng.uniform(-15, 15, 3)
    if kind == 3:  # About as light as skin.
        return np.array([1, rng.uniform(0.6, 0.8), rng.uniform(0.4, 0.7)]) * rng.uniform(90, 230)
    return rng.uniform(0, 255, 3)


def _behind_lenses(
    crop: np.ndarray, rim: _Rim, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The crop seen through tinted or reflecting lenses, and where they hide it."""
    side = len(crop)
    lens = np.zeros((side, side), np.uint8)
    cv2.fillPoly(lens, [np.rint(outline).astype(np.int32) for outline in rim.outlines], 255)
    inside = lens / np.float32(255)
    hidden = np.zeros((side, side), np.float32)
    if rng.random() < _SHARE_DARK:
        dense = inside * rng.uniform(0.65, 1)
        crop = crop + dense[..., None] * (rng.uniform(0, 70, 3) - crop)
        hidden = inside
    elif rng.random() < _SHARE_TINTED:
        thin = inside * rng.uniform(0.05, 0.35)
        crop = crop + thin[..., None] * (rng.uniform(0, 255, 3) - crop)
    if rng.random() < _SHARE_REFLECTING:
        shine = np.zeros((side, side), np.float32)
        for _ in range(rng.integers(1, 4)):
            middle = rim.outlines[rng.integers(2)].mean(axis=0) + rng.normal(0, 0.05, 2) * side
            size = rng.uniform(0.01, 0.07, 2) * side
            corners = middle + (rng.uniform(-1, 1, (int(rng.integers(3, 6)), 2)) * size)
            hull = cv2.convexHull(np.rint(corners).astype(np.int32))
            cv2.fillConvexPoly(shine, hull, float(rng.uniform(0.1, 0.9)))
        shine = cv2.GaussianBlur(shine, (0, 0), rng.uniform(0.4, 2.5)) * inside
        crop = crop + shine[..., None] * (rng.uniform(170, 255, 3) - crop)
        hidden = np.maximum(hidden, shine > _HIDES)
    return crop.astype(np.float32), hidden.astype(np.float32)
