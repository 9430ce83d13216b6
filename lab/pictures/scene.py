"""The choices made for every picture: pose, mood, gaze, light, occluder."""

from dataclasses import dataclass

import numpy as np

from ..drawing.camera import Camera, draw_camera
from ..drawing.lights import Light, draw_light
from ..drawing.occluders import SHARE, Occluder
from ..people.expressions import POOL, mood_pool, with_gaze

# Ends the seed of a picture's numbers: without it picture 0's were those of the person.
_PICTURE = 1
_SHARE_NEUTRAL = 0.12


@dataclass(frozen=True)
class Scene:
    """One picture's chances, but for those that its background and its damages draw themselves."""

    camera: Camera
    light: Light
    mood: int  # number in the pool of expressions
    expression: np.ndarray  # [52] in 0..1
    gaze: tuple[float, float]  # degrees: yaw to the person's left, pitch up
    occluder: Occluder


def picture_rng(seed: int, identity: int, index: int) -> np.random.Generator:
    """The chances of one picture, whatever is drawn before or with it."""
    return np.random.default_rng((seed, identity, index, _PICTURE))


def draw_scene(rng: np.random.Generator) -> Scene:
    """Draws one picture's scene."""
    camera, light = draw_camera(rng), draw_light(rng)
    number = 0 if rng.random() < _SHARE_NEUTRAL else int(rng.integers(POOL))
    occluder = Occluder.NONE
    if rng.random() < SHARE:
        occluder = Occluder(int(rng.integers(1, len(Occluder))))
    # People look into the camera, or somewhere: eyes turn back a part of the head's turn.
    towards = rng.beta(1.2, 1.2)
    gaze = np.array([-camera.yaw, -camera.pitch]) * towards * 0.8 + rng.normal(0, 5, 2)
    gaze = np.clip(gaze, [-30, -18], [30, 18])
    looking = (float(gaze[0]), float(gaze[1]))
    return Scene(
        camera=camera,
        light=light,
        mood=number,
        expression=with_gaze(mood_pool()[number], looking),
        gaze=looking,
        occluder=occluder,
    )
