import dataclasses

import numpy as np
import pytest

from facedancer.lab.drawing.materials import Material
from facedancer.lab.people.appearance import HairStyle, dress
from facedancer.lab.people.hair import grow_hair
from facedancer.lab.people.person import person
from facedancer.lab.people.sessions import session
from facedancer.lab.pictures.figure import make_figure

PERSON = person(5, 3)
WORN = session(5, PERSON, 0)
LOOKS = dress(PERSON.traits, WORN.grooming, WORN.hairdo, WORN.spectacles)


def seen(field, uv):
    """The map's values where the rasteriser and the shading look them up."""
    high, wide = field.shape
    rows = np.clip((uv[:, 1] * high).astype(int), 0, high - 1)
    return field[rows, np.clip((uv[:, 0] * wide).astype(int), 0, wide - 1)]


@pytest.mark.parametrize("style", [HairStyle.FRINGE, HairStyle.LONG])
def test_hair_is_cut_and_toned_by_its_own_part_of_the_map(style):
    # The lashes' part lies below it: hair that reads into it gets fringes like combs.
    looks = dataclasses.replace(LOOKS, hair=style, glasses=0)
    figure = make_figure(PERSON.shape, looks)
    hair = grow_hair(looks, figure.neutral)
    _, uv, opacity = figure.cutout
    its = len(figure.neutral) + np.arange(len(hair.uv))
    # Between the map's rows the answer hangs on rounding.
    rows = hair.uv[:, 1] * len(hair.opacity)
    clear = np.abs(rows - np.round(rows)) > 1e-3
    assert clear.mean() > 0.7
    for field, own in ((opacity, hair.opacity), (figure.hair_tone, hair.tone)):
        np.testing.assert_array_equal(seen(field, uv[its])[clear], seen(own, hair.uv)[clear])
    tufts = hair.uv[hair.faces[:, 0], 1] > 0.5
    is_hair = figure.material == Material.HAIR
    np.testing.assert_array_equal(figure.solid[is_hair], ~tufts)
