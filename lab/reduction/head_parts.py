"""Cuts the head out of the base mesh: vertices, triangles, regions, masks, targets, landmarks."""

from collections.abc import Callable

import numpy as np

from ..people.eyeball import unit_eyeball
from ..people.sparse_targets import pack_targets
from .head_landmarks import landmarks
from .head_masks import painted_masks
from .head_targets import MACROS, aligned, slider_targets, strength
from .makehuman import BaseMesh, Wheel

# Below this height (the chin is at 6.2) and beyond this breadth nothing is kept.
_LOWEST, _BROADEST = 4.9, 1.9

REGIONS = ("skin", "mouth_inside", "eyeball_left", "eyeball_right", "teeth", "tongue", "lashes")
_GROUPS = {
    "body": "skin",
    "helper-upper-teeth": "teeth",
    "helper-lower-teeth": "teeth",
    "helper-tongue": "tongue",
    "helper-l-eyelashes-1": "lashes",
    "helper-l-eyelashes-2": "lashes",
    "helper-r-eyelashes-1": "lashes",
    "helper-r-eyelashes-2": "lashes",
}
# How what is in the mouth is withdrawn, in decimetres but for the part of its breadth.
_LINING_REACH, _BACK, _NARROWER, _TONGUE_DOWN = 0.12, 0.035, 0.08, 0.06


def build_head(wheel: Wheel) -> dict[str, np.ndarray]:
    """The arrays of the asset."""
    mesh = wheel.base_mesh()
    kept, faces, regions = _cut(mesh)
    masks = painted_masks(wheel, mesh, kept)
    number = np.full(len(mesh.vertices), -1)
    number[kept] = np.arange(len(kept))
    faces = number[faces]
    inside = (masks["mouth_inside"][faces] > 0).all(axis=1) & (regions == REGIONS.index("skin"))
    regions[inside] = REGIONS.index("mouth_inside")

    eyes = [np.unique(mesh.faces[f"helper-{side}-eye"]) for side in "lr"]
    ball, ball_faces = unit_eyeball()
    faces = np.concatenate([faces, *(ball_faces + len(kept) + side * len(ball) for side in (0, 1))])
    sides = [REGIONS.index("eyeball_left"), REGIONS.index("eyeball_right")]
    regions = np.concatenate([regions, np.repeat(sides, len(ball_faces))])

    def placed(vertices: np.ndarray) -> np.ndarray:
        spheres = [_sphere(vertices[eye]) for eye in eyes]
        return np.concatenate([vertices[kept], *(at + radius * ball for at, radius in spheres)])

    template = placed(mesh.vertices)
    withdrawn = _withdrawn(template, faces, regions)
    base = template + withdrawn
    # Rounded, so that no library's last bit shows in the file.
    template, base = np.round(template, 4), np.round(base, 4)

    def dense(target: np.ndarray) -> np.ndarray:
        moved = mesh.vertices.copy()
        moved[target[:, 0].astype(int)] += target[:, 1:]
        return placed(moved) - template

    macros = [aligned(template, dense(wheel.target(name))) for name in MACROS]
    pairs = slider_targets(wheel)
    units = {
        name: dense(_still(wheel.unit(name), eyes)) * strength(name) for name in wheel.unit_names()
    }
    tongue = np.unique(faces[regions == REGIONS.index("tongue")])
    units["tongueOut"][tongue] -= withdrawn[tongue]  # or it would come out through the lip
    skin = np.unique(faces[regions == REGIONS.index("skin")])
    masks = {name: np.pad(mask, (0, 2 * len(ball))) for name, mask in masks.items()}
    return {
        "template": base.astype(np.float32),
        "faces": faces.astype(np.uint16),
        "face_regions": regions.astype(np.uint8),
        "regions": np.array(REGIONS),
        "masks": np.array(list(masks.values())).astype(np.uint8),
        "mask_names": np.array(list(masks)),
        "landmarks": landmarks(template, skin, units["jawOpen"]).astype(np.uint16),
        "macro_names": np.array([name.split("/")[1] for name in MACROS]),
        "slider_names": np.array(list(pairs)),
        "unit_names": np.array(list(units)),
        **pack_targets("macro", macros),
        **pack_targets("slider_low", [_all_of(wheel, dense, low) for low, _ in pairs.values()]),
        **pack_targets("slider_high", [_all_of(wheel, dense, high) for _, high in pairs.values()]),
        **pack_targets("unit", list(units.values())),
    }


def _cut(mesh: BaseMesh) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The vertices kept, ascending; the triangles, in the mesh's numbers; their regions."""
    beyond = (mesh.vertices[:, 1] < _LOWEST) | (np.abs(mesh.vertices[:, 0]) > _BROADEST)
    faces, regions = [], []
    for group, region in _GROUPS.items():
        quads = mesh.faces[group]
        quads = quads[~beyond[quads].any(axis=1)]
        triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
        triangles = triangles[triangles[:, 1] != triangles[:, 2]]
        faces.append(triangles)
        regions.append(np.full(len(triangles), REGIONS.index(region)))
    faces = np.concatenate(faces)
    return np.unique(faces), faces, np.concatenate(regions)


def _withdrawn(template: np.ndarray, faces: np.ndarray, regions: np.ndarray) -> np.ndarray:
    """``[V, 3]``: moves what is inside the mouth away from lips and cheeks, and the tongue down.

    In the base mesh they almost touch, so that old or laughing cheeks would let it through; and the
    tongue would hide that an open mouth is dark.
    """
    parts = {name: faces[regions == REGIONS.index(name)] for name in REGIONS}
    lining, skin = np.unique(parts["mouth_inside"]), np.unique(parts["skin"])
    border = template[np.intersect1d(lining, skin)]
    from_border = np.linalg.norm(template[lining][:, None] - border, axis=2).min(axis=1)
    share = np.zeros((len(template), 1))
    share[lining, 0] = np.clip(from_border / _LINING_REACH, 0, 1)
    share[np.unique(parts["teeth"])] = share[np.unique(parts["tongue"])] = 1
    moved = share * (template * [-_NARROWER, 0, 0] - [0, 0, _BACK])
    moved[np.unique(parts["tongue"])] -= [0, _TONGUE_DOWN, _BACK]
    return moved


def _all_of(wheel: Wheel, dense: Callable, name: str | None) -> np.ndarray:
    return dense(wheel.target(name) if name else np.zeros((0, 4)))


def _sphere(points: np.ndarray) -> tuple[np.ndarray, float]:
    """The sphere nearest to points, by least squares: centre and radius."""
    system = np.concatenate([2 * points, np.ones((len(points), 1))], axis=1)
    x, y, z, rest = np.linalg.lstsq(system, (points**2).sum(axis=1), rcond=None)[0]
    centre = np.array([x, y, z])
    return centre, float(np.sqrt(rest + centre @ centre))


def _still(unit: np.ndarray, eyes: list[np.ndarray]) -> np.ndarray:
    """A face unit that leaves the eyeballs alone: they turn by the gaze."""
    return unit[~np.isin(unit[:, 0].astype(int), np.concatenate(eyes))]
