"""Files for other programs answer as the networks do; coarse ones are refused."""

import dataclasses
import functools
import json
from pathlib import Path

import keras
import numpy as np
import onnx
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from facedancer.arcface_model.encoder import UNTRAINED_SMALL
from facedancer.export import conversion, lite_conversion
from facedancer.export.conversion import Form, convert
from facedancer.export.convert import Settings
from facedancer.export.lite_conversion import LITE, read_metadata
from facedancer.export.measures import full_float32, psnr
from facedancer.export.model_card import model_card
from facedancer.export.onnx_conversion import ONNX
from facedancer.export.origin import origin_of
from facedancer.export.swap_networks import load_networks
from facedancer.networks.generator import get_generator
from facedancer.retinaface.detector import SHIPPED_WEIGHTS
from facedancer.utils.errors import UserError
from facedancer.utils.weights.kinds import fingerprint
from facedancer.utils.weights.lite_files import LiteFile


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


@pytest.fixture(scope="module")
def converted(networks, tmp_path_factory):
    """``converted(name, precision)``: what `convert` said of a LiteRT file, and the file."""
    folder = tmp_path_factory.mktemp("converted")

    @functools.cache
    def convert_once(name, precision):
        result = convert(networks[name], LITE, precision, folder)
        return result, (folder / f"{name}.tflite").read_bytes()

    return convert_once


@pytest.mark.parametrize(
    ("name", "precision"),
    [("swap", "float32"), ("swap", "int8"), ("embed", "float16"), ("detect", "int8_dynamic")],
)
def test_converted_networks_answer_alike(networks, converted, name, precision):
    result, content = converted(name, precision)
    assert result.is_kept
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


def dtypes_of(content):
    """Lists all results of a file's operations, by the operation's name."""
    interpreter = Interpreter(model_content=content)
    types = {one["index"]: one["dtype"] for one in interpreter.get_tensor_details()}
    return {
        (operation["op_name"], types[number])
        for operation in interpreter._get_ops_details()
        for number in operation["outputs"]
        if number in types
    }


def in_float32(content):
    """The operations of a file that compute so: going over to 8 bits and back is none."""
    found = {name for name, dtype in dtypes_of(content) if dtype == np.float32}
    return found - {"DEQUANTIZE", "DELEGATE"}


@pytest.mark.parametrize("name", ["swap", "embed"])
def test_each_precision_is_in_the_file(converted, name):
    contents = {
        precision: converted(name, precision)[1] for precision in lite_conversion.PRECISIONS
    }
    share = {key: len(content) / len(contents["float32"]) for key, content in contents.items()}
    assert 0.4 < share["float16"] < 0.6
    assert share["int8_dynamic"] < 0.4 and share["int8"] < 0.4
    convolutions = {
        precision: {dtype for kind, dtype in dtypes_of(content) if kind == "CONV_2D"}
        for precision, content in contents.items()
    }
    assert convolutions.pop("int8") == {np.int8}
    assert all(dtypes == {np.float32} for dtypes in convolutions.values())


def test_int8_leaves_nothing_in_float32_that_the_documentation_does_not_name(networks, converted):
    found = {name: in_float32(converted(name, "int8")[1]) for name in networks}
    # The stand-in's normalisation, as its Keras layer writes it: docs/edge.md.
    assert found == {"swap": set(), "embed": {"NEG", "SQUARE"}, "detect": set()}


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


def test_the_command_offers_each_precision():
    precisions = {field.name: field for field in dataclasses.fields(Settings)}["precision"]
    assert precisions.metadata["choices"] == tuple(LITE.least)
    assert tuple(ONNX.least) == ("float32",)


def test_psnr_by_hand():
    wanted = np.array([0.0, 1.0, 2.0])
    # Range 2, root mean squared error 0.02: 20 log10(100).
    assert psnr(wanted + 0.02, wanted) == pytest.approx(40)
    assert psnr(wanted, wanted) == np.inf


@pytest.mark.parametrize("worst", ["first", "second"])
def test_nan_is_refused_wherever_it_stands(networks, tmp_path, worst):
    """Python's min passes over NaN that does not come first."""

    def load(content):
        return lambda image: {"first": np.ones(3), "second": np.ones(3), worst: np.full(3, np.nan)}

    network = dataclasses.replace(
        networks["embed"],
        answer=lambda image: {
            "first": tf.constant([0.9, 1, 2]),
            "second": tf.constant([1.0, 1, 2]),
        },
    )
    form = Form(".tflite", {"float32": -1e9}, lambda *_: b"", load, lambda content, *_: content)
    result = convert(network, form, "float32", tmp_path)
    assert np.isnan(result.psnr) and not result.is_kept
    assert not list(tmp_path.iterdir())
    assert conversion.report([result]) == 1


def test_networks_are_compared_without_tf32(networks):
    is_on = tf.config.experimental.tensor_float_32_execution_enabled
    seen = []

    def answer(image):
        seen.append(is_on())
        return {"embedding": image}

    network = dataclasses.replace(networks["embed"], answer=answer)
    assert conversion.compare(network, lambda image: {"embedding": image}, network.samples) > 80
    assert seen and not any(seen) and is_on(), "off for the comparison alone"
    with pytest.raises(ValueError, match="broken"), full_float32():
        assert not is_on()
        raise ValueError("broken")
    assert is_on(), "on again after an error"


def run_folder(networks, folder):
    (folder / "generator.keras").write_bytes(Path(networks["swap"].path).read_bytes())
    return folder, folder / "generator.keras"


def checkpoint(networks, folder):
    (folder / "manifest.json").write_text("{}")
    return run_folder(networks, folder)


def versions(networks, folder):
    for number in ("1", "2"):
        (folder / number / "variables").mkdir(parents=True)
        for name in ("saved_model.pb", "variables/variables.index"):
            (folder / number / name).write_text(f"{name} of {number}")
    return folder, folder / "2"


@pytest.mark.parametrize("make", [run_folder, checkpoint, versions])
def test_a_folder_s_origin_is_the_network_in_it(networks, tmp_path, make):
    folder, place = make(networks, tmp_path)
    wanted = {"file": folder.name, "sha256": fingerprint(place)}
    assert origin_of(folder) == wanted
    assert model_card({"generator": str(folder)}, "float32")["made_from"] == {"generator": wanted}
    facts = {}
    form = dataclasses.replace(
        LITE,
        convert=lambda *_: b"",
        load=lambda _: networks["swap"].answer,
        add_metadata=lambda content, description, given: facts.update(given) or content,
    )
    convert(dataclasses.replace(networks["swap"], path=str(folder)), form, "float32", tmp_path)
    assert {"file": facts["original"], "sha256": facts["original_sha256"]} == wanted


def test_a_stand_in_has_a_name_alone():
    assert origin_of(UNTRAINED_SMALL) == {"file": UNTRAINED_SMALL, "sha256": None}


def test_files_that_are_none():
    with pytest.raises(UserError, match="not a LiteRT file"):
        LiteFile(b"nothing of the kind")
