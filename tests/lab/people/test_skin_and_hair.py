import dataclasses

import numpy as np
import pytest

from facedancer.lab.people.appearance import Beard, HairStyle, dress
from facedancer.lab.people.canvas import SIDE, canvas, unroll
from facedancer.lab.people.glasses import make_glasses
from facedancer.lab.people.hair import grow_hair
from facedancer.lab.people.hairline import above_hairline
from facedancer.lab.people.heads import heads
from facedancer.lab.people.person import person
from facedancer.lab.people.sessions import session
from facedancer.lab.people.skin import paint_skin

PERSON = person(5, 3)
WORN = session(5, PERSON, 0)
BARE = dataclasses.replace(
    dress(PERSON.traits, WORN.grooming, WORN.hairdo, WORN.spectacles),
    beard_growth=np.array([1.0, 1.0, 1.0, 0.0]),
    lid_cover=0.0,
    beard=Beard.NONE,
    hair=HairStyle.BALD,
    freckles=0.0,
    melanin=0.2,
)
NEUTRAL = heads().neutral(PERSON.shape)


def at(skin_map, x, y):
    """The map about where the template's face has that point."""
    away = np.abs(canvas().position[..., :2] - [x, y]).sum(axis=2)
    away[canvas().position[..., 2] < 0.5] = np.inf
    row, column = np.unravel_index(away.argmin(), away.shape)
    return skin_map[row - 3 : row + 4, column - 3 : column + 4].mean(axis=(0, 1))


def changed(**traits):
    return paint_skin(dataclasses.replace(BARE, **traits)).albedo


def test_the_map_s_pixels_know_their_place():
    places, covered = canvas().position, canvas().covered
    rows, columns = np.nonzero(covered)
    # The face, where it is not folded over itself as ears and nostrils are.
    face = (np.abs(columns - SIDE / 2) < 60) & (np.abs(rows - SIDE / 2) < 60)
    back = unroll(places[rows[face], columns[face]]) * SIDE - 0.5
    assert np.median(np.abs(back - np.stack([columns[face], rows[face]], 1))) < 0.5


def test_traits_show_where_they_should():
    plain, cheek, chin = changed(), (0.4, 6.95), (0.0, 6.35)
    assert at(changed(melanin=0.9), *cheek).sum() < 0.4 * at(plain, *cheek).sum()
    bearded = changed(beard=Beard.FULL, beard_density=1.0, beard_colour=np.full(3, 0.01))
    assert at(bearded, *chin).sum() < 0.5 * at(plain, *chin).sum()
    np.testing.assert_allclose(at(bearded, 0, 7.8), at(plain, 0, 7.8))
    red = at(changed(blush=1.0), *cheek) / at(changed(blush=0.0), *cheek)
    assert red[0] > red[1]
    lips = changed(lips=np.array([0.8, 0.2, 0.2]))
    assert at(lips, 0, 6.55)[1] < 0.6 * at(plain, 0, 6.55)[1]
    lids = changed(lid_cover=0.7, lid_colour=np.array([0.05, 0.3, 0.1]))
    assert at(lids, 0.30, 7.335)[0] < 0.75 * at(plain, 0.30, 7.335)[0]
    mole = changed(moles=np.array([[0.4, 6.95, 0.03, 1.0]]))
    assert at(mole, *cheek).sum() < 0.9 * at(changed(moles=np.zeros((0, 4))), *cheek).sum()
    shaved = changed(hair=HairStyle.SHAVED, hair_colour=np.full(3, 0.01))
    assert at(shaved, 0, 8.3).sum() < 0.5 * at(plain, 0, 8.3).sum()


@pytest.mark.parametrize("style", list(HairStyle))
def test_hair_stands_off_the_head_and_leaves_the_face_free(style):
    hair = grow_hair(dataclasses.replace(BARE, hair=style), NEUTRAL)
    if style in (HairStyle.BALD, HairStyle.SHAVED):
        assert hair is None
        return
    assert np.isfinite(hair.vertices).all()
    assert hair.faces.max() == len(hair.vertices) - 1
    assert 0 <= hair.uv.min() <= hair.uv.max() <= 1
    x, y, z = hair.vertices.T
    assert y.max() > NEUTRAL[:, 1].max(), "there is hair over the crown"
    face = (np.abs(x) < 0.35) & (y < 7.4) & (z > 1.0)
    assert not face.any()
    assert np.abs(x).max() < 1.7


def test_long_hair_hangs_lower_than_short():
    lowest = {
        style: grow_hair(dataclasses.replace(BARE, hair=style), NEUTRAL).vertices[:, 1].min()
        for style in (HairStyle.SHORT, HairStyle.BOB, HairStyle.LONG)
    }
    assert lowest[HairStyle.LONG] < lowest[HairStyle.BOB]
    assert lowest[HairStyle.LONG] < lowest[HairStyle.SHORT] - 0.4


