import numpy as np
import pytest

from facedancer.lab.drawing.lights import Light, light_frame, openness, shadow_map
from facedancer.lab.drawing.materials import Material, Paint
from facedancer.lab.drawing.rasteriser import rasterise
from facedancer.lab.drawing.shading import Lamps, Mesh, harmonics, shade, vertex_normals

UP = np.array([0, 0, 1], np.float32)  # towards the camera
FLOOR = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32)
FLOOR_FACES = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
OPAQUE = (np.zeros(4, bool), np.zeros((8, 2), np.float32), np.ones((1, 1), np.float32))
SIDE = 256


def radiance(vertices, faces, direction, key=1.0, sky=0.0):
    """Measures matt grey sheets seen from above, as many samples a decimetre as make 16 a floor."""
    count = len(vertices)
    points = (vertices[:, :2] * [1, -1] * 8 + 8).astype(np.float32)
    seen = rasterise(points, (vertices[:, 2] + 5).astype(np.float32), faces, (16, 16))
    grey = np.full(3, 0.5, np.float32)
    dark, flat = np.zeros(3, np.float32), np.full((1, 1), 0.5, np.float32)
    paint = Paint(
        np.zeros((2, 2, 3), np.float32), flat, flat, dark, dark, dark, np.float32(0.4),
        dark, dark, grey,
    )  # fmt: skip
    mesh = Mesh(
        faces,
        np.full(len(faces), Material.SKIN, np.uint8),
        vertices,
        vertex_normals(vertices, faces),
        np.zeros((count, 2), np.float32),
        vertices,
        vertices,
        np.ones(count, np.float32),
        np.ones(count, np.float32),  # cloth: matt
    )
    sh = np.zeros((9, 3), np.float32)
    sh[0] = sky
    cutout = (np.zeros(len(faces), bool), *OPAQUE[1:])
    shadow = shadow_map(vertices, faces, direction, cutout, SIDE, SIDE / 4)
    lamps = Lamps(sh, np.full(3, key, np.float32), light_frame(direction), shadow, SIDE / 4)
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


def test_what_lies_below_something_sees_less_of_the_sky():
    roof = FLOOR * 0.8 + np.array([0.0, 0, 0.5], np.float32)
    vertices = np.concatenate([FLOOR * 0.2, roof])
    faces = np.concatenate([FLOOR_FACES, FLOOR_FACES + 4]).astype(np.int32)
    normals = np.tile(UP, (8, 1))
    seen = openness(vertices, normals, faces, OPAQUE)
    assert seen[:4].max() < 0.4
    assert seen[4:].min() > 0.95


def test_the_code_is_the_irradiance_of_sky_and_key():
    direction = np.array([0.48, 0.6, 0.64], np.float32)
    light = Light(
        np.full((9, 3), 0.1, np.float32), np.array([1.0, 0.5, 0.25], np.float32), direction
    )
    code = np.array(light.code()).reshape(9, 3)
    for normal, cosine in ((direction, 1.0), (-direction, 0.0), ((0.0, -0.6, 0.8), 0.152)):
        basis = np.array(harmonics(*map(float, normal)))
        expected = basis.sum() * 0.1 + cosine * light.key
        # Nine harmonics hold 99 % of a clipped cosine's energy; 0.06 is their largest error.
        np.testing.assert_allclose(basis @ code, expected, atol=0.07)


@pytest.mark.parametrize("direction", [UP, np.array([0, 1, 0], np.float32)])
def test_a_light_has_a_right_handed_frame(direction):
    frame = light_frame(direction)
    np.testing.assert_allclose(frame @ frame.T, np.eye(3), atol=1e-6)
    np.testing.assert_allclose(np.cross(frame[0], frame[1]), direction, atol=1e-6)
