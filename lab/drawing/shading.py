"""Light on the samples: spherical harmonics and one key light with its shadow (Numba)."""

from typing import NamedTuple

import numpy as np
from numba import njit

from .materials import (
    EYE,
    HAIR,
    MOUTH,
    SKIN,
    TEETH,
    TONGUE,
    Paint,
    cloth_colour,
    eye_colour,
    hair_tone,
    skin_colour,
)

SHADOW_DISTANCE = 10.0  # decimetres, of the plane that shadow maps count from
_SHADOW_BIAS = 0.05  # decimetres; keeps a surface from shading itself.
# How much of the surroundings teeth and tongue see, in an open mouth.
_TEETH_OPEN, _TONGUE_OPEN = 0.55, 0.4


class Mesh(NamedTuple):
    """A posed figure; the camera's frame: x right, y up, z towards the camera; float32."""

    faces: np.ndarray  # [F, 3] int32
    material: np.ndarray  # [F] uint8
    vertices: np.ndarray  # [V, 3] decimetres
    normals: np.ndarray  # [V, 3]
    uv: np.ndarray  # [V, 2] in the skin's or the hair's map
    eye_direction: np.ndarray  # [V, 3] from an eyeball's middle, in the eye's own frame
    tangents: np.ndarray  # [V, 3] the strands' direction
    openness: np.ndarray  # [V] 0..1, how much of the surroundings a vertex sees
    cloth: np.ndarray  # [V] decimetres below the collar


class Lamps(NamedTuple):
    """The light that falls on it; float32."""

    sh: np.ndarray  # [9, 3] irradiance over pi, by `harmonics`
    key: np.ndarray  # [3] the key light's irradiance over pi
    frame: np.ndarray  # [3, 3] the key light's right, up and direction, as rows
    shadow: np.ndarray  # [side, side] nearness of what it meets first
    scale: float  # shadow samples a decimetre


@njit(cache=True, fastmath=True, nogil=True)
def vertex_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """``[V, 3]`` float32 unit normals, the triangles' averaged by their areas."""
    normals = np.zeros_like(vertices)
    for f in range(faces.shape[0]):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        u, v = vertices[b] - vertices[a], vertices[c] - vertices[a]
        x, y, z = u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]
        for corner in (a, b, c):
            normals[corner, 0] += x
            normals[corner, 1] += y
            normals[corner, 2] += z
    for v in range(vertices.shape[0]):
        x, y, z = normals[v, 0], normals[v, 1], normals[v, 2]
        length = np.sqrt(x * x + y * y + z * z)
        if length > 0.0:
            normals[v, 0], normals[v, 1], normals[v, 2] = x / length, y / length, z / length
    return normals


