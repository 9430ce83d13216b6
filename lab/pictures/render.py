"""A picture of a person, with exact labels: a pure function of seed, identity and index.

Long, since all that is drawn is put together here, and the order counts.
"""

from dataclasses import replace
from functools import lru_cache

import cv2
import numpy as np

from ..drawing.backgrounds import draw_background
from ..drawing.degradations import as_bytes, degrade, expose
from ..drawing.geometry import vertex_normals
from ..drawing.materials import Material, Paint
from ..drawing.occluders import Occluder, draw_occluder
from ..drawing.rasteriser import NOTHING, rasterise
from ..drawing.shading import Lamps, Mesh, shade
from ..drawing.shadows import SHADOW_SCALE, light_frame, shadow_map
from ..people.accessories import Accessories, draw_accessories
from ..people.heads import heads
from ..people.hollows import hollow_openness, lay_tongue
from ..people.skin import skin_tone
from .colouring import below_collar, paint_of
from .figure import Figure, make_figure, wear
from .scene import Scene, draw_scene, picture_rng
from .shown import Key, Part, Shown, place_of, shown

SAMPLES = 2  # along each side of a pixel.
_FACE = (
    Material.SKIN,
    Material.MOUTH,
    Material.EYE,
    Material.TEETH,
    Material.TONGUE,
    Material.LASH,
)

# Every label's number of values.
LABELS = {
    "identity": 1,
    "family": 1,
    "session": 1,
    "skin_tone": 1,
    "masculinity": 1,
    "age": 1,
    "pose": 3,
    "expression": 52,
    "mood": 1,
    "gaze": 2,
    "light": 27,
    "occluder": 1,
    "glasses": 1,
    "worn": 3,
    "landmarks": 10,
    "shape": 204,
}


def render(
    seed: int,
    identity: int,
    index: int,
    side: int = 128,
    *,
    face_of: int | None = None,
    head_of: int | None = None,
    source_index: int = 0,
    only: Part | None = None,
    clean: bool = False,
) -> tuple[np.ndarray, dict[str, list[float]]]:
    """Draws one picture.

    Args:
        seed: of the population and all its pictures.
        identity: who, 0 or more.
        index: which of their pictures, 0 or more.
        side: the picture's, in pixels.
        face_of: whose face is shown, in a picture that is ``identity``'s in all else: shape, skin,
            lips, brows, irises, beard. Hair, glasses, clothes, light and pose stay: what a perfect
            face swap would be. None: their own.
        head_of: the same with hair and glasses too.
        source_index: which of the source's pictures: of its session are beard, make-up and tan,
            and with ``head_of`` hair and glasses.
        only: of ``face_of`` these parts alone, in place of `Part.FACE`.
        clean: before blur, noise and JPEG, at the same exposure.

    Returns:
        ``[side, side, 3]`` uint8 RGB, and the labels by the names of `LABELS`: ``identity`` is
        whose shape is shown; ``family``, ``masculinity`` (0..1) and ``age`` (years) are theirs;
        ``session`` is the picture's; ``skin_tone`` 0 pale .. 1 dark; ``pose`` is yaw (positive: the
        nose points to the picture's right), pitch (up) and roll (clockwise) in degrees;
        ``expression`` the units' strengths 0..1 in the order of ``heads().unit_names``; ``mood``
        the expression's number in the pool; ``gaze`` yaw (to the person's left) and pitch (up) of
        the eyes in the head, degrees; ``light`` 27 harmonics; ``occluder`` an `Occluder`;
        ``glasses`` the frame's number or 0; ``worn`` hat, scarf and earrings, numbers or 0;
        ``landmarks`` x, y of the five points in pixels, hidden or not, in RetinaFace's order;
        ``shape`` x, y, z of 68 landmarks (iBUG's) of the head at rest, less the template's, in
        decimetres: what of the face is bones and flesh, whatever it expresses.

    Raises:
        ValueError: ``face_of`` and ``head_of`` are both given, or ``only`` without ``face_of``.
    """
    key = _key(seed, identity, index, face_of, head_of, source_index, only)
    head = shown(*key)
    rng = picture_rng(seed, identity, index)
    scene, worn = draw_scene(rng), draw_accessories(rng, head.own.is_male)
    figure, posed, placed = _place(key, head, scene, worn)
    clothes = head.own_session.clothes
    samples = scene.camera.scale * side * SAMPLES
    paint = paint_of(figure, clothes, worn, samples)
    cloth = below_collar(figure, clothes)
    seen = figure.open_part.copy()
    seen[: len(posed)] = hollow_openness(posed, seen[: len(posed)])
    figure = replace(figure, open_part=seen)
    radiance, cover = _lit(figure, scene, paint, cloth, placed, side * SAMPLES)
    landmarks = landmarks_in(scene, posed, side)

    radiance, cover = _smaller(radiance, side), _smaller(cover, side)
    radiance += draw_background(rng, side, scene.light) * (1 - cover)[..., None]
    if scene.occluder is not Occluder.NONE:
        # It is the picture's own, and stays where it is when another face is behind it.
        own = heads().pose(heads().neutral(head.own.shape), scene.expression, scene.gaze)
        own_landmarks = landmarks_in(scene, own, side)
        reflectance, cover, normals = draw_occluder(rng, scene.occluder, side, own_landmarks)
        part = cover[..., None]
        ahead = reflectance * scene.light.on_surfaces(normals)
        radiance = (radiance * (1 - part) + ahead * part).astype(np.float32)
    # The meter sees the face of the picture's own person, whoever is shown: the surroundings of a
    # perfect swap are the target's.
    level = 0.8 * float((scene.light.on_a_face() * skin_tone(head.own_looks)).mean())
    exposed = expose(radiance, rng, level)
    picture = as_bytes(exposed) if clean else degrade(exposed, rng)
    return picture, _labels(head, scene, worn, landmarks, figure.neutral)


