"""Hair about the head: a sheet from the crown to the hairline or beyond, and tufts on it."""

from dataclasses import dataclass

import cv2
import numpy as np

from .appearance import Appearance, HairStyle
from .hair_paths import HANGING, HANGS, hair_paths
from .heads import heads
from .skull import MIDDLE, skull_grid
from .tufts import grow_tufts

# Rows along the strands, of the sheet and then of the tufts; columns about the head.
_MAP = (256, 512)
# The sheet lies in the shade of the tufts.
_SHEET_TONE = 0.72
_OPEN_EDGE = 22  # degrees from where hair begins to hang


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
    paths = _styled(hair_paths(looks, surface, heights, turns), looks, rng)
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
    coils = 0.022 * looks.curl * rng.standard_normal((columns, rows))
    coils[-1] = coils[0]
    return paths + out * ((bumps * size + wave + coils) * np.sin(np.pi * along**0.7 / 2))[..., None]


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
    coils = rng.standard_normal((30, 120)).astype(np.float32)
    coils = cv2.resize(coils, (wide, high), interpolation=cv2.INTER_CUBIC)
    fine = fine + 1.6 * looks.curl * coils
    strand = rng.standard_normal((1, wide))
    sheet = np.exp(0.20 * fine + 0.16 * broad) * _SHEET_TONE
    sheet *= 0.80 + 0.3 * np.sin(np.pi * np.clip(v * 0.9 + 0.1, 0, 1))
    tufts = np.exp(0.16 * fine + 0.20 * broad + 0.12 * strand) * (0.72 + 0.4 * np.sqrt(v))
    # Strands end one by one: the sheet's at the hairline, a tuft's at both ends.
    ragged = 0.07 + 0.03 * np.abs(strand) + 0.02 * np.abs(broad)
    closed = (1 - v) / ragged * 0.5
    if looks.hair in HANGING:
        # At the face hair does not hang as a curtain does: half of its strands there are tufts'.
        turn = np.abs(np.linspace(-180, 180, wide))
        edge = np.clip(1 - (turn - HANGS) / _OPEN_EDGE, 0, 1) * (turn > HANGS - 6)
        open_part = rng.random((1, wide)) < 0.85 * edge
        closed = np.where(open_part & (v > rng.uniform(0.42, 0.6, (1, wide))), 0, closed)
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
