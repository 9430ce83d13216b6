"""Damaged programs of every kind: a result or one line, never a crash, a hang or a traceback."""

import resource
import shutil
import time

import numpy as np
import onnx
import pytest
import tensorflow as tf
from google.protobuf.descriptor import FieldDescriptor
from onnx import TensorProto, helper, numpy_helper
from tensorflow.core.protobuf import saved_model_pb2

from facedancer.inference.blending.onnx_networks import load_enhancer
from facedancer.networks.loading.generator import load_generator
from facedancer.utils.errors import UserError

pytest.importorskip("ai_edge_litert")

SIDE = 16
# Were the machine ours alone it would be 20; others may work on it.
SECONDS = 90
GB = 2**30
# What one child may take, with TensorFlow's half a gigabyte in it.
MOST_RESIDENT, MOST_MORE = 3 * GB, 2 * GB
NUMBERS = (0, 1, -1, 3, 7, 2**16, 2**31 - 1, -(2**31), 2**33, 2**62, 2**63 - 1, -(2**63))
KINDS = ("savedmodel", "litert", "onnx")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Kind -> a small, whole network, a folder or a file."""
    folder = tmp_path_factory.mktemp("whole")
    module = tf.Module()
    module.kernel = tf.Variable(np.full((3, 3, 3, 3), 0.01, np.float32))
    specs = [
        tf.TensorSpec([None, SIDE, SIDE, 3], tf.float32, "target"),
        tf.TensorSpec([None, 512], tf.float32, "identity"),
    ]

    def swap(target, identity):
        x = tf.nn.conv2d(target, module.kernel, 1, "SAME")
        x = tf.image.resize(tf.nn.avg_pool2d(x, 2, 2, "SAME"), [SIDE, SIDE])
        return {"changed": tf.tanh(x + tf.reduce_mean(identity, 1)[:, None, None, None])}

    function = tf.function(swap, input_signature=specs)
    tf.saved_model.save(module, str(folder / "savedmodel"), {"serving_default": function})
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [function.get_concrete_function()], module
    )
    (folder / "litert").write_bytes(converter.convert())
    kernel = numpy_helper.from_array(np.full((3, 3, 3, 3), 0.01, np.float32), "kernel")
    scales = numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), "scales")
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["x", "kernel"], ["c"], pads=[1] * 4),
            helper.make_node("Tanh", ["c"], ["t"]),
            helper.make_node("Resize", ["t", "", "scales"], ["y"], mode="nearest"),
        ],
        "enlarge",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [kernel, scales],
    )
    opsets = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), folder / "onnx")
    return {kind: folder / kind for kind in KINDS}


def damage(kind, path, random):
    """Damages a copy of a whole network, at places that the generator chooses."""
    if kind == "litert":
        _damage_tables(path, random)
    elif kind == "onnx":
        _damage_messages(path, onnx.ModelProto(), random, _operations_of_onnx())
    elif random.random() < 0.2:
        name = random.choice(["variables.index", "variables.data-00000-of-00001"])
        _damage_bytes(path / "variables" / name, random)
    else:
        message, names = saved_model_pb2.SavedModel(), sorted(dir(tf.raw_ops))
        _damage_messages(path / "saved_model.pb", message, random, names)


def _operations_of_onnx():
    return sorted({schema.name for schema in onnx.defs.get_all_schemas()})


def _damage_bytes(path, random):
    content = bytearray(path.read_bytes())
    for _ in range(random.integers(1, 8)):
        content[random.integers(len(content))] ^= 1 << random.integers(8)
    path.write_bytes(
        content[: len(content) - random.integers(len(content)) * (random.random() < 0.3)]
    )


def _damage_tables(path, random):
    """Numbers of a flatbuffer, which offsets, lengths, sizes and codes are."""
    content = bytearray(path.read_bytes())
    for _ in range(random.integers(1, 4)):
        place = 4 * random.integers(len(content) // 4)
        old = int.from_bytes(content[place : place + 4], "little")
        number = random.choice([old + 1, old - 1, old ^ 4, 0, 2**31 - 1, 2**32 - 1, 2**16])
        content[place : place + 4] = int(number % 2**32).to_bytes(4, "little")
    path.write_bytes(content)


def _damage_messages(path, message, random, operations):
    """Fields of a protocol buffer, which then is read as well as before."""
    if random.random() < 0.15:
        _damage_bytes(path, random)
        return
    message.ParseFromString(path.read_bytes())
    parts = list(_parts(message))
    texts = [value for part in parts for field, value in part.ListFields() if _is(field, "TEXT")]
    for _ in range(random.integers(1, 4)):
        part = parts[random.integers(len(parts))]
        fields = [field for field, _ in part.ListFields()]
        if fields:
            _damage_field(part, fields[random.integers(len(fields))], texts, random, operations)
    path.write_bytes(message.SerializePartialToString())


def _parts(message):
    yield message
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if hasattr(value, "ListFields"):
            inner = [value]
        elif field.message_type.GetOptions().map_entry:
            inner = [one for one in value.values() if hasattr(one, "ListFields")]
        else:
            inner = value
        for one in inner:
            yield from _parts(one)


def _is(field, kind):
    return field.type == getattr(FieldDescriptor, {"TEXT": "TYPE_STRING"}[kind]) and not _is_many(
        field
    )


def _is_many(field):
    return field.is_repeated if hasattr(field, "is_repeated") else field.label == 3


def _damage_field(part, field, texts, random, operations):
    values = getattr(part, field.name)
    if field.name in ("op", "op_type"):
        part.__setattr__(field.name, str(random.choice(operations)))
    elif field.message_type is not None:
        if not _is_many(field) or random.random() < 0.3:
            part.ClearField(field.name)
        elif hasattr(values, "add"):
            values.add().CopyFrom(values[random.integers(len(values))])
    else:
        value = _value(field, texts, random)
        try:
            if _is_many(field):
                values[random.integers(len(values))] = value
            else:
                setattr(part, field.name, value)
        except ValueError:  # too large for the field
            part.ClearField(field.name)


def _value(field, texts, random):
    kinds = FieldDescriptor
    if field.cpp_type in (kinds.CPPTYPE_FLOAT, kinds.CPPTYPE_DOUBLE):
        return float(random.choice([np.nan, np.inf, 0, 1e30]))
    if field.type == kinds.TYPE_STRING:
        return str(random.choice([*texts, "../x", ""]))
    if field.type == kinds.TYPE_BYTES:
        return random.bytes(int(random.integers(40)))
    if field.cpp_type == kinds.CPPTYPE_BOOL:
        return bool(random.integers(2))
    return NUMBERS[random.integers(len(NUMBERS))]


def peaks():
    """The most bytes that this process, and any child of it, has held."""
    both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return [1024 * resource.getrusage(who).ru_maxrss for who in both]


def survives(kind, path):
    """Loads a network and calls it; whether it could be used."""
    begun, before = time.monotonic(), peaks()
    try:
        if kind == "onnx":
            assert load_enhancer(str(path))(np.zeros((20, 20, 3), np.uint8)).dtype == np.uint8
        else:
            found = load_generator(path)(tf.zeros([2, SIDE, SIDE, 3]), tf.zeros([2, 512]))
            assert found.shape == (2, SIDE, SIDE, 3)
        return True
    except UserError as error:
        text = " ".join(str(error).split())
        assert text and "Traceback" not in text
        return False
    finally:
        assert time.monotonic() - begun < SECONDS
        for peak, earlier in zip(peaks(), before, strict=True):
            # Other tests of this process may have taken more.
            assert peak < max(MOST_RESIDENT, earlier + MOST_MORE)


def try_damaged(kind, whole, folder, numbers):
    """Tells how many of so many damaged networks could be used."""
    used = 0
    for number in numbers:
        path = folder / f"{kind}_{number}"
        (shutil.copytree if whole.is_dir() else shutil.copyfile)(whole, path)
        damage(kind, path, np.random.default_rng(number))
        try:
            used += survives(kind, path)
        except Exception as error:
            raise AssertionError(f"{kind}, number {number}: {error!r}") from error
    return used


@pytest.mark.parametrize(("kind", "count"), [("savedmodel", 2), ("litert", 6), ("onnx", 6)])
def test_damaged_programs_give_a_result_or_one_line(whole, tmp_path, kind, count):
    assert survives(kind, whole[kind])
    try_damaged(kind, whole[kind], tmp_path, range(count))


@pytest.mark.long
@pytest.mark.parametrize(("kind", "count"), [("savedmodel", 60), ("litert", 200), ("onnx", 200)])
def test_many_damaged_programs(whole, tmp_path, kind, count):
    used = try_damaged(kind, whole[kind], tmp_path, range(1000, 1000 + count))
    assert 0 < used < count