@njit(cache=True, fastmath=True, nogil=True)
def shade(
    face: np.ndarray, weights: np.ndarray, mesh: Mesh, paint: Paint, lamps: Lamps, eye: np.ndarray
) -> np.ndarray:
    """``[H, W, 3]`` float32 linear radiance of the samples; zero where there is nothing.

    Args:
        face, weights: of `rasteriser.Samples`.
        mesh: the figure.
        paint: its colours.
        lamps: its light.
        eye: ``[3]`` where the camera is.
    """
    height, width = face.shape
    picture = np.zeros((height, width, 3), np.float32)
    lx, ly, lz = lamps.frame[2, 0], lamps.frame[2, 1], lamps.frame[2, 2]
    for row in range(height):
        for column in range(width):
            f = face[row, column]
            if f < 0:
                continue
            share = weights[row, column]
            corners, kind = mesh.faces[f], mesh.material[f]
            x, y, z = _mixed(mesh.vertices, corners, share)
            vx, vy, vz = _unit(eye[0] - x, eye[1] - y, eye[2] - z)
            nx, ny, nz = _mixed(mesh.normals, corners, share)
            nx, ny, nz = _unit(nx, ny, nz)
            if kind >= HAIR and nx * vx + ny * vy + nz * vz < 0.0:
                nx, ny, nz = -nx, -ny, -nz  # a sheet's back
            seen = _mixed_number(mesh.openness, corners, share)
            u = share[0] * mesh.uv[corners[0], 0]
            u += share[1] * mesh.uv[corners[1], 0] + share[2] * mesh.uv[corners[2], 0]
            v = share[0] * mesh.uv[corners[0], 1]
            v += share[1] * mesh.uv[corners[1], 1] + share[2] * mesh.uv[corners[2], 1]

            # Reflectance, the highlights' strength and sharpness, how far light wraps around.
            red, green, blue = paint.frame[0], paint.frame[1], paint.frame[2]
            shine, sharpness, wrap, tone = 0.25, 50.0, 0.0, 1.0
            if kind == SKIN:
                below = _mixed_number(mesh.cloth, corners, share)
                if below > 0.0:
                    red, green, blue = cloth_colour(paint, u, v, below)
                    shine = 0.0
                else:
                    red, green, blue, gloss = skin_colour(paint, u, v)
                    shine, sharpness, wrap = 0.05 * gloss, 14.0 + 14.0 * gloss, 0.22
            elif kind == EYE:
                ex, ey, ez = _mixed(mesh.eye_direction, corners, share)
                red, green, blue = eye_colour(paint, ex, ey, ez)
                shine, sharpness, wrap = 0.14, 700.0, 0.1
            elif kind == HAIR:
                tone = hair_tone(paint, u, v)
                red, green, blue = paint.hair[0] * tone, paint.hair[1] * tone, paint.hair[2] * tone
                shine, wrap = 0.0, 0.3
            elif kind == MOUTH:
                red, green, blue = 0.30, 0.09, 0.08
                shine, sharpness = 0.02, 20.0
            elif kind == TEETH:
                red, green, blue = 0.62, 0.57, 0.47
                shine, sharpness, seen = 0.10, 60.0, _TEETH_OPEN
            elif kind == TONGUE:
                red, green, blue = 0.42, 0.15, 0.14
                shine, sharpness, seen = 0.05, 30.0, _TONGUE_OPEN

            facing = nx * lx + ny * ly + nz * lz
            lit = _lit(x, y, z, lamps) if facing > -wrap else 0.0
            diffuse = max((facing + wrap) / ((1.0 + wrap) * (1.0 + wrap)), 0.0) * lit
            direct_red = diffuse
            if kind == SKIN:
                # Light that wraps into the shade has gone through skin, and is red.
                deep = max((facing + 0.45) / (1.45 * 1.45), 0.0) * (0.25 + 0.75 * lit)
                direct_red = 0.6 * diffuse + 0.4 * deep
            hx, hy, hz = _unit(lx + vx, ly + vy, lz + vz)
            half = max(nx * hx + ny * hy + nz * hz, 0.0)
            across = nx * vx + ny * vy + nz * vz
            fresnel = 1.0 + 4.0 * (1.0 - max(across, 0.0)) ** 5
            highlight = shine * (sharpness + 8.0) / 25.0 * half**sharpness * lit * fresnel
            if kind == HAIR:
                # Kajiya and Kay's strands: bright where the half vector is square to them.
                tx, ty, tz = _mixed(mesh.tangents, corners, share)
                along = tx * hx + ty * hy + tz * hz
                square = max(1.0 - along * along, 0.0)
                highlight = 0.06 * square**40 * lit * tone * max(facing + 0.3, 0.0)
                coloured = 1.0 + 0.6 * square**10 * lit
                red, green, blue = red * coloured, green * coloured, blue * coloured
            around = harmonics(nx, ny, nz)
            # The surroundings' mirror image, as smooth as they are: the same harmonics.
            mirror = harmonics(2 * across * nx - vx, 2 * across * ny - vy, 2 * across * nz - vz)
            sheen = 0.03 if kind == EYE else (0.02 + 0.5 * shine) * fresnel * 0.5
            for n in range(3):
                reflectance = red if n == 0 else (green if n == 1 else blue)
                direct = direct_red if n == 0 else diffuse
                sky, mirrored = 0.0, 0.0
                for band in range(9):
                    sky += lamps.sh[band, n] * around[band]
                    mirrored += lamps.sh[band, n] * mirror[band]
                # Light between lit surfaces of one colour: shade is never as dark as its openness.
                open_part = seen / (1.0 - reflectance * (1.0 - seen))
                picture[row, column, n] = (
                    reflectance * (max(sky, 0.0) * open_part + lamps.key[n] * direct)
                    + lamps.key[n] * highlight
                    + max(mirrored, 0.0) * sheen * seen
                )
    return picture


@njit(cache=True, fastmath=True, nogil=True)
def harmonics(x: float, y: float, z: float) -> tuple[float, ...]:
    """The nine real spherical harmonics of a direction, without their constant factors."""
    return 1.0, y, z, x, x * y, y * z, 3.0 * z * z - 1.0, x * z, x * x - y * y


@njit(cache=True, fastmath=True, nogil=True)
def _mixed(
    values: np.ndarray, corners: np.ndarray, share: np.ndarray
) -> tuple[float, float, float]:
    a, b, c = corners[0], corners[1], corners[2]
    x = share[0] * values[a, 0] + share[1] * values[b, 0] + share[2] * values[c, 0]
    y = share[0] * values[a, 1] + share[1] * values[b, 1] + share[2] * values[c, 1]
    z = share[0] * values[a, 2] + share[1] * values[b, 2] + share[2] * values[c, 2]
    return x, y, z


@njit(cache=True, fastmath=True, nogil=True)
def _mixed_number(values: np.ndarray, corners: np.ndarray, share: np.ndarray) -> float:
    a, b, c = corners[0], corners[1], corners[2]
    return share[0] * values[a] + share[1] * values[b] + share[2] * values[c]


@njit(cache=True, fastmath=True, nogil=True)
def _unit(x: float, y: float, z: float) -> tuple[float, float, float]:
    scale = 1.0 / np.sqrt(x * x + y * y + z * z + 1e-12)
    return x * scale, y * scale, z * scale


@njit(cache=True, fastmath=True, nogil=True)
def _lit(x: float, y: float, z: float, lamps: Lamps) -> float:
    """Measures the key light at a point, 0..1, over nine neighbouring shadow samples."""
    frame, shadow = lamps.frame, lamps.shadow
    size = shadow.shape[0]
    u = (x * frame[0, 0] + y * frame[0, 1] + z * frame[0, 2]) * lamps.scale + size * 0.5 - 1.0
    v = (x * frame[1, 0] + y * frame[1, 1] + z * frame[1, 2]) * lamps.scale + size * 0.5 - 1.0
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
