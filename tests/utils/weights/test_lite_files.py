"""LiteRT files of strangers: looked through and tried in a child before they run in ours."""

import numpy as np
import pytest
import tensorflow as tf

from facedancer.arcface_model.lite_encoder import load_embedder
from facedancer.networks.loading.generator import load_generator
from facedancer.utils.errors import UserError
from facedancer.utils.weights.lite_files import LiteFile

schema = pytest.importorskip("ai_edge_litert.schema_py_generated")
flatbuffers = pytest.importorskip("flatbuffers")

SIDE = 16


def convert(body, shape=(None, SIDE, SIDE, 3), name="changed"):
    """The bytes of a file of one signature, from a picture and an identity to a picture."""
    module = tf.Module()
    specs = [
        tf.TensorSpec(shape, tf.float32, "target"),
        tf.TensorSpec([None, 512], name="identity"),
    ]
    module.answer = tf.function(
        lambda target, identity: {name: body(target, identity)}, input_signature=specs
    )
    concrete = module.answer.get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete], module)
    converter.target_spec.supported_ops = [
        tf.lite.OpsSet.TFLITE_BUILTINS,
        tf.lite.OpsSet.SELECT_TF_OPS,
    ]
    return converter.convert()


def plain(target, identity):
    return tf.tanh(target + tf.reduce_mean(identity, 1)[:, None, None, None])


def edited(content, edit):
    model = schema.ModelT.InitFromPackedBuf(content)
    edit(model)
    builder = flatbuffers.Builder(len(content))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


@pytest.fixture(scope="module")
def whole():
    return convert(plain)


def test_a_plain_file_swaps(whole, tmp_path):
    (tmp_path / "swap.tflite").write_bytes(whole)
    generator = load_generator(tmp_path / "swap.tflite")
    target = np.random.default_rng(0).uniform(-1, 1, (5, SIDE, SIDE, 3)).astype(np.float32)
    found = generator(tf.constant(target), tf.zeros([5, 512]))
    np.testing.assert_allclose(found, np.tanh(target), atol=1e-5)


def draws(target, identity):
    return target + tf.random.uniform(tf.shape(target))


def loops(target, identity):
    return tf.while_loop(lambda x: tf.reduce_sum(x) < 1e30, lambda x: (x,), (target,))[0]


def large(target, identity):
    # Not so large that the converter works it out.
    return target + tf.reduce_max(tf.tile(identity, [2**12, tf.shape(identity)[0] * 2**12]))


def infinite(target, identity):
    return target / tf.reduce_sum(0 * identity)


def reads_the_data(target, identity):
    return tf.fill(tf.cast(tf.shape(target) + tf.cast(identity[0, :4], tf.int32), tf.int32), 1.0)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (draws, "it runs .*RANDOM_UNIFORM"),
        (loops, "it runs .*WHILE"),
        (reads_the_data, "it runs .*CAST"),
        (infinite, "NaN or infinity"),
        (large, "is not a LiteRT file"),
    ],
)
def test_what_does_more_than_compute_is_refused(tmp_path, body, message):
    (tmp_path / "bad.tflite").write_bytes(convert(body))
    with pytest.raises(UserError, match=message) as refusal:
        LiteFile.open(tmp_path / "bad.tflite")
    assert "\n" not in str(refusal.value)


def without_a_size(model):
    for tensor in model.subgraphs[0].tensors:
        if tensor.shape is not None and len(tensor.shape) == 4:
            tensor.shape = np.array([1, 0, 0, 3])
            tensor.shapeSignature = np.array([-1, 0, 0, 3])


def of_others(model):
    code = model.operatorCodes[0]
    code.builtinCode, code.deprecatedBuiltinCode = schema.BuiltinOperator.CUSTOM, 32
    code.customCode = "TheirOwn"


def of_no_tensor(model):
    model.subgraphs[0].operators[0].inputs = np.array([2**30, -7])


def of_no_buffer(model):
    model.subgraphs[0].tensors[0].buffer = 2**31


def without_a_signature(model):
    model.signatureDefs = None


@pytest.mark.parametrize(
    "edit", [without_a_size, of_others, of_no_tensor, of_no_buffer, without_a_signature]
)
def test_an_edited_file_is_refused(whole, tmp_path, edit):
    (tmp_path / "edited.tflite").write_bytes(edited(whole, edit))
    with pytest.raises(UserError, match="is not a LiteRT file with one signature"):
        LiteFile.open(tmp_path / "edited.tflite")


def test_another_shape_is_no_generator_and_no_encoder(tmp_path):
    (tmp_path / "tall.tflite").write_bytes(convert(plain, [None, SIDE, 2 * SIDE, 3]))
    with pytest.raises(UserError, match="not a generator"):
        load_generator(tmp_path / "tall.tflite")
    with pytest.raises(UserError, match="not an identity encoder"):
        load_embedder(tmp_path / "tall.tflite")
