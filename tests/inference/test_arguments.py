"""Tests what the Python API answers to arguments of the wrong kind: one line each."""

import numpy as np
import pytest
import tensorflow as tf

import facedancer.inference
from facedancer.arcface_model.encoder import UNTRAINED_SMALL, load_encoder
from facedancer.inference import Swapper, SwapSettings
from facedancer.networks.loading.generator import Generator
from facedancer.utils.errors import UserError

PICTURE = np.zeros((40, 50, 3), np.uint8)


class NoFaces:
    """A detector that finds none."""

    def detect(self, image):
        return []


@pytest.fixture(scope="module")
def swapper():
    generator = Generator(64, "a stand-in", lambda target, identity: -target)
    return Swapper(generator, load_encoder(UNTRAINED_SMALL), NoFaces())


def test_the_api_is_listed():
    assert {"Swapper", "SwapResult", "SwapSettings"} <= set(dir(facedancer.inference))
    for name in facedancer.inference.__all__:
        assert getattr(facedancer.inference, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'Swaper'"):
        _ = facedancer.inference.Swaper


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        ("scene.jpg", "is a path, 'scene.jpg'"),
        (None, "must be [H, W, 3] uint8 RGB"),
        ([[1, 2], [3]], "must be [H, W, 3] uint8 RGB"),
        (PICTURE[..., 0], "not [40, 50] uint8; a grey one"),
        (PICTURE[None], "not [1, 40, 50, 3] uint8; one picture at a time"),
        (np.zeros((40, 50, 4), np.uint8), "leave the fourth channel out"),
        (np.zeros((3, 40, 50), np.uint8), "must be [H, W, 3] uint8 RGB, not [3, 40, 50] uint8"),
        (PICTURE / 255, "must be uint8, 0 to 255, not [40, 50, 3] float64"),
        (PICTURE[:0], "has no pixels"),
        (tf.keras.Input((40, 50, 3)), "must be [H, W, 3] uint8 RGB"),
    ],
)
def test_pictures(swapper, picture, words):
    for call in (
        lambda: swapper.swap(picture, np.zeros(512)),
        lambda: swapper.identity_of(picture),
        lambda: swapper.identity_of_crop(picture),
    ):
        with pytest.raises(UserError) as caught:
            call()
        assert words in str(caught.value)
        assert "\n" not in str(caught.value) and len(str(caught.value)) < 160


@pytest.mark.parametrize(
    ("identity", "words"),
    [
        (PICTURE, "looks like a picture: identity_of(picture) gives it"),
        ("person.jpg", "is a path, 'person.jpg'"),
        (None, "must be [512] numbers"),
        (np.zeros(511), "this is [511] float64"),
        (np.zeros((1, 512)), "this is [1, 512] float64"),
        (np.full(512, np.nan), "not finite"),
        (np.zeros(512, complex), "this is [512] complex128"),
        (b"12", "is a path"),
    ],
)
def test_identities(swapper, identity, words):
    with pytest.raises(UserError) as caught:
        swapper.swap(PICTURE, identity)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 160


def test_what_is_as_good_as_an_array(swapper):
    tensor, numbers = tf.constant(PICTURE), [0.0] * 512
    np.testing.assert_array_equal(swapper.swap(tensor, numbers).image, PICTURE)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((PICTURE, "a.jpg", "b.jpg"), "target must be a path, not an array [40, 50, 3] uint8"),
        (("", "a.jpg", "b.jpg"), "target must be a path, not ''"),
        (("a.jpg", 7, "b.jpg"), "sources must be a path or a list of paths, not 7"),
        (("a.jpg", PICTURE, "b.jpg"), "sources must be a path or a list of paths, not an array"),
        (("a.jpg", ["c.jpg", None], "b.jpg"), "each of sources must be a path, not None"),
        (("a.jpg", [], "b.jpg"), "sources: give at least one path"),
        (("a.jpg", "c.jpg", None), "output must be a path, not None"),
        (("a.jpg", "c.jpg", "b.jpg", {"quality": 3}), "settings must be a SwapSettings"),
        (("a.jpg", "c.jpg", "b.jpg", None, "largest"), "choice must be a Choice, not 'largest'"),
        (("no_such.jpg", "c.jpg", "b.jpg"), "no such file or folder: no_such.jpg"),
    ],
)
def test_files(swapper, arguments, words):
    with pytest.raises(UserError) as caught:
        swapper.swap_file(*arguments)
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_a_single_source_need_not_be_in_a_list(swapper, tmp_path):
    target = tmp_path / "target.png"
    target.write_bytes(b"")
    with pytest.raises(UserError, match=r"no such image file: .*photo\.jpg"):
        swapper.swap_file(target, str(tmp_path / "photo.jpg"), tmp_path / "out.png")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((None, UNTRAINED_SMALL), "alone does not determine the generator: give --generator too"),
        (("a.keras", PICTURE), "encoder must be a path, not an array"),
        (("a.keras", "b.keras", 3), "detector must be a path, not 3"),
        (("a.keras", UNTRAINED_SMALL, None, "float8"), "no precision 'float8'"),
    ],
)
def test_loading(arguments, words):
    with pytest.raises(UserError) as caught:
        Swapper.load(*arguments)
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_all_files_are_looked_at_before_a_network_is_loaded(tmp_path, monkeypatch):
    def load(*_):
        raise AssertionError("loaded")

    monkeypatch.setattr("facedancer.inference.face_networks.load_generator", load)
    monkeypatch.setattr("facedancer.inference.face_networks.describe_generator", str)
    with pytest.raises(UserError, match="no such identity encoder"):
        Swapper.load("a.keras", tmp_path / "gone.h5")
    with pytest.raises(UserError, match="no such detector"):
        Swapper.load("a.keras", UNTRAINED_SMALL, tmp_path / "gone.h5")


def test_paths_in_place_of_networks():
    with pytest.raises(UserError, match="`load` takes paths.*must be a Generator, not 'a.keras'"):
        Swapper("a.keras", "b.keras", "c.h5")


def test_settings_have_their_own_checks():
    with pytest.raises(UserError, match="crf must be"):
        SwapSettings(video=facedancer.inference.VideoSettings(crf=99))
