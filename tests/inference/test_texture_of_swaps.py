"""Swaps with the source's own skin, by the Python API, with the networks that ship."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from facedancer.inference.faces.choosing import NOBODY, Choice, Role
from facedancer.inference.faces.planning import PicturePlanner
from facedancer.inference.jobs.sources import role_of
from facedancer.inference.swapper import Swapper
from facedancer.inference.texture.source import SourceTexture
from facedancer.utils.images import read_image

PHOTOS = Path(__file__).parents[2] / "assets" / "photos"
COLLINS = PHOTOS / "eileen_collins" / "astronaut.png"
HOPPER = PHOTOS / "grace_hopper" / "grace_hopper.jpg"
IDENTITY = np.ones(512, np.float32)


@pytest.fixture(scope="module")
def swapper():
    return Swapper.load(precision="float32")


def a_texture(share=1.0):
    mesh = np.zeros((468, 3), np.float32)
    return SourceTexture(np.zeros((8, 8, 4), np.uint8), mesh, mesh, share)


def test_the_role_has_it_where_it_is_usual_or_asked_for(swapper):
    usual = swapper.role_of(HOPPER)
    assert usual.texture is not None
    assert np.array_equal(usual.identity, swapper.identity_from(HOPPER))
    assert swapper.role_of(HOPPER, texture=False).texture is None
    plain = Swapper(swapper.generator, swapper.encoder, swapper.detector)
    assert plain.role_of(HOPPER).texture is None
    assert plain.role_of(HOPPER, texture=True).texture is not None


def test_a_picture_in_memory_is_as_good_as_its_file(swapper):
    of_file, of_picture = swapper.role_of(HOPPER), swapper.role_of_picture(read_image(HOPPER))
    assert np.allclose(of_file.identity, of_picture.identity, atol=1e-5)
    assert of_file.texture.fingerprint() == of_picture.texture.fingerprint()


def test_of_several_photographs_one_gives_the_skin(swapper):
    both = swapper.role_of([HOPPER, COLLINS])
    alone = [swapper.role_of(one).texture.fingerprint() for one in (HOPPER, COLLINS)]
    assert both.texture.fingerprint() in alone


def test_who_has_no_photograph_has_no_skin(swapper, tmp_path):
    saved = tmp_path / "hopper.identity"
    swapper.save_identity(HOPPER, saved)
    assert swapper.role_of(saved).texture is None
    assert swapper.role_of([saved, HOPPER]).texture is not None
    assert swapper.role_of(NOBODY).texture is None


def test_the_swap_has_it_and_nothing_else_changes(swapper):
    picture, role = read_image(COLLINS), swapper.role_of(HOPPER)
    with_skin, without = swapper.swap(picture, role), swapper.swap(picture, role.identity)
    assert with_skin.faces[0].fitted is not None and without.faces[0].fitted is None
    (face,) = with_skin.faces
    left, top, right, bottom = (int(x) for x in face.face.box)
    outside = np.ones(picture.shape[:2], bool)
    margin = (right - left) // 2
    outside[max(top - margin, 0) : bottom + margin, left - margin : right + margin] = False
    assert np.array_equal(with_skin.image[outside], picture[outside])
    # Nearer to the source than the generator's face alone is.
    gained = [swapper.likeness_of(one.faces[0], role.identity) for one in (without, with_skin)]
    assert gained[1].to_source > gained[0].to_source
    assert gained[1].to_target < 0.9


@pytest.mark.parametrize(("strength", "share"), [(0.4, 0.4), (1.0, 1.0), (1.3, 1.0)])
def test_skin_goes_as_far_as_the_identity(strength, share):
    from facedancer.inference.core.frames import Frame, Observation
    from facedancer.retinaface.face import Face
    from facedancer.utils.alignment import template

    face = Face(np.array([0, 0, 64, 64], np.float32), template(64), 0.9)
    seen = Observation.of(Frame(np.zeros((64, 64, 3), np.uint8), 0), [face])
    seen = dataclasses.replace(seen, embeddings=np.full((1, 512), -1, np.float32))
    choice = Choice([Role(IDENTITY, texture=a_texture())], strength=strength)
    ((plan,),) = PicturePlanner(choice).push(seen)
    assert plan.texture.share == share


def test_another_skin_is_another_choice():
    plain, textured = Choice([Role(IDENTITY)]), Choice([Role(IDENTITY, texture=a_texture())])
    again = Choice([Role(IDENTITY, texture=a_texture())])
    assert textured.fingerprint() == again.fingerprint() != plain.fingerprint()


def test_without_being_asked_sources_give_none(swapper):
    assert role_of(swapper, [HOPPER]).texture is None
    assert role_of(swapper, [HOPPER], with_texture=True).texture is not None
    # An aligned crop, too.
    crop = swapper.role_of(HOPPER).texture.layers[..., :3]
    assert crop.shape[0] == crop.shape[1]
