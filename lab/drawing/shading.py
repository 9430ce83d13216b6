"""Light on the samples: surroundings and one key light with its shadow (Numba)."""

from typing import NamedTuple

import numpy as np
from numba import njit

from .geometry import mixed, unit
from .materials import (
    EYE,
    HAIR,
    HAT,
    LASH,
    METAL,
    MOUTH,
    SCARF,
    SKIN,
    TEETH,
    TONGUE,
    Paint,
    cloth_colour,
    eye_colour,
    hair_tone,
    relief_slope,
    skin_colour,
    tooth_tone,
    wool_tone,
)
from .reflection import Incident, matt, skin, strands, wet
from .spherical import irradiance, mirrored

SHADOW_DISTANCE = 10.0  # decimetres, of the plane that shadow maps count from
_LEAST_AREA = 1e-13  # twice a triangle's area, squared; smaller ones have no slope.
_SHADOW_BIAS = 0.05  # decimetres; keeps a surface from shading itself.


class Mesh(NamedTuple):
    """A posed figure; the camera's frame: x right, y up, z towards the camera; float32."""

    faces: np.ndarray  # [F, 3] int32
    material: np.ndarray  # [F] uint8
    vertices: np.ndarray  # [V, 3] decimetres
    normals: np.ndarray  # [V, 3]
    curvature: np.ndarray  # [V] 1 / decimetres
    uv: np.ndarray  # [V, 2] in the skin's or the hair's map
    eye_direction: np.ndarray  # [V, 3] from an eyeball's middle, in the eye's own frame
    tangents: np.ndarray  # [V, 3] the strands' direction
    openness: np.ndarray  # [V] 0..1, how much of the surroundings a vertex sees
    cloth: np.ndarray  # [V] decimetres below the collar


class Lamps(NamedTuple):
    """The light that falls on it; float32."""

    sh: np.ndarray  # [9, 3] irradiance over pi, by `spherical.harmonics`
    key: np.ndarray  # [3] the key light's irradiance over pi
    frame: np.ndarray  # [3, 3] the key light's right, up and direction, as rows
    shadow: np.ndarray  # [side, side] nearness of what it meets first
    scale: float  # shadow samples a decimetre
    mirror: np.ndarray  # [side, side, 3] sphere map of the surroundings
    glossy: np.ndarray  # [side, side, 3] the same, as a glossy surface mirrors it


