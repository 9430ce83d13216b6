"""Hair about the head: a sheet from the crown to the hairline or beyond, and tufts on it."""

from dataclasses import dataclass

import cv2
import numpy as np

from .appearance import Appearance, HairStyle
from .hairline import AXIS, hairline_height
from .heads import heads
from .skull import COLUMNS, MIDDLE, skull_grid
from .tufts import grow_tufts

_ROWS = 26
# Rows along the strands, of the sheet and then of the tufts; columns about the head.
_MAP = (256, 512)
# The sheet lies in the shade of the tufts.
_SHEET_TONE = 0.72

# By style: heights between which hanging hair ends; the part of the volume that others have.
_HANGING = {HairStyle.BOB: (6.75, 6.15), HairStyle.LONG: (6.0, 5.1)}
_TIGHT = {HairStyle.BUN: 0.35, HairStyle.SHORT: 0.55, HairStyle.RECEDING: 0.5}


@dataclass(frozen=True)
class Hair:
    """The hair on one head, in the head's frame."""

    vertices: np.ndarray  # [N, 3] float32 decimetres
    faces: np.ndarray  # [M, 3] int32
    uv: np.ndarray  # [N, 2] float32
    tangents: np.ndarray  # [N, 3] float32 unit, along the strands
    opacity: np.ndarray  # [h, w] float32
    tone: np.ndarray  # [h, w] float32, brightness about 1


def grow_hair(looks: Appearance, neutral: np.ndarray) -> Hair | None:
    """The hair that stands off the scalp; None for bald and shaved heads.

    Args:
        looks: whose hair.
        neutral: ``[V, 3]`` vertices of the person's head at rest.
    """
    if looks.hair in (HairStyle.BALD, HairStyle.SHAVED):
        return None
    rng = np.random.default_rng(looks.strands)
    skull = skull_grid()
    surface = skull.of(neutral)  # [columns, rises, 3]
    heights = np.minimum.accumulate(skull.of(heads().template)[..., 1], axis=1)
    turns = np.degrees(skull.turns)
    paths = np.stack(
        [_path(looks, surface[n], heights[n], turns[n]) for n in range(COLUMNS + 1)]
    )  # [columns, rows, 3]
    paths = _styled(paths, looks, rng)
    columns, rows = paths.shape[:2]
    index = np.arange(columns * rows).reshape(columns, rows)
    a, b, c, d = index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]
    faces = np.concatenate(
        [np.stack([a, d, c], -1).reshape(-1, 3), np.stack([a, c, b], -1).reshape(-1, 3)]
    )
    u, v = np.meshgrid(np.linspace(0, 1, columns), np.linspace(0, 1, rows), indexing="ij")
    tangents = np.gradient(paths, axis=1)
    tangents /= np.linalg.norm(tangents, axis=-1, keepdims=True) + 1e-6
    vertices, uv = paths.reshape(-1, 3), np.stack([u, v], -1).reshape(-1, 2)
    tangents = tangents.reshape(-1, 3)
    if looks.hair is HairStyle.BUN:
        ball, ball_faces, ball_uv = _bun(looks, neutral)
        faces = np.concatenate([faces, ball_faces + len(vertices)])
        vertices, uv = np.concatenate([vertices, ball]), np.concatenate([uv, ball_uv])
        tangents = np.concatenate([tangents, np.tile([1.0, 0, 0], (len(ball), 1))])
    tufts = grow_tufts(paths, looks, rng)
    uv = np.concatenate([uv, tufts.uv + [0, 1]]) * [1, 0.5]
    faces = np.concatenate([faces, tufts.faces + len(vertices)])
    vertices = np.concatenate([vertices, tufts.vertices])
    tangents = np.concatenate([tangents, tufts.tangents])
    opacity, tone = _strands(looks, rng)
    return Hair(
        vertices.astype(np.float32),
        faces.astype(np.int32),
        uv.astype(np.float32),
        tangents.astype(np.float32),
        opacity,
        tone,
    )


