"""Light on the samples: surroundings and one key light with its shadow (Numba)."""

from typing import NamedTuple

import numpy as np
from numba import njit

from .geometry import mixed, mixed_number, unit
from .materials import (
    EYE,
    HAIR,
    MOUTH,
    SKIN,
    TEETH,
    TONGUE,
    Paint,
    clamp,
    cloth_colour,
    eye_colour,
    hair_tone,
    skin_colour,
)
from .spherical import irradiance, mirrored

SHADOW_DISTANCE = 10.0  # decimetres, of the plane that shadow maps count from
_SHADOW_BIAS = 0.05  # decimetres; keeps a surface from shading itself.
# How much of the surroundings teeth and tongue see, in an open mouth.
_TEETH_OPEN, _TONGUE_OPEN = 0.55, 0.4
# What skin and the cornea reflect of light that falls on them squarely.
_SKIN_MIRRORS, _CORNEA_MIRRORS = 0.028, 0.03

Colour = tuple[float, float, float]


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
    for top in range(0, height, 2):
        for left in range(0, width, 2):
            skin = 0
            for row in range(top, min(top + 2, height)):
                for column in range(left, min(left + 2, width)):
                    if face[row, column] >= 0 and mesh.material[face[row, column]] == SKIN:
                        skin += 1
            for row in range(top, min(top + 2, height)):
                for column in range(left, min(left + 2, width)):
                    if face[row, column] < 0:
                        continue
                    if skin == 4 and column - left != row - top:
                        continue
                    colour = _radiance(
                        face[row, column], weights[row, column], mesh, paint, lamps, eye
                    )
                    for n in range(3):
                        picture[row, column, n] = colour[n]
                        if skin == 4:
                            picture[row, left + 1 - (column - left), n] = colour[n]
    return picture


@njit(cache=True, fastmath=True, nogil=True)
def _radiance(
    f: int, share: np.ndarray, mesh: Mesh, paint: Paint, lamps: Lamps, eye: np.ndarray
) -> Colour:
    """The light that one point of a triangle sends to the camera."""
    corners, kind = mesh.faces[f], mesh.material[f]
    point = mixed(mesh.vertices, corners, share)
    view = unit(eye[0] - point[0], eye[1] - point[1], eye[2] - point[2])
    nx, ny, nz = mixed(mesh.normals, corners, share)
    nx, ny, nz = unit(nx, ny, nz)
    if kind >= HAIR and nx * view[0] + ny * view[1] + nz * view[2] < 0.0:
        nx, ny, nz = -nx, -ny, -nz  # a sheet's back
    normal = (nx, ny, nz)
    seen = mixed_number(mesh.openness, corners, share)
    a, b, c = corners[0], corners[1], corners[2]
    u = share[0] * mesh.uv[a, 0] + share[1] * mesh.uv[b, 0] + share[2] * mesh.uv[c, 0]
    v = share[0] * mesh.uv[a, 1] + share[1] * mesh.uv[b, 1] + share[2] * mesh.uv[c, 1]
    lit = _lit(point[0], point[1], point[2], lamps)
    if kind == SKIN:
        below = mixed_number(mesh.cloth, corners, share)
        if below > 0.0:
            return _matt(
                cloth_colour(paint, u, v, below), 0.0, 50.0, normal, view, lit, seen, lamps
            )
        bent = mixed_number(mesh.curvature, corners, share)
        red, green, blue, gloss = skin_colour(paint, u, v)
        return _skin((red, green, blue), gloss, bent, normal, view, lit, seen, lamps)
    if kind == EYE:
        ex, ey, ez = mixed(mesh.eye_direction, corners, share)
        return _eye(eye_colour(paint, ex, ey, ez), normal, view, lit, seen, lamps)
    if kind == HAIR:
        tone = hair_tone(paint, u, v)
        along = mixed(mesh.tangents, corners, share)
        return _hair(paint.hair, tone, along, normal, view, lit, seen, lamps)
    if kind == MOUTH:
        return _matt((0.30, 0.09, 0.08), 0.02, 20.0, normal, view, lit, seen, lamps)
    if kind == TEETH:
        return _matt((0.62, 0.57, 0.47), 0.10, 60.0, normal, view, lit, _TEETH_OPEN, lamps)
    if kind == TONGUE:
        return _matt((0.42, 0.15, 0.14), 0.05, 30.0, normal, view, lit, _TONGUE_OPEN, lamps)
    frame = (paint.frame[0], paint.frame[1], paint.frame[2])
    return _matt(frame, 0.25, 50.0, normal, view, lit, seen, lamps)