def face_region(
    seed: int,
    identity: int,
    index: int,
    side: int = 128,
    *,
    face_of: int | None = None,
    source_index: int = 0,
) -> np.ndarray:
    """Tells where a picture of `render` shows face: skin above the collar, eyes and mouth.

    Ears and neck are of it; hair, glasses and what is worn hide it. An occluder does not: behind
    it, the picture and the perfect swap are alike anyway.

    Args:
        seed: see `render`, and so the others.
        identity: who.
        index: which of their pictures.
        side: the picture's, in pixels.
        face_of: whose face is shown.
        source_index: which of the source's pictures.

    Returns:
        ``[side, side]`` float32, the covered part of each pixel, 0..1.
    """
    key = _key(seed, identity, index, face_of, None, source_index, None)
    head = shown(*key)
    rng = picture_rng(seed, identity, index)
    scene, worn = draw_scene(rng), draw_accessories(rng, head.own.is_male)
    figure, _, placed = _place(key, head, scene, worn)
    size = side * SAMPLES
    points, near = scene.camera.project(placed, size)
    seen = rasterise(points, near, figure.faces, (size, size), figure.cutout).face
    cloth = below_collar(figure, head.own_session.clothes)[figure.faces].mean(1) > 0
    is_face = np.isin(figure.material, _FACE) & ~cloth
    # The last one stands for `NOTHING`.
    covered = np.append(is_face, False)[np.where(seen == NOTHING, -1, seen)]
    return _smaller(covered.astype(np.float32), side)


def _place(
    key: Key, head: Shown, scene: Scene, worn: Accessories
) -> tuple[Figure, np.ndarray, np.ndarray]:
    """The figure that is drawn, the posed head's vertices ``[V, 3]``, and all before the camera."""
    figure = wear(_figure(key), worn)
    posed = heads().pose(figure.neutral, scene.expression, scene.gaze)
    posed = lay_tongue(posed, scene.expression[heads().index(["tongueOut"])[0]] > 0.1)
    vertices = np.concatenate([posed, figure.rest])
    return figure, posed, scene.camera.place(vertices, figure.heights).astype(np.float32)


def _key(
    seed: int,
    identity: int,
    index: int,
    face_of: int | None,
    head_of: int | None,
    source_index: int,
    only: Part | None,
) -> Key:
    """Tells `shown` what is asked for."""
    if face_of is not None and head_of is not None:
        raise ValueError("give face_of or head_of, not both")
    if only is not None and face_of is None:
        raise ValueError("only is of face_of's parts; give face_of")
    own = place_of(identity, index)
    if head_of is not None:
        return seed, own, place_of(head_of, source_index), Part.HEAD
    if face_of is not None:
        return seed, own, place_of(face_of, source_index), Part.FACE if only is None else only
    return seed, own, own, Part.NOTHING


def _labels(
    head: Shown, scene: Scene, worn: Accessories, landmarks: np.ndarray, neutral: np.ndarray
) -> dict[str, list[float]]:
    camera, who = scene.camera, head.who
    points = heads().landmark_vertices
    labels = {
        "identity": [who.number],
        "family": [who.family],
        "session": [head.own_session.number],
        "skin_tone": [head.looks.melanin],
        "masculinity": [who.masculinity],
        "age": [who.age],
        "pose": [camera.yaw, camera.pitch, camera.roll],
        "expression": scene.expression.tolist(),
        "mood": [float(scene.mood)],
        "gaze": list(scene.gaze),
        "light": scene.light.code(),
        "occluder": [float(scene.occluder)],
        "glasses": [head.looks.glasses],
        "worn": [worn.hat, worn.scarf, worn.earrings],
        "landmarks": landmarks.ravel().tolist(),
        "shape": (neutral[points] - heads().template[points]).ravel().tolist(),
    }
    return {name: [round(float(value), 4) for value in values] for name, values in labels.items()}


@lru_cache(maxsize=2)
def _figure(key: Key) -> Figure:
    head = shown(*key)
    return make_figure(head.shape, head.looks)


def _lit(
    figure: Figure,
    scene: Scene,
    paint: Paint,
    cloth: np.ndarray,
    placed: np.ndarray,
    size: int,
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
        cloth,
    )
    direction, solid = scene.light.direction, figure.solid
    holes, uv, opacity = figure.cutout
    lamps = Lamps(
        scene.light.sh,
        scene.light.key,
        light_frame(direction),
        shadow_map(placed, figure.faces[solid], direction, (holes[solid], uv, opacity)),
        SHADOW_SCALE,
        scene.light.mirror,
        scene.light.glossy,
    )
    eye = np.array([0, 0, scene.camera.distance], np.float32)
    radiance = shade(seen.face, seen.weights, mesh, paint, lamps, eye)
    return radiance, (seen.face != NOTHING).astype(np.float32)


def landmarks_in(scene: Scene, head: np.ndarray, side: int) -> np.ndarray:
    """``[5, 2]`` pixels; (0, 0) is the middle of the upper left pixel, as detectors have it."""
    points = heads().landmarks(head)
    placed = scene.camera.place(points, np.full(len(points), 7.0))
    return scene.camera.project(placed.astype(np.float32), side)[0] - 0.5


def _smaller(samples: np.ndarray, side: int) -> np.ndarray:
    return cv2.resize(samples, (side, side), interpolation=cv2.INTER_AREA)
