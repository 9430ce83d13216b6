"""A person, ready to be drawn: head, hair and things worn as one mesh, and its paint."""

from dataclasses import dataclass, replace

import numpy as np

from ..drawing.geometry import vertex_curvature, vertex_normals
from ..drawing.materials import Material
from ..drawing.shadows import openness
from ..people.accessories import Accessories, Earrings, make_earrings, make_scarf
from ..people.appearance import Appearance
from ..people.canvas import canvas
from ..people.glasses import make_glasses
from ..people.hair import Hair, grow_hair
from ..people.hats import Hat, make_hat, press_hair
from ..people.heads import heads
from ..people.lashes import draw_lashes, lash_places
from ..people.piece import Piece
from ..people.skin import Skin, paint_skin

_MATERIALS = {
    "skin": Material.SKIN,
    "mouth_inside": Material.MOUTH,
    "eyeball_left": Material.EYE,
    "eyeball_right": Material.EYE,
    "teeth": Material.TEETH,
    "tongue": Material.TONGUE,
    "lashes": Material.LASH,
}
# Tufts that lie under others are not black: light comes through.
_OPEN_HAIR = 0.35
# The part of the rows of the strands' map that is the hair's, and where in it tufts begin.
_HAIR = 0.8
_TUFTS = 0.5 * _HAIR
_OPEN = 0.8  # how much of the surroundings hats, scarves and earrings see.


@dataclass(frozen=True)
class Figure:
    """All that is the same in a session's pictures. Vertices: the head's, then the rest."""

    looks: Appearance
    neutral: np.ndarray  # [V, 3] float32, the head at rest
    rest: np.ndarray  # [N, 3] float32, vertices of hair and of what is worn
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

    @property
    def solid(self) -> np.ndarray:
        """``[F]`` bool: what casts shadows. Tufts lie on hair that does, lashes are too thin."""
        tufts = (self.material == Material.HAIR) & (self.uv[self.faces[:, 0], 1] > _TUFTS)
        return ~(tufts | (self.material == Material.LASH))


def make_figure(shape: np.ndarray, looks: Appearance) -> Figure:
    """Builds and paints one person; takes some 0.1 s, so draw a session's pictures in a row.

    Args:
        shape: of the head, see `Heads`.
        looks: what is painted and grown on it.
    """
    head = heads()
    neutral = head.neutral(shape)
    hair: Hair | None = grow_hair(looks, neutral)
    figure = _bare(neutral, looks, hair)
    if hair:
        uv = hair.uv * np.array([1, _HAIR], np.float32)
        piece = Piece(hair.vertices, hair.faces, uv)
        figure = _with(figure, piece, Material.HAIR, hair.tangents)
    if looks.glasses:
        frame, faces = make_glasses(looks, neutral)
        piece = Piece(frame, faces, np.zeros((len(frame), 2), np.float32))
        figure = _with(figure, piece, Material.FRAME)
    every = np.concatenate([neutral, figure.rest])
    middle = np.array([0, 7.1, 0.4], np.float32)
    normals = vertex_normals(every, figure.faces)
    solid, (holes, uv, opacity) = figure.solid, figure.cutout
    cutout = (holes[solid], uv, opacity)
    open_part = openness(every - middle, normals, figure.faces[solid], cutout)
    least = np.where(figure.hair_tangent.any(axis=1), _OPEN_HAIR, 0.05)
    return replace(
        figure,
        open_part=np.clip(open_part, least, 1),
        curvature=vertex_curvature(every, normals, figure.faces),
    )


def wear(figure: Figure, worn: Accessories) -> Figure:
    """A figure with hat, scarf and earrings, which shade nothing but by the key light."""
    if worn.hat is not Hat.NONE:
        is_hair = figure.hair_tangent.any(axis=1)[len(figure.neutral) :]
        rest = figure.rest.copy()
        rest[is_hair] = press_hair(rest[is_hair], worn.hat, figure.neutral)
        figure = replace(figure, rest=rest)
        figure = _with(figure, make_hat(worn.hat, figure.neutral), Material.HAT)
    if worn.scarf:
        figure = _with(figure, make_scarf(figure.neutral), Material.SCARF)
    if worn.earrings is not Earrings.NONE:
        figure = _with(figure, make_earrings(worn.earrings, figure.neutral), Material.METAL)
    return figure


def _bare(neutral: np.ndarray, looks: Appearance, hair: Hair | None) -> Figure:
    head = heads()
    drawn = np.isin(head.face_regions, [head.regions.index(name) for name in _MATERIALS])
    regions = np.array([_MATERIALS.get(name, 0) for name in head.regions], np.uint8)
    faces, material = head.faces[drawn], regions[head.face_regions[drawn]]
    # One map of strands: the hair's, and below it the lashes'.
    uv = canvas().uv.astype(np.float32)
    cards, places = lash_places()
    uv[cards] = places * [1, 1 - _HAIR] + [0, _HAIR]
    lashes = draw_lashes(looks.lashes, looks.texture)
    rows = round(len(lashes) / (1 - _HAIR)) - len(lashes)
    plain = np.ones((rows, lashes.shape[1]), np.float32)
    opacity, tone = (hair.opacity, hair.tone) if hair else (plain, plain)
    return Figure(
        looks=looks,
        neutral=neutral,
        rest=np.zeros((0, 3), np.float32),
        heights=head.template[:, 1],
        faces=faces,
        material=material,
        cutout=(material == Material.LASH, uv, np.concatenate([opacity, lashes])),
        uv=uv,
        eye_direction=head.eye_directions,
        hair_tangent=np.zeros_like(neutral),
        hair_tone=np.concatenate([tone, np.ones_like(lashes)]),
        open_part=np.ones(len(neutral), np.float32),
        curvature=np.zeros(len(neutral), np.float32),
        skin=paint_skin(looks),
    )


def _with(
    figure: Figure,
    piece: Piece,
    kind: Material,
    tangents: np.ndarray | None = None,
) -> Figure:
    """A figure with one more thing on it."""
    count = len(piece.vertices)
    tangents = np.zeros((count, 3), np.float32) if tangents is None else tangents
    faces = (piece.faces + len(figure.uv)).astype(np.int32)
    uvs = np.concatenate([figure.uv, piece.uv])
    has_holes, _, opacity = figure.cutout
    holes = np.concatenate([has_holes, np.full(len(faces), kind is Material.HAIR)])
    return replace(
        figure,
        rest=np.concatenate([figure.rest, piece.vertices]),
        heights=np.concatenate([figure.heights, piece.vertices[:, 1]]),
        faces=np.concatenate([figure.faces, faces]),
        material=np.concatenate([figure.material, np.full(len(faces), kind, np.uint8)]),
        cutout=(holes, uvs, opacity),
        uv=uvs,
        eye_direction=np.pad(figure.eye_direction, ((0, count), (0, 0))),
        hair_tangent=np.concatenate([figure.hair_tangent, tangents]),
        open_part=np.pad(figure.open_part, (0, count), constant_values=_OPEN),
        curvature=np.pad(figure.curvature, (0, count)),
    )