def _path(
    looks: Appearance, surface: np.ndarray, heights: np.ndarray, signed_turn: float
) -> np.ndarray:
    """``[rows, 3]``: one column's strands from the crown to their ends.

    Args:
        looks: whose hair.
        surface: ``[rises, 3]`` the skull there, from the crown downwards.
        heights: ``[rises]`` the same points' on the template.
        signed_turn: the column's direction, degrees from the face's.
    """
    turn = abs(signed_turn)
    end = float(hairline_height(np.array(turn), looks))
    front = np.clip(1 - turn / 60, 0, 1)
    hanging = looks.hair in _HANGING and turn > 42
    if looks.hair is HairStyle.FRINGE and turn < 48:
        end = 7.60 + 0.10 * (looks.hair_length - 0.5) - 0.06 * (turn / 48)
    if looks.hair is HairStyle.FRINGE and turn >= 48:
        end -= 0.12
    if hanging:
        end = max(end, 7.40)
    # The skull is measured downwards; follow it to where it reaches the end's height.
    reached = np.interp(-end, -heights, np.arange(len(heights)))
    places = np.linspace(0, reached, _ROWS)
    along = np.linspace(0, 1, _ROWS)
    path = np.stack(
        [np.interp(places, np.arange(len(heights)), surface[:, n]) for n in range(3)], 1
    )
    outward = path - MIDDLE
    outward[:, 1] *= np.clip((path[:, 1] - 7.2) / 0.8, 0, 1)
    outward /= np.linalg.norm(outward, axis=1, keepdims=True) + 1e-6
    volume = looks.hair_volume
    edge = 0.02
    if looks.hair is HairStyle.AFRO:
        volume, edge = 0.20 + 0.35 * looks.hair_length, 0.03
    elif looks.hair in _TIGHT:
        volume *= _TIGHT[looks.hair]
    elif looks.hair is HairStyle.SWEPT_BACK:
        volume *= 1 + 0.5 * front
        edge = 0.05
    elif hanging:
        edge = volume
    elif looks.hair is HairStyle.FRINGE:
        edge = 0.06
    parted = 1 + 0.35 * np.sin(np.radians(signed_turn)) * looks.parting
    lift = edge + (volume * parted - edge) * np.sqrt(np.clip(1 - along**3, 0, 1))
    path = path + outward * lift[:, None]
    if hanging:
        return _hang(looks, path, turn)
    return path


def _hang(looks: Appearance, path: np.ndarray, turn: float) -> np.ndarray:
    """Leaves the skull at its broadest and falls."""
    high, low = _HANGING[looks.hair]
    end = high + (low - high) * looks.hair_length
    keep = _ROWS // 2
    cap = path[np.linspace(0, _ROWS - 1, keep).round().astype(int)]
    fall = np.linspace(0, 1, _ROWS - keep + 1)[1:, None]
    last = cap[-1]
    out = np.array([last[0], 0, last[2] - AXIS[1]])
    out /= np.linalg.norm(out) + 1e-6
    # Strands at the face's sides hang a little inwards, all of them taper to the ends.
    # Over the ears they stand off.
    ear = 0.15 * np.exp(-(((turn - 84) / 20) ** 2)) * np.sin(np.pi * np.clip(fall * 1.1, 0, 1))
    below = last + out * ear + out * 0.05 * np.sin(np.pi * fall) - out * 0.10 * fall**2
    below[:, 1] = last[1] + (end - last[1]) * fall[:, 0]
    return np.concatenate([cap, below])