@njit(cache=True, fastmath=True, nogil=True)
def shade(
    face: np.ndarray, weights: np.ndarray, mesh: Mesh, paint: Paint, lamps: Lamps, eye: np.ndarray
) -> np.ndarray:
    """``[H, W, 3]`` float32 linear radiance of the samples; zero where there is nothing.

    Where all four samples of a pixel see skin, two of them stand for their neighbours.

    Args:
        face, weights: of `rasteriser.Samples`.
        mesh: the figure.
        paint: its colours.
        lamps: its light.
        eye: ``[3]`` where the camera is.
    """
    height, width = face.shape
    picture = np.zeros((height, width, 3), np.float32)
    # Arrays are taken out of their tuples once: for every sample that would take most of the time.
    faces, material, vertices, normals, curvature = mesh[:5]
    uv, eye_direction, tangents, openness, cloth_depth = mesh[5:]
    albedo, gloss_map, relief, tones, iris, iris_inner, sclera, pupil, hair = paint[:9]
    frame, cloth, hat, scarf, metal = paint[9:]
    sh, frame_of_light, shadow, scale = lamps.sh, lamps.frame, lamps.shadow, lamps.scale
    mirror, glossy = lamps.mirror, lamps.glossy
    key = (lamps.key[0], lamps.key[1], lamps.key[2])
    lx, ly, lz = frame_of_light[2, 0], frame_of_light[2, 1], frame_of_light[2, 2]
    eye_x, eye_y, eye_z = eye[0], eye[1], eye[2]
    for top in range(0, height, 2):
        for left in range(0, width, 2):
            skins = 0
            for row in range(top, min(top + 2, height)):
                for column in range(left, min(left + 2, width)):
                    if face[row, column] >= 0 and material[face[row, column]] == SKIN:
                        skins += 1
            for row in range(top, min(top + 2, height)):
                for column in range(left, min(left + 2, width)):
                    f = face[row, column]
                    if f < 0 or (skins == 4 and column - left != row - top):
                        continue
                    kind, i, j, k = material[f], faces[f, 0], faces[f, 1], faces[f, 2]
                    wi, wj, wk = (
                        weights[row, column, 0],
                        weights[row, column, 1],
                        weights[row, column, 2],
                    )
                    x, y, z = mixed(vertices, i, j, k, wi, wj, wk)
                    vx, vy, vz = unit(eye_x - x, eye_y - y, eye_z - z)
                    nx, ny, nz = mixed(normals, i, j, k, wi, wj, wk)
                    nx, ny, nz = unit(nx, ny, nz)
                    across = nx * vx + ny * vy + nz * vz
                    if kind >= HAIR and across < 0.0:  # a sheet's back
                        nx, ny, nz, across = -nx, -ny, -nz, -across
                    seen = wi * openness[i] + wj * openness[j] + wk * openness[k]
                    u = wi * uv[i, 0] + wj * uv[j, 0] + wk * uv[k, 0]
                    v = wi * uv[i, 1] + wj * uv[j, 1] + wk * uv[k, 1]

                    below = wi * cloth_depth[i] + wj * cloth_depth[j] + wk * cloth_depth[k]
                    smooth = nx * lx + ny * ly + nz * lz
                    if kind == SKIN and below <= 0.0:
                        nx, ny, nz = _bumped(nx, ny, nz, i, j, k, vertices, uv, relief, u, v)
                        across = nx * vx + ny * vy + nz * vz
                    hx, hy, hz = unit(lx + vx, ly + vy, lz + vz)
                    lean = nx * hx + ny * hy + nz * hz
                    away = 1.0 - max(across, 0.0)
                    rx, ry, rz = (
                        2.0 * across * nx - vx,
                        2.0 * across * ny - vy,
                        2.0 * across * nz - vz,
                    )
                    facing = nx * lx + ny * ly + nz * lz
                    light = Incident(
                        key,
                        # Lids and lips shade what is behind them more finely than the map can.
                        _lit(x, y, z, frame_of_light, shadow, scale)
                        * (min(1.0, 1.3 * seen) if MOUTH <= kind <= TONGUE else 1.0),
                        irradiance(sh, nx, ny, nz),
                        seen,
                        mirrored(mirror if kind == EYE else glossy, rx, ry, rz),
                        facing,
                        max(lean, 0.0),
                        max(lx * hx + ly * hy + lz * hz, 0.0),
                        away * away * away * away * away,
                    )
                    if kind == SKIN:
                        if below > 0.0:
                            sent = matt(cloth_colour(cloth, u, v, below), 0.0, 50.0, light)
                        else:
                            bent = wi * curvature[i] + wj * curvature[j] + wk * curvature[k]
                            red, green, blue, gloss = skin_colour(albedo, gloss_map, u, v)
                            sent = skin((red, green, blue), gloss, bent, smooth, light)
                    elif kind == HAIR:
                        tone = hair_tone(tones, u, v)
                        tx, ty, tz = mixed(tangents, i, j, k, wi, wj, wk)
                        along = tx * hx + ty * hy + tz * hz
                        colour = (hair[0] * tone, hair[1] * tone, hair[2] * tone)
                        sent = strands(colour, tone, along, lean, light)
                    elif kind == EYE:
                        ex, ey, ez = mixed(eye_direction, i, j, k, wi, wj, wk)
                        colour = eye_colour(iris, iris_inner, sclera, pupil, ex, ey, ez)
                        sent = wet(colour, light)
                    elif kind == HAT:
                        tone = wool_tone(u, v)
                        sent = matt((hat[0] * tone, hat[1] * tone, hat[2] * tone), 0.0, 50.0, light)
                    elif kind == SCARF:
                        tone = wool_tone(u, v)
                        colour = (scarf[0] * tone, scarf[1] * tone, scarf[2] * tone)
                        sent = matt(colour, 0.0, 50.0, light)
                    elif kind == METAL:
                        sent = matt((metal[0], metal[1], metal[2]), 0.6, 120.0, light)
                    elif kind == LASH:
                        sent = matt((0.016, 0.012, 0.010), 0.0, 50.0, light)
                    elif kind == MOUTH:
                        sent = matt((0.30, 0.09, 0.08), 0.02, 20.0, light)
                    elif kind == TEETH:
                        tone = tooth_tone(u)
                        colour = (0.50 * tone, 0.45 * tone, 0.36 * tone)
                        sent = matt(colour, 0.10, 60.0, light)
                    elif kind == TONGUE:
                        sent = matt((0.42, 0.15, 0.14), 0.05, 30.0, light)
                    else:
                        sent = matt((frame[0], frame[1], frame[2]), 0.25, 50.0, light)
                    last = left + 1 - (column - left) if skins == 4 else column
                    for n in range(3):
                        picture[row, column, n] = sent[n]
                        picture[row, last, n] = sent[n]
    return picture