@njit(cache=True, fastmath=True, nogil=True)
def _around(reflectance: float, sky: float, seen: float) -> float:
    """Reflected light of the surroundings.

    Light goes to and fro between lit surfaces of one colour: shade is never as dark as its
    openness.
    """
    return reflectance * sky * seen / (1.0 - reflectance * (1.0 - seen))


@njit(cache=True, fastmath=True, nogil=True)
def _half(normal: Colour, view: Colour, lamps: Lamps) -> Colour:
    """Cosines: normal and light; normal and half vector; light and half vector."""
    lx, ly, lz = lamps.frame[2, 0], lamps.frame[2, 1], lamps.frame[2, 2]
    hx, hy, hz = unit(lx + view[0], ly + view[1], lz + view[2])
    facing = normal[0] * lx + normal[1] * ly + normal[2] * lz
    half = max(normal[0] * hx + normal[1] * hy + normal[2] * hz, 0.0)
    return facing, half, max(lx * hx + ly * hy + lz * hz, 0.0)


@njit(cache=True, fastmath=True, nogil=True)
def _mirror(ball: np.ndarray, normal: Colour, view: Colour) -> Colour:
    """Looks a sphere map up in the normal's mirror."""
    across = 2.0 * (normal[0] * view[0] + normal[1] * view[1] + normal[2] * view[2])
    x, y, z = across * normal[0] - view[0], across * normal[1] - view[1], across * normal[2]
    return mirrored(ball, x, y, z - view[2])


@njit(cache=True, fastmath=True, nogil=True)
def _grazing(normal: Colour, view: Colour) -> float:
    """Schlick's fifth power: 0 seen squarely, 1 along the surface."""
    away = 1.0 - max(normal[0] * view[0] + normal[1] * view[1] + normal[2] * view[2], 0.0)
    return away * away * away * away * away


@njit(cache=True, fastmath=True, nogil=True)
def _matt(
    colour: Colour, shine: float, sharpness: float, normal: Colour, view: Colour, lit: float,
    seen: float, lamps: Lamps,
) -> Colour:  # fmt: skip
    """Cloth, the mouth, teeth and frames: matt, with one highlight."""
    facing, half, _ = _half(normal, view, lamps)
    direct = max(facing, 0.0) * lit
    fresnel = 1.0 + 4.0 * _grazing(normal, view)
    highlight, sheen = 0.0, 0.5 * (0.02 + 0.5 * shine) * fresnel * seen
    if shine > 0.0:
        highlight = shine * (sharpness + 8.0) / 25.0 * half**sharpness * lit * fresnel
    sky = irradiance(lamps.sh, normal[0], normal[1], normal[2])
    glossy = _mirror(lamps.glossy, normal, view)
    key = lamps.key
    return (
        _around(colour[0], sky[0], seen)
        + key[0] * (colour[0] * direct + highlight)
        + glossy[0] * sheen,
        _around(colour[1], sky[1], seen)
        + key[1] * (colour[1] * direct + highlight)
        + glossy[1] * sheen,
        _around(colour[2], sky[2], seen)
        + key[2] * (colour[2] * direct + highlight)
        + glossy[2] * sheen,
    )


