import numpy as np

from facedancer.lab.drawing.environments import directions, environment, environment_count, look
from facedancer.lab.drawing.lights import Light, draw_light
from facedancer.lab.drawing.spherical import harmonics, irradiance, mirrored, sphere_map


def test_the_code_is_the_irradiance_of_sky_and_key():
    direction = np.array([0.48, 0.6, 0.64], np.float32)
    light = Light(
        np.full((9, 3), 0.1, np.float32),
        np.array([1.0, 0.5, 0.25], np.float32),
        direction,
        np.zeros((4, 4, 3)),
        np.zeros((4, 4, 3)),
    )
    code = np.array(light.code()).reshape(9, 3)
    for normal, cosine in ((direction, 1.0), (-direction, 0.0), ((0.0, -0.6, 0.8), 0.152)):
        basis = np.array(harmonics(*map(float, normal)))
        expected = basis.sum() * 0.1 + cosine * light.key
        # Nine harmonics hold 99 % of a clipped cosine's energy; 0.06 is their largest error.
        np.testing.assert_allclose(basis @ code, expected, atol=0.07)


def real_lights(count=6):
    drawn = (draw_light(np.random.default_rng(number)) for number in range(40))
    return [light for light in drawn if light.surroundings][:count]


def test_harmonics_and_key_give_the_light_of_the_whole_place():
    for light in real_lights():
        place = light.surroundings.place
        towards, solid = directions(*place.radiance.shape[:2])
        seen = towards.reshape(-1, 3) @ light.surroundings.turn
        whole = place.radiance.reshape(-1, 3) * light.surroundings.gain * solid.reshape(-1, 1)
        for normal in ((0.0, 0.0, 1.0), (0.0, 0.6, 0.8), (-0.8, 0.0, 0.6)):
            expected = (np.maximum(seen @ normal, 0)[:, None] * whole).sum(axis=0) / np.pi
            given = np.array(irradiance(light.sh, *normal))
            given += light.key * max(light.direction @ normal, 0)
            # The brightest lamp is a direction now, and the rest nine harmonics.
            np.testing.assert_allclose(given, expected, rtol=0.25, atol=0.1)


def test_the_lamp_is_taken_out_of_the_rest_and_shines_from_its_place():
    for number in range(environment_count()):
        place = environment(number)
        _, solid = directions(*place.rest.shape[:2])
        share = np.pi * place.key.sum() / (place.radiance * solid[..., None]).sum()
        assert 0 <= share < 0.56
        assert (place.rest <= place.radiance + 1e-6).all()
        if share > 0.2:
            lamp = look(place.radiance - place.rest, place.direction[None, None])
            around = look(place.radiance - place.rest, -place.direction[None, None])
            assert lamp.sum() >= around.sum()
    shares = [environment(n).key.mean() for n in range(environment_count())]
    assert max(shares) > 5 * min(shares), "some places have a sun, some have none"


def test_mirror_images_show_what_lies_in_their_direction():
    light = real_lights(1)[0]
    ball = sphere_map(light.mirror.shape[0])
    for direction in ((0.0, 0.0, 1.0), (0.6, 0.0, 0.8), (-0.36, 0.48, 0.8), (0.0, -0.8, -0.6)):
        place = light.surroundings.place
        turned = (light.surroundings.turn @ np.array(direction))[None, None].astype(np.float32)
        broad = np.abs(ball - direction).sum(axis=2) < 0.35
        near = light.mirror[broad]
        shown = np.array(mirrored(light.mirror, *direction))
        assert (near.min(axis=0) - 1e-5 <= shown).all()
        assert (shown <= near.max(axis=0) + 1e-5).all()
        expected = look(place.rest, turned)[0, 0] * light.surroundings.gain
        np.testing.assert_allclose(np.log(shown + 0.02), np.log(expected + 0.02), atol=0.7)


def test_faces_are_lit_about_alike_and_both_kinds_of_light_occur():
    lights = [draw_light(np.random.default_rng(number)) for number in range(60)]
    levels = np.array([light.on_a_face().mean() for light in lights])
    assert (levels > 0.15).all()
    assert (levels < 3).all()
    assert 30 < sum(light.surroundings is not None for light in lights) < 60
