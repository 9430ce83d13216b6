"""Hats, scarves and earrings: where they sit."""

import numpy as np
import pytest

from facedancer.lab.people.accessories import (
    Earrings,
    draw_accessories,
    make_earrings,
    make_scarf,
)
from facedancer.lab.people.appearance import HairStyle, dress
from facedancer.lab.people.hair import grow_hair
from facedancer.lab.people.hats import Hat, make_hat, press_hair
from facedancer.lab.people.heads import heads
from facedancer.lab.people.person import person
from facedancer.lab.people.sessions import session

PEOPLE = [person(5, number) for number in (0, 3, 9)]
NEUTRALS = [heads().neutral(one.shape) for one in PEOPLE]


def is_sound(piece):
    return np.isfinite(piece.vertices).all() and piece.faces.max() == len(piece.vertices) - 1


@pytest.mark.parametrize("kind", list(Hat)[1:])
def test_hats_cover_the_crown_and_leave_the_eyes_free(kind):
    for neutral in NEUTRALS:
        hat = make_hat(kind, neutral)
        assert is_sound(hat)
        x, y, z = hat.vertices.T
        assert y.max() > neutral[:, 1].max()
        (left, _), (right, _) = heads().eyeballs(neutral)
        before = (z > left[2]) & (np.abs(x) < left[0] + 0.2)
        assert y[before].min() > max(left[1], right[1]) + 0.12


@pytest.mark.parametrize("kind", list(Hat)[1:])
@pytest.mark.parametrize("style", [HairStyle.AFRO, HairStyle.BUN, HairStyle.LONG])
def test_hair_stays_under_a_hat(kind, style):
    neutral = NEUTRALS[0]
    worn = session(5, PEOPLE[0], 0)
    hairdo = type(worn.hairdo)(**{**vars(worn.hairdo), "hair": style, "curl": 1.0})
    looks = dress(PEOPLE[0].traits, worn.grooming, hairdo, worn.spectacles)
    free = grow_hair(looks, neutral).vertices
    pressed = press_hair(free, kind, neutral)
    crown = make_hat(kind, neutral).vertices[:, 1].max()
    assert pressed[:, 1].max() < crown
    below = free[:, 1] < 7.0
    np.testing.assert_allclose(pressed[below], free[below], atol=1e-5)


def test_scarves_go_around_the_neck():
    for neutral in NEUTRALS:
        scarf = make_scarf(neutral)
        assert is_sound(scarf)
        x, y, z = scarf.vertices.T
        assert 5.4 < y.min() < y.max() < 6.45
        assert x.min() < -0.5 < 0.5 < x.max() and z.min() < -0.2 < 0.6 < z.max()


@pytest.mark.parametrize("kind", list(Earrings)[1:])
def test_earrings_hang_at_both_ears(kind):
    for neutral in NEUTRALS:
        pair = make_earrings(kind, neutral)
        assert is_sound(pair)
        x, y, _ = pair.vertices.T
        ears = neutral[heads().masks["ears"] > 0]
        assert (x > 0.5).sum() == (x < -0.5).sum() == len(x) / 2
        assert y.max() < ears[:, 1].mean()


def test_few_pictures_show_any():
    drawn = [draw_accessories(np.random.default_rng(n), n % 2 == 0) for n in range(600)]
    assert 0.04 < np.mean([one.hat is not Hat.NONE for one in drawn]) < 0.15
    assert 0.04 < np.mean([one.scarf for one in drawn]) < 0.15
    ringed = [one.earrings is not Earrings.NONE for one in drawn]
    assert np.mean(ringed[0::2]) < np.mean(ringed[1::2]) < 0.5