@njit(cache=True, fastmath=True, nogil=True)
def _skin(
    colour: Colour, gloss: float, bent: float, normal: Colour, view: Colour, lit: float,
    seen: float, lamps: Lamps,
) -> Colour:  # fmt: skip
    """Skin: light comes out again aside of where it went in, red the farthest; two highlights."""
    facing, half, towards = _half(normal, view, lamps)
    # The more a surface is bent within the reach of scattered light, the farther it wraps.
    red_wrap = min(0.08 + 0.055 * bent, 0.5)
    # What is turned from the light shades itself on the map, yet not what wraps around to it.
    own = (1.0 - clamp(4.0 * facing + 0.2)) * 0.6
    wrapped = lit + (1.0 - lit) * own
    red = _wrap(facing, red_wrap) * wrapped * (1.5 - 0.5 * wrapped)
    green, blue = _wrap(facing, 0.4 * red_wrap) * wrapped, _wrap(facing, 0.25 * red_wrap) * wrapped
    grazing = _grazing(normal, view)
    fresnel = _SKIN_MIRRORS + (1.0 - _SKIN_MIRRORS) * (1.0 - towards) ** 5
    sharp = 60.0 + 60.0 * gloss
    lobes = 0.7 * 10.0 * half**18.0 + 0.3 * 0.5 * (sharp + 2.0) * half**sharp
    highlight = gloss * lit * max(facing, 0.0) * lobes * fresnel / (4.0 * towards * towards + 0.4)
    sheen = gloss * seen * (_SKIN_MIRRORS + 0.25 * grazing)
    sky = irradiance(lamps.sh, normal[0], normal[1], normal[2])
    glossy = _mirror(lamps.glossy, normal, view)
    key = lamps.key
    return (
        _around(colour[0], sky[0], seen)
        + key[0] * (colour[0] * red + highlight)
        + glossy[0] * sheen,
        _around(colour[1], sky[1], seen)
        + key[1] * (colour[1] * green + highlight)
        + glossy[1] * sheen,
        _around(colour[2], sky[2], seen)
        + key[2] * (colour[2] * blue + highlight)
        + glossy[2] * sheen,
    )


@njit(cache=True, fastmath=True, nogil=True)
def _wrap(facing: float, wrap: float) -> float:
    """A cosine that reaches around the terminator, of the same whole."""
    return max(facing + wrap, 0.0) / ((1.0 + wrap) * (1.0 + wrap))


@njit(cache=True, fastmath=True, nogil=True)
def _eye(
    colour: Colour, normal: Colour, view: Colour, lit: float, seen: float, lamps: Lamps
) -> Colour:
    """A wet ball: it mirrors the surroundings, and the key light as one sharp spot."""
    facing, half, _ = _half(normal, view, lamps)
    direct = _wrap(facing, 0.15) * lit
    fresnel = _CORNEA_MIRRORS + (1.0 - _CORNEA_MIRRORS) * _grazing(normal, view)
    spot = 4.0 * half**700.0 * lit
    sky = irradiance(lamps.sh, normal[0], normal[1], normal[2])
    mirror = _mirror(lamps.mirror, normal, view)
    sheen, key = fresnel * seen, lamps.key
    return (
        _around(colour[0], sky[0], seen) + key[0] * (colour[0] * direct + spot) + mirror[0] * sheen,
        _around(colour[1], sky[1], seen) + key[1] * (colour[1] * direct + spot) + mirror[1] * sheen,
        _around(colour[2], sky[2], seen) + key[2] * (colour[2] * direct + spot) + mirror[2] * sheen,
    )


@njit(cache=True, fastmath=True, nogil=True)
def _hair(
    hair: np.ndarray, tone: float, along: Colour, normal: Colour, view: Colour, lit: float,
    seen: float, lamps: Lamps,
) -> Colour:  # fmt: skip
    """Strands (Kajiya and Kay): bright where the half vector is square to them."""
    lx, ly, lz = lamps.frame[2, 0], lamps.frame[2, 1], lamps.frame[2, 2]
    hx, hy, hz = unit(lx + view[0], ly + view[1], lz + view[2])
    facing = normal[0] * lx + normal[1] * ly + normal[2] * lz
    # Strands rise and fall about their direction: two highlights, the coloured one lower.
    stray = 0.35 * (tone - 1.0)
    first = along[0] * hx + along[1] * hy + along[2] * hz
    lean = normal[0] * hx + normal[1] * hy + normal[2] * hz
    second = first + (0.16 + stray) * lean
    first -= (0.08 - stray) * lean
    reach = clamp(facing + 0.35) * lit
    white = 0.045 * max(1.0 - first * first, 0.0) ** 45.0 * reach
    tinted = 0.9 * max(1.0 - second * second, 0.0) ** 14.0 * reach
    direct = _wrap(facing, 0.3) * lit + tinted
    sky = irradiance(lamps.sh, normal[0], normal[1], normal[2])
    glossy = _mirror(lamps.glossy, normal, view)
    sheen, key = 0.02 * seen * tone, lamps.key
    red, green, blue = hair[0] * tone, hair[1] * tone, hair[2] * tone
    return (
        _around(red, sky[0], seen) + key[0] * (red * direct + white) + glossy[0] * sheen,
        _around(green, sky[1], seen) + key[1] * (green * direct + white) + glossy[1] * sheen,
        _around(blue, sky[2], seen) + key[2] * (blue * direct + white) + glossy[2] * sheen,
    )


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
