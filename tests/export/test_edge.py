"""Files for other programs answer as the networks do; coarse ones are refused."""

import json

import keras
import numpy as np
import onnx
import pytest

from facedancer.arcface_model.encoder import UNTRAINED_SMALL
from facedancer.export import conversion, lite_conversion
from facedancer.export.conversion import convert
from facedancer.export.forms import LITE, ONNX
from facedancer.export.lite_metadata import read_metadata
from facedancer.export.swap_networks import load_networks
from facedancer.networks.generator import get_generator
from facedancer.retinaface.detector import SHIPPED_WEIGHTS
from facedancer.utils.cli import UserError
from facedancer.utils.lite_files import LiteFile


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    """A generator as training in bfloat16 leaves it, the stand-in encoder, the detector."""
    path = tmp_path_factory.mktemp("run") / "generator.keras"
    keras.utils.set_random_seed(0)
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        up_types = ("no_skip", "no_skip", "add", "affa", "affa", "concat")
        get_generator(up_types, mapping_depth=1, image_size=64, base_width=4).save(path)
    finally:
        keras.config.set_dtype_policy("float32")
    return {n.name: n for n in load_networks(str(path), UNTRAINED_SMALL, str(SHIPPED_WEIGHTS))}


@pytest.mark.parametrize(
    ("name", "precision"),
    [("swap", "float32"), ("swap", "int8"), ("embed", "float16"), ("detect", "int8_dynamic")],
)
def test_converted_networks_answer_alike(networks, name, precision, tmp_path):
    result = convert(networks[name], LITE, precision, tmp_path)
    assert result.is_kept
    content = (tmp_path / f"{name}.tflite").read_bytes()
    assert len(content) == result.size
    facts = read_metadata(content)
    assert facts["precision"] == precision
    assert ("marking" in facts) == (name == "swap")
    # Any number of pictures, with the same answers.
    sample = networks[name].samples[0]
    one = LiteFile(content)(**sample)
    three = LiteFile(content)(**{k: np.repeat(v, 3, 0) for k, v in sample.items()})
    for output, values in one.items():
        assert three[output].shape == (3, *values.shape[1:])
        np.testing.assert_allclose(three[output][2:], values, atol=1e-4 * np.abs(values).max())


def test_a_fixed_number_of_pictures(networks, tmp_path):
    convert(networks["embed"], LITE, "float32", tmp_path, batch=2)
    two = LiteFile((tmp_path / "embed.tflite").read_bytes())
    image = networks["embed"].samples[0]["image"]
    assert two(image=np.repeat(image, 2, 0))["embedding"].shape == (2, 512)


def test_what_is_coarser_than_allowed_is_not_written(networks, tmp_path, monkeypatch):
    monkeypatch.setitem(lite_conversion.PRECISIONS, "float16", 200.0)
    result = convert(networks["embed"], LITE, "float16", tmp_path)
    assert not result.is_kept and 50 < result.psnr < 200
    assert not list(tmp_path.iterdir())


def test_onnx_answers_alike(networks, tmp_path):
    result = convert(networks["swap"], ONNX, "float32", tmp_path)
    assert result.is_kept
    proto = onnx.load(tmp_path / "swap.onnx")
    assert {entry.name for entry in proto.graph.input} == {"target", "identity"}
    [facts] = [json.loads(p.value) for p in proto.metadata_props if p.key == "facedancer"]
    assert "synthetic" in facts["marking"]


def test_psnr_by_hand():
    wanted = np.array([0.0, 1.0, 2.0])
    # Range 2, root mean squared error 0.02: 20 log10(100).
    assert conversion.psnr(wanted + 0.02, wanted) == pytest.approx(40)
    assert conversion.psnr(wanted, wanted) == np.inf


def test_files_that_are_none():
    with pytest.raises(UserError, match="not a LiteRT file"):
        LiteFile(b"nothing of the kind")
