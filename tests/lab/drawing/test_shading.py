import numpy as np
import pytest

from facedancer.lab.drawing.geometry import vertex_curvature, vertex_normals
from facedancer.lab.drawing.materials import Material, Paint, tooth_tone
from facedancer.lab.drawing.rasteriser import rasterise
from facedancer.lab.drawing.reflection import Incident, skin
from facedancer.lab.drawing.shading import Lamps, Mesh, shade
from facedancer.lab.drawing.shadows import light_frame, shadow_map

UP = np.array([0, 0, 1], np.float32)  # towards the camera
FLOOR = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32)
FLOOR_FACES = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
SIDE = 256


def radiance(vertices, faces, direction, key=1.0, sky=0.0, relief=None):
    """Measures matt grey sheets, or skin with a relief, from above: 16 samples a floor."""
    count = len(vertices)
    points = (vertices[:, :2] * [1, -1] * 8 + 8).astype(np.float32)
    seen = rasterise(points, (vertices[:, 2] + 5).astype(np.float32), faces, (16, 16))
    grey = np.full(3, 0.5, np.float32)
    dark, flat = np.zeros(3, np.float32), np.full((1, 1), 0.5, np.float32)
    paint = Paint(
        np.full((2, 2, 3), 0.5, np.float32), np.zeros((1, 1), np.float32),
        flat if relief is None else relief, flat, dark, dark, dark, np.float32(0.4),
        dark, dark, *[grey] * 4,
    )  # fmt: skip
    mesh = Mesh(
        faces,
        np.full(len(faces), Material.SKIN, np.uint8),
        vertices,
        vertex_normals(vertices, faces),
        np.zeros(count, np.float32),
        (vertices[:, :2] * [0.5, -0.5] + 0.5).astype(np.float32),
        vertices,
        vertices,
        np.ones(count, np.float32),
        # Below the collar: matt cloth.
        np.full(count, 1 if relief is None else -1, np.float32),
    )
    sh = np.zeros((9, 3), np.float32)
    sh[0] = sky
    cutout = (np.zeros(len(faces), bool), np.zeros((8, 2), np.float32), flat)
    shadow = shadow_map(vertices, faces, direction, cutout, SIDE, SIDE / 4)
    ball = np.full((4, 4, 3), sky, np.float32)
    key = np.full(3, key, np.float32)
    lamps = Lamps(sh, key, light_frame(direction), shadow, SIDE / 4, ball, ball)
    return shade(seen.face, seen.weights, mesh, paint, lamps, np.array([0, 0, 20], np.float32))


def test_light_follows_the_cosine_and_adds_up():
    slanted = np.array([0.6, 0, 0.8], np.float32)
    above = radiance(FLOOR, FLOOR_FACES, UP)
    assert above.min() > 0.2
    leaning = radiance(FLOOR, FLOOR_FACES, slanted)
    np.testing.assert_allclose(leaning[..., 1:], 0.8 * above[..., 1:], rtol=0.02)
    np.testing.assert_allclose(radiance(FLOOR, FLOOR_FACES, UP, key=2.0), 2 * above, rtol=1e-4)
    sky = radiance(FLOOR, FLOOR_FACES, UP, key=0.0, sky=0.7)
    both = radiance(FLOOR, FLOOR_FACES, UP, key=1.0, sky=0.7)
    np.testing.assert_allclose(both, above + sky, rtol=1e-4)


def test_a_sheet_between_takes_the_key_light_away():
    roof = FLOOR * 0.5 + np.array([0.0, 0, 1], np.float32)
    vertices = np.concatenate([FLOOR, roof])
    faces = np.concatenate([FLOOR_FACES, FLOOR_FACES + 4]).astype(np.int32)
    slanted = np.array([0.7071, 0, 0.7071], np.float32)
    picture = radiance(vertices, faces, slanted)
    # The light comes from the right, so that the shadow of the roof falls to the left.
    assert picture[8, 1].max() < 0.05
    assert picture[8, 14].min() > 0.2
    assert picture[8, 8].min() > 0.2, "the roof itself is lit"


def test_what_is_bent_more_has_the_greater_curvature():
    rise, turn = np.meshgrid(np.linspace(-1.2, 1.2, 9), np.linspace(0, 6, 25), indexing="ij")
    ball = np.stack([np.cos(rise) * np.sin(turn), np.sin(rise), np.cos(rise) * np.cos(turn)], -1)
    ball = ball.reshape(-1, 3).astype(np.float32)
    index = np.arange(len(ball)).reshape(rise.shape)
    a, b, c = index[:-1, :-1].ravel(), index[:-1, 1:].ravel(), index[1:, 1:].ravel()
    faces = np.stack([a, b, c], 1).astype(np.int32)
    for radius in (0.5, 2.0):
        vertices = ball * np.float32(radius)
        bent = vertex_curvature(vertices, ball, faces)
        np.testing.assert_allclose(bent[faces].mean(), 1 / radius, rtol=0.02)


def test_a_relief_is_lit_as_the_slope_that_it_is():
    """A rise of 0.2 on a decimetre to the right is darker in light from there."""
    across = np.broadcast_to(np.linspace(0, 0.4, 64, dtype=np.float32), (64, 64)).copy()
    slanted = np.array([0.6, 0, 0.8], np.float32)
    level = radiance(FLOOR, FLOOR_FACES, slanted, relief=np.zeros((64, 64), np.float32))
    rising = radiance(FLOOR, FLOOR_FACES, slanted, relief=across)
    ratio = np.median(rising[2:14, 2:14, 2] / level[2:14, 2:14, 2])
    normal = np.array([-0.2, 0, 1]) / np.hypot(0.2, 1)
    expected = (normal @ slanted + 0.02) / (0.8 + 0.02)  # blue light hardly wraps around
    assert ratio == pytest.approx(expected, abs=0.03)


def test_light_wraps_farther_where_skin_is_bent_and_red_the_farthest():
    dark = Incident((1.0,) * 3, 1.0, (0.0,) * 3, 1.0, (0.0,) * 3, -0.15, 0.0, 0.5, 0.0)
    flat, bent = (skin((0.5, 0.5, 0.5), 0.0, curvature, -0.15, dark) for curvature in (0.5, 8.0))
    assert bent[0] > flat[0]
    assert bent[0] > bent[1] > bent[2] or bent[0] > bent[1] == bent[2] == 0
    lit = dark._replace(facing=0.9)
    flat, bent = (skin((0.5, 0.5, 0.5), 0.0, curvature, 0.9, lit) for curvature in (0.5, 8.0))
    assert bent[0] < flat[0], "what goes around is taken from what faces the light"


def test_teeth_are_parted():
    tones = [tooth_tone(number / 100) for number in range(-250, 251)]
    parted = [n for n in range(1, 500) if tones[n] < tones[n - 1] and tones[n] <= tones[n + 1]]
    assert len(parted) in (5, 6)
    assert max(tones) <= 1
