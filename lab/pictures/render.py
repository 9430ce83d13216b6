"""A picture of a person, with exact labels: a pure function of seed, identity and index."""

from functools import lru_cache

import cv2
import numpy as np

from ..drawing.backgrounds import draw_background
from ..drawing.degradations import degrade, expose
from ..drawing.geometry import vertex_normals
from ..drawing.materials import Paint
from ..drawing.occluders import Occluder, draw_occluder
from ..drawing.rasteriser import NOTHING, rasterise
from ..drawing.shading import Lamps, Mesh, shade
from ..drawing.shadows import SHADOW_SCALE, light_frame, shadow_map
from ..people.heads import heads
from ..people.people import person
from ..people.skin import skin_tone
from .figure import Figure, make_figure
from .scene import Scene, draw_scene, picture_rng

SAMPLES = 2  # along each side of a pixel.
_SCLERA = (0.46, 0.42, 0.40)

# Every label's number of values.
LABELS = {
    "identity": 1,
    "pose": 3,
    "expression": 52,
    "mood": 1,
    "gaze": 2,
    "light": 27,
    "occluder": 1,
    "glasses": 1,
    "landmarks": 10,
}


def render(
    seed: int, identity: int, index: int, side: int = 128, head_of: int | None = None
) -> tuple[np.ndarray, dict[str, list[float]]]:
    """Draws one picture.

    Args:
        seed: of the population and all its pictures.
        identity: who, 0 or more.
        index: which of their pictures, 0 or more.
        side: the picture's, in pixels.
        head_of: whose head, skin, hair and glasses are shown, in a picture that is ``identity``'s
            in all else: what a perfect swap would be. None: their own.

    Returns:
        ``[side, side, 3]`` uint8 RGB, and the labels by the names of `LABELS`: ``pose`` is yaw
        (positive: the nose points to the picture's right), pitch (up) and roll (clockwise) in
        degrees; ``expression`` the units' strengths 0..1 in the order of ``heads().unit_names``;
        ``mood`` the expression's number in the pool; ``gaze`` yaw (to the person's left) and pitch
        (up) of the eyes in the head, degrees; ``light`` 27 harmonics; ``occluder`` an `Occluder`;
        ``glasses`` the frame's number or 0; ``landmarks`` x, y of the five points in pixels, hidden
        or not, in RetinaFace's order.
    """
    shown_person = identity if head_of is None else head_of
    figure = _figure(seed, shown_person)
    rng = picture_rng(seed, identity, index)
    scene = draw_scene(rng)
    head = heads().pose(figure.neutral, scene.expression, scene.gaze)
    vertices = np.concatenate([head, figure.rest])
    placed = scene.camera.place(vertices, figure.heights).astype(np.float32)
    radiance, cover = _lit(figure, scene, placed, side * SAMPLES)
    landmarks = _landmarks(scene, head, side)

    radiance, cover = _smaller(radiance, side), _smaller(cover, side)
    radiance += draw_background(rng, side, scene.light) * (1 - cover)[..., None]
    if scene.occluder is not Occluder.NONE:
        reflectance, cover = draw_occluder(rng, scene.occluder, side, landmarks)
        around = scene.light.sh[0] + 0.45 * scene.light.key
        part = cover[..., None]
        radiance = radiance * (1 - part) + reflectance * around * part
    # The meter sees the face of the picture's own person, whoever is shown: the surroundings of a
    # perfect swap are the target's.
    own = _tone(seed, identity)
    level = 0.8 * float((scene.light.on_a_face() * own).mean())
    picture = degrade(expose(radiance, rng, level), rng)
    camera = scene.camera
    labels = {
        "identity": [float(shown_person)],
        "pose": [camera.yaw, camera.pitch, camera.roll],
        "expression": scene.expression.tolist(),
        "mood": [float(scene.mood)],
        "gaze": list(scene.gaze),
        "light": scene.light.code(),
        "occluder": [float(scene.occluder)],
        "glasses": [float(figure.looks.glasses)],
        "landmarks": landmarks.ravel().tolist(),
    }
    return picture, {
        name: [round(float(value), 4) for value in values] for name, values in labels.items()
    }


@lru_cache(maxsize=2)
def _tone(seed: int, identity: int) -> np.ndarray:
    return skin_tone(person(seed, identity).appearance)


@lru_cache(maxsize=2)
def _figure(seed: int, identity: int) -> Figure:
    who = person(seed, identity)
    return make_figure(who.shape, who.appearance)


def _lit(
    figure: Figure, scene: Scene, placed: np.ndarray, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """The head's radiance, ``[size, size, 3]``, and its coverage, ``[size, size]``."""
    points, near = scene.camera.project(placed, size)
    seen = rasterise(points, near, figure.faces, (size, size), figure.cutout)
    mesh = Mesh(
        figure.faces,
        figure.material,
        placed,
        vertex_normals(placed, figure.faces),
        figure.curvature,
        figure.uv,
        figure.eye_direction,
        figure.hair_tangent @ scene.camera.rotation().T,
        figure.open_part,
        _cloth(figure, scene),
    )
    direction = scene.light.direction
    lamps = Lamps(
        scene.light.sh,
        scene.light.key,
        light_frame(direction),
        shadow_map(placed, figure.faces, direction, figure.cutout),
        SHADOW_SCALE,
        scene.light.mirror,
        scene.light.glossy,
    )
    eye = np.array([0, 0, scene.camera.distance], np.float32)
    radiance = shade(seen.face, seen.weights, mesh, _paint(figure, scene), lamps, eye)
    return radiance, (seen.face != NOTHING).astype(np.float32)


def _cloth(figure: Figure, scene: Scene) -> np.ndarray:
    """``[V]`` float32: decimetres below the collar, negative above it and for all but skin."""
    height, depth, rise = scene.collar
    head = heads().template
    line = height + rise * np.clip(0.5 - head[:, 2], 0, 1)
    line = line - depth * np.clip(1 - np.abs(head[:, 0]) / 0.45, 0, 1) * (head[:, 2] > 0.3)
    return np.pad(line - head[:, 1], (0, len(figure.rest)), constant_values=-1).astype(np.float32)


def _paint(figure: Figure, scene: Scene) -> Paint:
    looks, skin = figure.looks, figure.skin
    colours = looks.iris, looks.iris_inner, _SCLERA
    iris, iris_inner, sclera, hair, frame, cloth = np.array(
        [*colours, looks.hair_colour, looks.glasses_colour, scene.cloth], np.float32
    )
    tone, pupil = figure.hair_tone, np.float32(looks.pupil)
    return Paint(skin.albedo, skin.gloss, tone, iris, iris_inner, sclera, pupil, hair, frame, cloth)


def _landmarks(scene: Scene, head: np.ndarray, side: int) -> np.ndarray:
    """``[5, 2]`` pixels; (0, 0) is the middle of the upper left pixel, as detectors have it."""
    points = heads().landmarks(head)
    placed = scene.camera.place(points, np.full(len(points), 7.0))
    return scene.camera.project(placed.astype(np.float32), side)[0] - 0.5


def _smaller(samples: np.ndarray, side: int) -> np.ndarray:
    return cv2.resize(samples, (side, side), interpolation=cv2.INTER_AREA)
