"""A generator in 8 bits: as near as it says, refused where it is not, whatever the batch."""

import numpy as np
import pytest
import tensorflow as tf

from facedancer.arcface_model.origin import UNTRAINED_SMALL
from facedancer.inference import face_networks
from facedancer.inference.core.precision import choose_precision
from facedancer.inference.int8_gate import LEAST_PSNR, check_psnr
from facedancer.inference.swapper import Swapper
from facedancer.networks.generator import get_generator
from facedancer.networks.loading import int8
from facedancer.networks.loading.generator import load_generator
from facedancer.utils.errors import UserError
from facedancer.utils.weights import lite_files

pytest.importorskip("ai_edge_litert", reason="LiteRT's runtime is not installed")

UP_TYPES = ("no_skip", "no_skip", "affa", "affa", "affa", "concat")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("generator") / "generator.keras"
    get_generator(UP_TYPES, image_size=64, base_width=4).save(path)
    return path


@pytest.fixture(scope="module")
def swapper(path):
    return Swapper.load(path, UNTRAINED_SMALL, None, "int8", True, pixel_boost="1")


def test_a_faces_picture_does_not_depend_on_its_batch(path, swapper):
    generator = swapper.generator
    draw = np.random.default_rng(0)
    targets = tf.constant(draw.uniform(-1, 1, [5, 64, 64, 3]), tf.float32)
    identities = tf.constant(draw.normal(size=[5, 512]), tf.float32)
    together = generator(targets, identities).numpy()
    exact = load_generator(path)(targets, identities).numpy()
    assert together.shape == exact.shape and together.dtype == np.float32
    assert 0 < np.abs(together - exact).max() < 0.3
    for number in range(5):
        part = slice(number, number + 1)
        np.testing.assert_array_equal(generator(targets[part], identities[part]), together[part])


def test_loading_says_how_near_it_is(path, swapper, monkeypatch):
    assert swapper.generator.attend is None
    words = swapper.descriptions["generator"]
    assert words.startswith(swapper.generator.description) and words.endswith("dB from float32")
    assert float(words.split()[-4]) >= LEAST_PSNR
    monkeypatch.setattr(face_networks, "load_generator", lambda *given: swapper.generator)
    monkeypatch.setattr(face_networks, "psnr_to", lambda *networks: 34.4)
    with pytest.raises(UserError, match="PSNR of 34 dB against float32, below the required 35 dB"):
        Swapper.load(path, UNTRAINED_SMALL, precision="int8", any_encoder=True)


def test_nan_is_not_near():
    check_psnr(35.0)
    with pytest.raises(UserError):
        check_psnr(float("nan"))


def test_it_is_refused_on_a_gpu(monkeypatch):
    assert choose_precision("int8") == "int8"
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [kind])
    with pytest.raises(UserError, match="leave it out on a GPU"):
        choose_precision("int8")


def test_without_the_runtime_one_line_says_what_to_install(path, monkeypatch):
    monkeypatch.setattr(lite_files.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(int8, "convert", lambda *given, **more: pytest.fail("converted"))
    with pytest.raises(UserError, match="pip install ai-edge-litert"):
        load_generator(path, "int8")
