"""Things before the face: bars, hands, microphones, mugs, scarves, leaves."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import cv2
import numpy as np


class Occluder(IntEnum):
    """The label's values."""

    NONE = 0
    BAR = 1
    HAND = 2
    MICROPHONE = 3
    MUG = 4
    SCARF = 5
    LEAF = 6


SHARE = 0.16  # of the pictures with an occluder.
_BULGE = 0.55  # of the way from the eyes to the mouth
_SHIFT = 4  # fractional bits of OpenCV's coordinates
_ONE = 1 << _SHIFT


@dataclass(frozen=True)
class _Layer:
    """The picture that is drawn on, and its face. Lengths are pixels, places x and y."""

    rng: np.random.Generator
    reflectance: np.ndarray  # [side, side, 3] float32
    cover: np.ndarray  # [side, side] uint8
    eyes: np.ndarray  # [2] the middle between them
    mouth: np.ndarray  # [2]
    unit: float  # from the eyes to the mouth

    def put(self, colour: np.ndarray, draw: Callable[[np.ndarray], None]) -> None:
        """Adds a shape of one colour; ``draw`` draws it, 255, into a [side, side] uint8."""
        shape = np.zeros_like(self.cover)
        draw(shape)
        np.maximum(self.cover, shape, out=self.cover)
        part = shape.astype(np.float32)[..., None] / 255
        # The colour reaches beyond the shape, so that its border does not darken when blurred.
        grown = cv2.dilate(part[..., 0], np.ones((5, 5), np.uint8))[..., None]
        mixed = np.maximum(part, grown * (self.reflectance == 0))
        self.reflectance[:] += (np.asarray(colour, np.float32) - self.reflectance) * mixed

    def put_capsule(
        self, colour: np.ndarray, start: np.ndarray, end: np.ndarray, radius: float
    ) -> None:
        """Adds a thick line with round ends."""
        aside = np.array([start[1] - end[1], end[0] - start[0]])
        aside = aside / (np.linalg.norm(aside) + 1e-6) * radius
        corners = _fixed([start + aside, end + aside, end - aside, start - aside])

        def draw(shape: np.ndarray) -> None:
            cv2.fillConvexPoly(shape, corners, 255, cv2.LINE_AA, _SHIFT)
            for middle in (start, end):
                thick = int(radius * _ONE)
                cv2.circle(shape, _place(middle), thick, 255, -1, cv2.LINE_AA, _SHIFT)

        self.put(colour, draw)

    def put_ellipse(
        self,
        colour: np.ndarray,
        middle: np.ndarray,
        axes: tuple[float, float],
        turn: float,
        thickness: int = -1,
    ) -> None:
        """Adds an ellipse, or with a thickness its outline; ``turn`` in degrees."""
        sizes = tuple(int(axis * _ONE) for axis in axes)
        self.put(
            colour,
            lambda shape: cv2.ellipse(
                shape, _place(middle), sizes, turn, 0, 360, 255, thickness, cv2.LINE_AA, _SHIFT
            ),
        )