@njit(cache=True, fastmath=True, nogil=True)
def _bumped(
    nx: float, ny: float, nz: float, i: int, j: int, k: int, vertices: np.ndarray,
    uv: np.ndarray, relief: np.ndarray, u: float, v: float,
) -> tuple[float, float, float]:  # fmt: skip
    """Tilts the normal of a triangle's point by the slope of the relief that lies on it."""
    along_u, along_v = relief_slope(relief, u, v)
    # The rise along two sides of the triangle, then the gradient in its plane.
    rise_j = along_u * (uv[j, 0] - uv[i, 0]) + along_v * (uv[j, 1] - uv[i, 1])
    rise_k = along_u * (uv[k, 0] - uv[i, 0]) + along_v * (uv[k, 1] - uv[i, 1])
    ax, ay, az = (
        vertices[j, 0] - vertices[i, 0],
        vertices[j, 1] - vertices[i, 1],
        vertices[j, 2] - vertices[i, 2],
    )
    bx, by, bz = (
        vertices[k, 0] - vertices[i, 0],
        vertices[k, 1] - vertices[i, 1],
        vertices[k, 2] - vertices[i, 2],
    )
    cx, cy, cz = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
    scale = 1.0 / max(cx * cx + cy * cy + cz * cz, _LEAST_AREA)
    gx = (rise_j * (by * cz - bz * cy) + rise_k * (cy * az - cz * ay)) * scale
    gy = (rise_j * (bz * cx - bx * cz) + rise_k * (cz * ax - cx * az)) * scale
    gz = (rise_j * (bx * cy - by * cx) + rise_k * (cx * ay - cy * ax)) * scale
    # Triangles that the map shows on edge would have cliffs.
    steep = np.sqrt(gx * gx + gy * gy + gz * gz)
    calm = 1.0 / (1.0 + max(steep - 0.6, 0.0) * 2.0)
    return unit(nx - gx * calm, ny - gy * calm, nz - gz * calm)


@njit(cache=True, fastmath=True, nogil=True)
def _lit(
    x: float, y: float, z: float, frame: np.ndarray, shadow: np.ndarray, scale: float
) -> float:
    """Measures the key light at a point, 0..1, over nine neighbouring shadow samples."""
    size = shadow.shape[0]
    u = (x * frame[0, 0] + y * frame[0, 1] + z * frame[0, 2]) * scale + size * 0.5 - 1.0
    v = (x * frame[1, 0] + y * frame[1, 1] + z * frame[1, 2]) * scale + size * 0.5 - 1.0
    near = x * frame[2, 0] + y * frame[2, 1] + z * frame[2, 2] + SHADOW_DISTANCE + _SHADOW_BIAS
    column, row = int(np.floor(u)), int(np.floor(v))
    if column < 0 or row < 0 or column + 2 >= size or row + 2 >= size:
        return 1.0
    # The outer samples count by how far the point is into them: smooth edges.
    part_u, part_v = u - column, v - row
    lit = 0.0
    for r in range(3):
        weight_v = 1.0 - part_v if r == 0 else (part_v if r == 2 else 1.0)
        for c in range(3):
            weight_u = 1.0 - part_u if c == 0 else (part_u if c == 2 else 1.0)
            if shadow[row + r, column + c] <= near:
                lit += weight_u * weight_v
    return lit * 0.25