def _styled(paths: np.ndarray, looks: Appearance, rng: np.random.Generator) -> np.ndarray:
    """Locks and curls: columns leave their places a little, more towards the ends."""
    columns, rows = paths.shape[:2]
    along = np.linspace(0, 1, rows)
    out = paths - MIDDLE
    out[..., 1] *= 0.3
    out /= np.linalg.norm(out, axis=-1, keepdims=True) + 1e-6
    coarse = rng.standard_normal((9, 18)).astype(np.float32)
    bumps = cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_CUBIC).T
    bumps[-1] = bumps[0]
    size = 0.012 + 0.03 * looks.curl + 0.06 * looks.hair_volume
    wave = np.sin(along * 24 + rng.uniform(0, 6, columns)[:, None]) * 0.025 * looks.curl
    wave[-1] = wave[0]
    return paths + out * ((bumps * size + wave) * np.sin(np.pi * along**0.7 / 2))[..., None]


def _strands(looks: Appearance, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Opacity and tone over ``_MAP``: the sheet's in the upper half, the tufts' in the lower."""
    high, wide = _MAP[0] // 2, _MAP[1]
    fine = rng.standard_normal((6 + int(20 * looks.curl), wide)).astype(np.float32)
    fine = cv2.resize(fine, (wide, high), interpolation=cv2.INTER_CUBIC)
    broad = rng.standard_normal((5, 40)).astype(np.float32)
    broad = cv2.resize(broad, (wide, high), interpolation=cv2.INTER_CUBIC)
    v = np.linspace(0, 1, high)[:, None]
    if looks.curl > 0.05:
        u, rows = np.meshgrid(np.arange(wide), np.arange(high))
        shift = 7 * looks.curl * np.sin(rows * (0.25 + 0.35 * looks.curl) + broad * 2)
        fine = cv2.remap(
            fine, (u + shift).astype(np.float32), rows.astype(np.float32), cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_WRAP,
        )  # fmt: skip
    strand = rng.standard_normal((1, wide))
    sheet = np.exp(0.20 * fine + 0.16 * broad) * _SHEET_TONE
    sheet *= 0.80 + 0.3 * np.sin(np.pi * np.clip(v * 0.9 + 0.1, 0, 1))
    tufts = np.exp(0.16 * fine + 0.20 * broad + 0.12 * strand) * (0.72 + 0.4 * np.sqrt(v))
    # Strands end one by one: the sheet's at the hairline, a tuft's at both ends.
    ragged = 0.07 + 0.03 * np.abs(strand) + 0.02 * np.abs(broad)
    closed = (1 - v) / ragged * 0.5
    root, tip = rng.uniform(0, 0.16, (1, wide)), rng.beta(2.5, 1.0, (1, wide))
    loose = 0.5 + 20 * np.minimum(v - root, tip - v)
    loose[:, rng.random(wide) < 0.22] = 0  # gaps through which the sheet is seen
    opacity = np.clip(np.concatenate([closed, loose]), 0, 1)
    return opacity.astype(np.float32), np.concatenate([sheet, tufts]).astype(np.float32)


def _bun(looks: Appearance, neutral: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A ball on the crown's back: vertices, triangles and places on the map."""
    rings, spokes = 10, 16
    polar, turn = np.meshgrid(
        np.linspace(0, np.pi, rings), np.linspace(0, 2 * np.pi, spokes + 1), indexing="ij"
    )
    ball = np.stack([np.sin(polar) * np.cos(turn), np.cos(polar), np.sin(polar) * np.sin(turn)], -1)
    top = neutral[neutral[:, 1].argmax()]
    middle = top + np.array([0, 0.16, -0.35 - 0.3 * looks.hair_length])
    radius = 0.24 + 0.12 * looks.hair_volume / 0.16
    index = np.arange(rings * (spokes + 1)).reshape(rings, -1)
    a, b, c, d = index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]
    faces = np.concatenate(
        [np.stack([a, d, c], -1).reshape(-1, 3), np.stack([a, c, b], -1).reshape(-1, 3)]
    )
    uv = np.stack([turn / (2 * np.pi), polar / np.pi * 0.7], -1).reshape(-1, 2)
    return ball.reshape(-1, 3) * radius + middle, faces, uv