def test_the_hairline_recedes():
    forehead = np.array([0.35, 7.98, 1.15])
    full = dataclasses.replace(BARE, hair=HairStyle.SHORT, hairline=0.0)
    receding = dataclasses.replace(full, hair=HairStyle.RECEDING)
    assert above_hairline(forehead, full) > 0 > above_hairline(forehead, receding)


def test_glasses_sit_before_the_eyes():
    frame, faces = make_glasses(dataclasses.replace(BARE, glasses=2), NEUTRAL)
    assert faces.max() == len(frame) - 1
    (left, radius), (right, _) = heads().eyeballs(NEUTRAL)
    for centre in (left, right):
        near = np.abs(frame[:, 0] - centre[0]) < 0.3
        rim = frame[near & (frame[:, 2] > centre[2] + radius)]
        assert rim[:, 1].max() > centre[1] + 0.1
        assert rim[:, 1].min() < centre[1] - 0.1
    assert frame[:, 2].min() < left[2] - 0.5, "temples reach back to the ears"


@pytest.mark.parametrize("style", [HairStyle.SHORT, HairStyle.LONG, HairStyle.AFRO])
def test_tufts_lie_about_the_sheet_and_let_it_through(style):
    looks = dataclasses.replace(BARE, hair=style)
    hair = grow_hair(looks, NEUTRAL)
    of_tufts = hair.uv[:, 1] > 0.5 + 1e-6
    sheet, tufts = hair.vertices[~of_tufts], hair.vertices[of_tufts]
    assert len(tufts) > 1500
    away = [np.linalg.norm(sheet - point, axis=1).min() for point in tufts[::37]]
    assert np.median(away) < 0.08
    assert max(away) < 0.35
    np.testing.assert_allclose(np.linalg.norm(hair.tangents, axis=1), 1, atol=0.05)
    half = len(hair.opacity) // 2
    assert hair.opacity[: half // 3].min() == 1, "the sheet is closed at the crown"
    assert 0.3 < (hair.opacity[half:] > 0.5).mean() < 0.9, "tufts are broken"
    assert hair.tone[half:].mean() > 1.1 * hair.tone[:half].mean(), "the sheet is in their shade"
    again = grow_hair(looks, NEUTRAL)
    np.testing.assert_array_equal(again.vertices, hair.vertices)


def test_wrinkles_and_moles_are_a_relief():
    plain = paint_skin(dataclasses.replace(BARE, wrinkles=0.0, moles=np.zeros((0, 4))))
    old = paint_skin(dataclasses.replace(BARE, wrinkles=1.0, moles=np.zeros((0, 4))))
    lower = plain.levels[0].relief - old.levels[0].relief
    forehead, cheek = at(np.maximum(lower, 0), 0.0, 7.62), at(np.maximum(lower, 0), 0.4, 7.05)
    assert lower.max() > 0.004
    assert forehead > 3 * cheek
    mole = paint_skin(
        dataclasses.replace(BARE, wrinkles=0.0, moles=np.array([[0.4, 6.95, 0.03, 1]]))
    )
    assert at(mole.levels[0].relief - plain.levels[0].relief, 0.4, 6.95) > 0.003


def test_brows_have_hairs_and_small_pictures_coarser_maps():
    bare = changed(brow=np.array([0, 0.03, 0, 0.04, 1, 0.0]), brow_colour=np.full(3, 0.01))
    dense = changed(brow=np.array([0, 0.03, 0, 0.04, 1, 1.0]), brow_colour=np.full(3, 0.01))
    assert at(dense, 0.25, 7.47).sum() < at(bare, 0.25, 7.47).sum()
    np.testing.assert_allclose(at(dense, 0.0, 7.0), at(bare, 0.0, 7.0))
    skin = paint_skin(BARE)
    sides = [skin.at(2 * 0.37 * side).albedo.shape[0] for side in (64, 128, 256)]
    assert sides == sorted(sides)
    assert sides[0] < sides[-1] == SIDE
    np.testing.assert_allclose(
        skin.levels[2].albedo.mean(axis=(0, 1)), skin.albedo.mean(axis=(0, 1)), rtol=1e-3
    )


def test_another_hairdo_leaves_the_skin_as_it_is():
    bald = paint_skin(BARE)
    grown = dataclasses.replace(BARE, hair=HairStyle.SHORT, strands=BARE.strands + 1)
    haired = paint_skin(grown)
    face = (np.abs(canvas().position[..., 0]) < 0.4) & (canvas().position[..., 2] > 1.0)
    face &= canvas().position[..., 1] < 7.4
    for field in ("albedo", "gloss", "relief"):
        one, other = (getattr(skin.levels[0], field)[face] for skin in (bald, haired))
        np.testing.assert_array_equal(one, other)
