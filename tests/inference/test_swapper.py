"""The way of a picture through the swap, with stand-ins whose answers are known."""

import numpy as np
import pytest
import tensorflow as tf

from facedancer.arcface_model.encoder import UNTRAINED_SMALL, load_encoder
from facedancer.inference.blending.blender import Blending, blend
from facedancer.inference.default_networks import Usual
from facedancer.inference.swapper import NoFaceError, Swapper
from facedancer.networks.loading.generator import Generator
from facedancer.retinaface.detector import Face
from facedancer.utils.alignment import template

SIDE = 64


class FixedDetector:
    """Finds the same faces in every picture."""

    def __init__(self, *faces):
        self.faces = list(faces)

    def detect(self, image):
        return self.faces


class Recorder:
    """A generator that keeps its inputs and returns the negative."""

    def __init__(self):
        self.calls = []

    def __call__(self, target, identity):
        self.calls.append((target.numpy(), identity.numpy()))
        return -target


def face_at(left, top, size, score=0.9):
    """An upright face whose aligned crop is the square of ``size`` at (left, top)."""
    box = np.array([left, top, left + size, top + size], np.float32)
    return Face(box, template(size) + np.array([left, top], np.float32), score)


def random_picture(height=200, width=240):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


@pytest.fixture(scope="module")
def encoder():
    return load_encoder(UNTRAINED_SMALL)


def swapper_for(encoder, *faces, swap=None):
    generator = Generator(SIDE, "a stand-in", swap or Recorder())
    return Swapper(generator, encoder, FixedDetector(*faces))


def test_the_face_changes_and_nothing_else(encoder):
    picture = random_picture()
    before = picture.copy()
    swapper = swapper_for(encoder, face_at(40, 60, SIDE))
    result = swapper.swap(picture, np.ones(512, np.float32))
    np.testing.assert_array_equal(picture, before)

    np.testing.assert_array_equal(result.faces[0].crop, picture[60:124, 40:104])
    np.testing.assert_array_equal(result.faces[0].changed, 255 - picture[60:124, 40:104])
    # The middle of the face is all new, in the old one's colours; beyond the crop not one pixel is
    # touched.
    own = blend(picture, result.faces, Blending(colour="off"))
    np.testing.assert_array_equal(own[88:110, 60:84], 255 - picture[88:110, 60:84])
    chosen = Blending(mask="outline", colour="lab")
    np.testing.assert_array_equal(result.image, blend(picture, result.faces, chosen))
    assert (result.image[88:110, 60:84] != own[88:110, 60:84]).mean() > 0.5
    outside = np.ones(picture.shape[:2], bool)
    outside[60:124, 40:104] = False
    np.testing.assert_array_equal(result.image[outside], picture[outside])


def test_the_generator_sees_the_signed_crop_and_the_identity(encoder):
    picture = random_picture()
    swapper = swapper_for(encoder, face_at(0, 0, SIDE), face_at(100, 100, SIDE))
    identity = np.arange(512, dtype=np.float32)
    swapper.swap(picture, identity)
    ((target, identities),) = swapper.generator.swap.calls
    np.testing.assert_allclose(target[1], picture[100:164, 100:164] / 127.5 - 1, atol=1e-6)
    np.testing.assert_array_equal(identities, [identity, identity])


def test_a_part_of_the_strength_begins_at_the_faces_own_identity(encoder):
    picture, identity = random_picture(), np.ones(512, np.float32)
    swapper = swapper_for(encoder, face_at(60, 60, 112))
    swapper.swap(picture, identity, strength=0.0)
    swapper.swap(picture, identity, strength=1.0)
    (_, own), (_, source) = swapper.generator.swap.calls
    expected = swapper.identity_of(picture)
    length = np.linalg.norm(own[0]) * np.linalg.norm(expected)
    assert own[0] @ expected / length == pytest.approx(1, abs=1e-5)
    np.testing.assert_array_equal(source[0], identity)


def test_what_is_usual_for_the_generator_is_done_where_nobody_says_how(encoder):
    picture, identity = random_picture(), np.ones(512, np.float32)
    swapper = swapper_for(encoder, face_at(60, 60, SIDE))
    swapper.usual = Usual(strength=0.0, colour="off")
    result = swapper.swap(picture, identity)
    ((_, given),) = swapper.generator.swap.calls
    own = swapper.identity_of(picture)
    assert given[0] @ own / np.linalg.norm(given[0]) / np.linalg.norm(own) > 0.999
    expected = blend(picture, result.faces, Blending(colour="off"))
    np.testing.assert_array_equal(result.image, expected)
    swapper.swap(picture, identity, strength=1.0)
    np.testing.assert_array_equal(swapper.generator.swap.calls[1][1][0], identity)


def test_a_crowd_goes_through_in_batches(encoder):
    swapper = swapper_for(encoder, *(face_at(x, 0, SIDE) for x in range(0, 90, 5)))
    result = swapper.swap(random_picture(), np.zeros(512, np.float32))
    assert [len(target) for target, _ in swapper.generator.swap.calls] == [16, 2]
    assert len(result.faces) == 18
    for one in result.faces:
        np.testing.assert_array_equal(one.changed, 255 - one.crop)


def test_of_two_faces_that_overlap_the_larger_lies_on_top(encoder):
    def constant(target, identity):
        # White where the crop was mostly bright, else black.
        bright = tf.reduce_mean(target, axis=(1, 2, 3), keepdims=True) > 0
        return tf.where(bright, tf.ones_like(target), -tf.ones_like(target))

    picture = np.zeros((200, 240, 3), np.uint8)
    picture[20:120, 20:120] = 255  # seen by the large face alone
    large, small = face_at(10, 10, 110), face_at(70, 70, 100)
    for faces in ((large, small), (small, large)):
        result = swapper_for(encoder, *faces, swap=constant).swap(picture, np.zeros(512))
        assert [one.face for one in result.faces] == list(faces)
        assert result.image[90, 90].tolist() == [255, 255, 255]


def test_no_face_gives_an_equal_picture(encoder):
    picture = random_picture()
    result = swapper_for(encoder).swap(picture, np.zeros(512, np.float32))
    assert result.faces == ()
    np.testing.assert_array_equal(result.image, picture)
    assert result.image is not picture


def test_the_identity_is_that_of_the_largest_face(encoder):
    picture = random_picture()
    small, large = face_at(0, 0, 56, score=0.99), face_at(60, 60, 112, score=0.7)
    identity = swapper_for(encoder, small, large).identity_of(picture)
    assert (identity.shape, identity.dtype) == ((512,), np.float32)
    expected = encoder(picture[None, 60:172, 60:172] / np.float32(255))["embedding"][0]
    np.testing.assert_allclose(identity, expected, atol=1e-4)


def test_an_identity_needs_a_face(encoder):
    with pytest.raises(NoFaceError, match="no face found"):
        swapper_for(encoder).identity_of(random_picture())


@pytest.mark.parametrize(("left", "top"), [(-20, 30), (30, -20), (200, 160)])
def test_the_edge_of_a_picture_stays_as_bright_as_it_is(encoder, left, top):
    """The face reaches beyond the picture, and the generator is soft, as generators are."""
    picture = np.full((200, 240, 3), 200, np.uint8)

    def soften(target, identity):
        return tf.nn.avg_pool2d(target, 9, 1, "SAME")

    swapper = swapper_for(encoder, face_at(left, top, SIDE), swap=soften)
    result = swapper.swap(picture, np.ones(512, np.float32))
    assert len(result.faces) == 1
    assert np.abs(result.image.astype(int) - 200).max() <= 1
