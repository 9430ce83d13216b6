"""Sessions last for a few pictures, and then change."""

import numpy as np
import pytest

from facedancer.lab.people.appearance import Beard, dress
from facedancer.lab.people.person import person
from facedancer.lab.people.sessions import session, session_number


@pytest.fixture(scope="module")
def worn():
    """``[people][sessions]``."""
    return [[session(3, person(3, n), s) for s in range(12)] for n in range(60)]


def test_a_session_is_five_pictures_and_always_the_same():
    assert [session_number(index) for index in (0, 4, 5, 24)] == [0, 0, 1, 4]
    first, again = (session(3, person(3, 7), 2) for _ in range(2))
    for part in ("hairdo", "spectacles", "grooming", "clothes"):
        np.testing.assert_equal(vars(getattr(first, part)), vars(getattr(again, part)))


def test_hair_varies_within_people_as_among_them(worn):
    brightness = np.array([[np.log(one.hairdo.hair_colour[0]) for one in row] for row in worn])
    assert brightness.std(axis=1).mean() > 1.2 * brightness.mean(axis=1).std()
    styles = [len({one.hairdo.hair for one in row}) for row in worn]
    assert np.mean(styles) > 5


def test_glasses_come_and_go(worn):
    shares = [np.mean([one.spectacles.glasses > 0 for one in row]) for row in worn]
    assert 0.15 < np.mean(shares) < 0.4
    assert max(shares) < 0.9


def test_men_shave_and_women_paint(worn):
    for number, row in enumerate(worn):
        beards = {one.grooming.beard for one in row}
        painted = {one.grooming.lip_cover > 0 for one in row}
        if person(3, number).is_male:
            assert len(beards) > 1 and painted == {False}
        else:
            assert beards == {Beard.NONE} and painted == {False, True}


def test_looks_put_together_keep_what_is_the_person_s(worn):
    one, session_ = person(3, 1), worn[1][0]
    looks = dress(one.traits, session_.grooming, session_.hairdo, session_.spectacles)
    for name in ("moles", "brow", "iris", "beard_colour"):
        np.testing.assert_array_equal(getattr(looks, name), getattr(one.traits, name))
    assert looks.melanin == pytest.approx(one.traits.melanin + session_.grooming.tan, abs=1e-6)
    assert looks.hair is session_.hairdo.hair