def draw_occluder(
    rng: np.random.Generator, kind: Occluder, side: int, landmarks: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A layer to lay over the picture.

    Args:
        rng: where chance comes from.
        kind: what to draw; not `Occluder.NONE`.
        side: the layer's side in pixels.
        landmarks: ``[5, 2]`` of the face in the same pixels.

    Returns:
        ``[side, side, 3]`` float32 linear reflectance, ``[side, side]`` float32 coverage in 0..1,
        and ``[side, side, 3]`` float32 unit normals in the camera's frame.
    """
    eyes, mouth = landmarks[:2].mean(axis=0), landmarks[3:].mean(axis=0)
    layer = _Layer(
        rng,
        np.zeros((side, side, 3), np.float32),
        np.zeros((side, side), np.uint8),
        eyes,
        mouth,
        float(np.linalg.norm(mouth - eyes)) + 1e-3,
    )
    _DRAW[kind](layer)
    softness = rng.uniform(0.25, 1.0) * side / 128
    alpha = cv2.GaussianBlur(layer.cover.astype(np.float32) / 255, (0, 0), softness)
    return layer.reflectance, alpha, _round_normals(alpha, layer.unit)


def _round_normals(alpha: np.ndarray, unit: float) -> np.ndarray:
    """The normals of a body that bulges towards the camera and falls off to its borders."""
    near = cv2.GaussianBlur(alpha, (0, 0), 0.05 * unit + 0.5)
    far = cv2.GaussianBlur(alpha, (0, 0), 0.16 * unit + 0.5)
    height = _BULGE * unit * np.sqrt(near * far)
    down, right = np.gradient(height)
    normals = np.stack([-right, down, np.ones_like(height)], axis=-1)
    return normals / np.linalg.norm(normals, axis=-1, keepdims=True)


def _bar(layer: _Layer) -> None:
    rng, unit = layer.rng, layer.unit
    at = layer.eyes + (layer.mouth - layer.eyes) * rng.uniform(-0.5, 1.5)
    at = at + rng.normal(0, 0.45 * unit, 2)
    turn = rng.uniform(0, np.pi)
    way = np.array([np.cos(turn), np.sin(turn)]) * 4 * len(layer.cover)
    radius = unit * rng.uniform(0.06, 0.24)
    layer.put_capsule(_paint(rng), at - way, at + way, radius)


def _hand(layer: _Layer) -> None:
    """Four fingers and a palm from below or aside, over cheek, mouth or chin."""
    rng, unit = layer.rng, layer.unit
    side = rng.choice([-1, 1])
    reach = np.array([side * rng.uniform(0.1, 0.9), rng.uniform(-0.8, 0.3)])
    away = np.array([side * rng.uniform(0.2, 1.0), rng.uniform(0.4, 1.0)])
    away /= np.linalg.norm(away)
    aside = np.array([-away[1], away[0]])
    dark = rng.random()
    skin = np.array([0.62, 0.42, 0.33]) ** (1 - dark) * np.array([0.07, 0.035, 0.025]) ** dark
    width = unit * rng.uniform(0.13, 0.17)
    spread = rng.uniform(0.0, 0.10)
    palm = layer.mouth + reach * unit + away * unit * 1.25
    layer.put_capsule(skin, palm, palm + away * unit * 3, width * 2.2)
    for finger, length in enumerate((0.92, 1.06, 1.0, 0.78)):
        root = palm + aside * (finger - 1.5) * width * 1.95
        end = palm + aside * (finger - 1.5) * width * 1.95 * (1 + spread * 4)
        # Each finger a little lighter or darker, so that they part.
        shade = skin * (0.82 + 0.12 * (finger % 2) + 0.1 * rng.random())
        layer.put_capsule(shade, root, end - away * unit * 1.1 * length, width * 0.9)


def _microphone(layer: _Layer) -> None:
    rng, unit = layer.rng, layer.unit
    head = layer.mouth + rng.normal(0, 0.22, 2) * unit + np.array([0, 0.35 * unit])
    turn = rng.normal(0, 0.5)
    way = np.array([np.sin(turn), np.cos(turn)])
    radius = unit * rng.uniform(0.24, 0.40)
    grey = rng.uniform(0.015, 0.25)
    tint = _paint(rng) if rng.random() < 0.4 else np.full(3, grey)
    shaft = np.full(3, rng.uniform(0.01, 0.08))
    layer.put_capsule(shaft, head + way * radius, head + way * unit * 6, radius * 0.55)
    layer.put_capsule(tint, head, head + way * radius * 0.4, radius)
    wires = (np.indices(layer.cover.shape).sum(axis=0) // max(1, round(unit / 14))) % 2
    layer.reflectance[:] *= (0.85 + 0.3 * wires.astype(np.float32))[..., None]


def _mug(layer: _Layer) -> None:
    rng, unit = layer.rng, layer.unit
    middle = layer.mouth + np.array([rng.normal(0, 0.12), rng.uniform(0.25, 0.75)]) * unit
    wide, high = unit * rng.uniform(0.45, 0.62), unit * rng.uniform(0.6, 0.9)
    colour = _paint(rng)
    lean = rng.normal(0, 0.15)
    turned = np.array([[np.cos(lean), -np.sin(lean)], [np.sin(lean), np.cos(lean)]])
    side = rng.choice([-1, 1])
    handle = middle + turned @ np.array([side * wide, 0.1 * high])
    axes, thickness = (wide * 0.45, high * 0.55), max(1, int(unit * 0.13))
    layer.put_ellipse(colour * 0.9, handle, axes, float(np.degrees(lean)), thickness)
    foot = (wide * 0.9, high * 1.2)
    corners = np.array([[-wide, -high], [wide, -high], foot, [-foot[0], foot[1]]])
    box = _fixed(middle + corners @ turned.T)
    layer.put(colour, lambda shape: cv2.fillConvexPoly(shape, box, 255, cv2.LINE_AA, _SHIFT))


def _scarf(layer: _Layer) -> None:
    """A cloth from below up to the chin, the mouth or the nose."""
    rng, unit, mouth, side = layer.rng, layer.unit, layer.mouth, len(layer.cover)
    top = mouth[1] + unit * rng.uniform(-0.45, 0.35)
    x = np.linspace(-5, side + 5, 24)
    waves = sum(rng.normal(0, 0.05) * np.sin(x / unit * k + rng.uniform(0, 6)) for k in (1, 2, 3))
    bow = 0.12 * ((x - mouth[0]) / unit) ** 2
    edge = np.stack([x, top + unit * (waves - bow.clip(0, 0.6))], 1)
    outline = _fixed(np.concatenate([edge, [[side + 5, side + 5], [-5, side + 5]]]))
    colour, other = _paint(rng), _paint(rng)
    layer.put(colour, lambda shape: cv2.fillPoly(shape, [outline], 255, cv2.LINE_AA, _SHIFT))
    y, across = np.indices(layer.cover.shape)
    turn, period = rng.uniform(0, np.pi), unit * rng.uniform(0.15, 0.6)
    stripes = np.sin((across * np.cos(turn) + y * np.sin(turn)) * 2 * np.pi / period)
    if rng.random() < 0.5:
        striped = ((stripes > 0.3) * (layer.cover > 0))[..., None].astype(np.float32)
        layer.reflectance[:] += (other - layer.reflectance) * striped
    folds = np.sin((y - 0.25 * np.abs(across - mouth[0])) / unit * rng.uniform(5, 9))
    layer.reflectance[:] *= (1 + 0.18 * folds)[..., None].astype(np.float32)


def _leaf(layer: _Layer) -> None:
    """Some leaves near the lens."""
    rng, unit = layer.rng, layer.unit
    for _ in range(int(rng.integers(2, 5))):
        at = layer.eyes + (layer.mouth - layer.eyes) * rng.uniform(-0.6, 1.6)
        at = at + rng.normal(0, 0.7 * unit, 2)
        axes = unit * rng.uniform(0.3, 0.6), unit * rng.uniform(0.08, 0.2)
        turn = float(rng.uniform(0, 180))
        colour = np.array([0.08, 0.2, 0.05]) * rng.uniform(0.5, 1.8) + 0.04 * rng.random(3)
        layer.put_ellipse(colour, at, axes, turn)


_DRAW = {
    Occluder.BAR: _bar,
    Occluder.HAND: _hand,
    Occluder.MICROPHONE: _microphone,
    Occluder.MUG: _mug,
    Occluder.SCARF: _scarf,
    Occluder.LEAF: _leaf,
}


def _paint(rng: np.random.Generator) -> np.ndarray:
    """A painted thing's linear reflectance."""
    return np.clip(rng.beta(1, 2.2) + 0.35 * (rng.random(3) - 0.5), 0.015, 0.85)


def _fixed(points: np.ndarray | list[np.ndarray]) -> np.ndarray:
    """Pixels as OpenCV's integers with fractional bits."""
    return np.round(np.asarray(points) * _ONE).astype(np.int32)


def _place(point: np.ndarray) -> tuple[int, int]:
    x, y = _fixed(point)
    return int(x), int(y)
