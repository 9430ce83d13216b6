"""A person, ready to be drawn: head, hair and glasses as one mesh, and what is painted on it."""

from dataclasses import dataclass

import numpy as np

from ..drawing.geometry import vertex_curvature, vertex_normals
from ..drawing.materials import Material
from ..drawing.shadows import openness
from ..people.appearance import Appearance
from ..people.canvas import canvas
from ..people.glasses import make_glasses
from ..people.hair import Hair, grow_hair
from ..people.heads import heads
from ..people.skin import Skin, paint_skin

_MATERIALS = {
    "skin": Material.SKIN,
    "mouth_inside": Material.MOUTH,
    "eyeball_left": Material.EYE,
    "eyeball_right": Material.EYE,
    "teeth": Material.TEETH,
    "tongue": Material.TONGUE,
}
# Tufts that lie under others are not black: light comes through.
_OPEN_HAIR = 0.35


@dataclass(frozen=True)
class Figure:
    """All that is the same in every picture of a person. Vertices: the head's, then the rest."""

    looks: Appearance
    neutral: np.ndarray  # [V, 3] float32, the head at rest
    rest: np.ndarray  # [N, 3] float32, hair's and glasses' vertices
    heights: np.ndarray  # [V + N] float32, on the template: what bends with the neck
    faces: np.ndarray  # [F, 3] int32
    material: np.ndarray  # [F] uint8
    cutout: tuple[np.ndarray, np.ndarray, np.ndarray]  # see `rasteriser.rasterise`
    uv: np.ndarray  # [V + N, 2] float32
    eye_direction: np.ndarray  # [V + N, 3] float32
    hair_tangent: np.ndarray  # [V + N, 3] float32
    hair_tone: np.ndarray  # [h, w] float32
    open_part: np.ndarray  # [V + N] float32
    curvature: np.ndarray  # [V + N] float32, 1 / decimetres
    skin: Skin


def make_figure(shape: np.ndarray, looks: Appearance) -> Figure:
    """Builds and paints one person; takes some 0.1 s, so draw all their pictures in a row."""
    head = heads()
    neutral = head.neutral(shape)
    drawn = np.isin(head.face_regions, [head.regions.index(name) for name in _MATERIALS])
    regions = np.array([_MATERIALS.get(name, 0) for name in head.regions], np.uint8)
    faces, material = [head.faces[drawn]], [regions[head.face_regions[drawn]]]
    vertices, uv = [neutral], [canvas().uv]
    tangents = [np.zeros_like(neutral)]

    def add(
        more: np.ndarray,
        triangles: np.ndarray,
        kind: Material,
        where: np.ndarray,
        along: np.ndarray,
    ) -> None:
        faces.append((triangles + sum(map(len, vertices))).astype(np.int32))
        material.append(np.full(len(triangles), kind, np.uint8))
        vertices.append(more)
        uv.append(where)
        tangents.append(along)

    hair: Hair | None = grow_hair(looks, neutral)
    if hair:
        add(hair.vertices, hair.faces, Material.HAIR, hair.uv, hair.tangents)
    if looks.glasses:
        frame, triangles = make_glasses(looks, neutral)
        nowhere = np.zeros((len(frame), 2), np.float32)
        add(frame, triangles, Material.FRAME, nowhere, np.zeros_like(frame))
    every, uvs = np.concatenate(vertices), np.concatenate(uv).astype(np.float32)
    all_faces, kinds = np.concatenate(faces).astype(np.int32), np.concatenate(material)
    opacity = hair.opacity if hair else np.ones((1, 1), np.float32)
    cutout = (kinds == Material.HAIR, uvs, opacity)
    extra = len(every) - len(neutral)
    middle = np.array([0, 7.1, 0.4], np.float32)
    normals = vertex_normals(every, all_faces)
    hair_part = np.concatenate(tangents).any(axis=1)
    open_part = openness(every - middle, normals, all_faces, cutout)
    return Figure(
        looks=looks,
        neutral=neutral,
        rest=every[len(neutral) :],
        heights=np.concatenate([head.template[:, 1], every[len(neutral) :, 1]]),
        faces=all_faces,
        material=kinds,
        cutout=cutout,
        uv=uvs,
        eye_direction=np.pad(head.eye_directions, ((0, extra), (0, 0))),
        hair_tangent=np.concatenate(tangents).astype(np.float32),
        hair_tone=hair.tone if hair else np.ones((1, 1), np.float32),
        open_part=np.clip(open_part, np.where(hair_part, _OPEN_HAIR, 0.05), 1),
        curvature=vertex_curvature(every, normals, all_faces),
        skin=paint_skin(looks),
    )
