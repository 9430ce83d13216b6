"""ONNX files of strangers, as mask and as enlargement: bounded, or refused in one line."""

import time

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from facedancer.inference.blending.onnx_networks import load_enhancer, load_segmentation
from facedancer.utils.errors import UserError

CROP = np.random.default_rng(0).integers(0, 256, (48, 48, 3), np.uint8)


def constant(name, value):
    tensor = numpy_helper.from_array(np.asarray(value), name)
    return helper.make_node("Constant", [], [name], value=tensor)


def write(path, nodes, shape=(1, 3, 32, 32), kind=TensorProto.FLOAT, initializers=()):
    """A network from ``x`` to ``y``."""
    graph = helper.make_graph(
        list(nodes),
        "test",
        [helper.make_tensor_value_info("x", kind, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        list(initializers),
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)
    return str(path)


def loop(turns, inner=()):
    """``x`` times one, again and again."""
    body = helper.make_graph(
        [*inner, helper.make_node("Identity", ["go"], ["on"]), constant("one", np.float32(1))]
        + [helper.make_node("Mul", ["before", "one"], ["after"])],
        "body",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("before", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("after", TensorProto.FLOAT, None),
        ],
    )
    return helper.make_node("Loop", [turns, "yes", "x"], ["y"], body=body)


def filled(*sides, value=1.0):
    """A constant of any size, which takes a few bytes."""
    tensor = helper.make_tensor("", TensorProto.FLOAT, [1], [value])
    return [
        constant("sides", np.array(sides, np.int64)),
        helper.make_node("ConstantOfShape", ["sides"], ["much"], value=tensor),
    ]


YES = constant("yes", True)
SAME = [helper.make_node("Identity", ["x"], ["y"])]


def enlarged(times):
    scales = constant("scales", np.array([1, 1, times, times], np.float32))
    return [scales, helper.make_node("Resize", ["x", "", "scales"], ["y"], mode="nearest")]


HOSTILE = {
    "endless": ([YES, loop("")], {}, "Loop that may never end"),
    "very long": ([YES, constant("n", np.int64(2**62)), loop("n")], {}, "Loop that may never end"),
    "as the picture says": (
        [
            YES,
            helper.make_node("ReduceMax", ["x"], ["most"], keepdims=0),
            helper.make_node("Cast", ["most"], ["n"], to=TensorProto.INT64),
            loop("n"),
        ],
        {},
        "Loop that may never end",
    ),
    "64 GiB": (
        [
            *filled(2**17, 2**17),
            helper.make_node("ReduceMax", ["much"], ["most"], keepdims=0),
            helper.make_node("Add", ["x", "most"], ["y"]),
        ],
        {},
        "fails on a face",
    ),
    "rank 0": (
        [helper.make_node("ReduceMean", ["x"], ["y"], keepdims=0)],
        {},
        r"output of shape \(\)",
    ),
    "rank 1": (
        [constant("flat", np.array([-1])), helper.make_node("Reshape", ["x", "flat"], ["y"])],
        {},
        r"output of shape \(3072,\)",
    ),
    "NaN": (
        [constant("nan", np.float32(np.nan)), helper.make_node("Mul", ["x", "nan"], ["y"])],
        {},
        "NaN or infinity",
    ),
    "no pixel": (
        [
            *[constant(name, np.array([value])) for name, value in (("a", 0), ("b", 0), ("c", 2))],
            helper.make_node("Slice", ["x", "a", "b", "c"], ["y"]),
        ],
        {},
        "returns an output of shape",
    ),
    "zero-sized": (
        SAME,
        {"shape": (1, 3, 0, 0)},
        "takes pictures of side 0|is not an ONNX network",
    ),
    "2^31": (SAME, {"shape": (1, 3, 2**31, 2**31)}, "takes pictures of side 2147483648"),
    "two pictures": (SAME, {"shape": (2, 3, 32, 32)}, "expected one picture"),
    "whole numbers": (
        [helper.make_node("Cast", ["x"], ["y"], to=TensorProto.FLOAT)],
        {"kind": TensorProto.INT64},
        r"takes tensor\(int64\)",
    ),
    "rank 2": (SAME, {"shape": (1, 3)}, "expected one picture"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_network_is_refused_in_one_line(tmp_path, name):
    nodes, how, message = HOSTILE[name]
    path = write(tmp_path / "hostile.onnx", nodes, **how)
    begun = time.monotonic()
    with pytest.raises(UserError, match=message) as refusal:
        load_enhancer(path)
    assert path in str(refusal.value) and "\n" not in str(refusal.value)
    assert time.monotonic() - begun < 60, "20 s, were the machine ours alone"


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        (enlarged(20), r"side 640 for a picture of side 32; .* up to 8 times"),
        (enlarged(0.5), "side 16 for a picture of side 32"),
        (
            [constant("n", np.float32(99)), helper.make_node("Mul", ["x", "n"], ["y"])],
            "values up to 99;",
        ),
    ],
)
def test_an_enlargement_of_another_form_is_refused(tmp_path, nodes, message):
    with pytest.raises(UserError, match=message):
        load_enhancer(write(tmp_path / "odd.onnx", nodes))


def test_a_mask_of_another_size_is_refused(tmp_path):
    nodes = enlarged(30)
    nodes[1].output[0] = "large"
    nodes.append(helper.make_node("ReduceMean", ["large"], ["y"], axes=[1], keepdims=1))
    with pytest.raises(UserError, match="for a picture of side 32"):
        load_segmentation(write(tmp_path / "odd.onnx", nodes))


def test_loops_that_end_are_taken(tmp_path):
    path = write(tmp_path / "loop.onnx", [YES, constant("n", np.int64(3)), loop("n")])
    assert np.abs(load_enhancer(path)(CROP).astype(int).mean() - CROP.mean()) < 2


def test_numbers_of_another_folder_are_refused(tmp_path):
    tensor = TensorProto(name="outside", data_type=TensorProto.FLOAT, dims=[1])
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../secret.bin")
    (tmp_path / "secret.bin").write_bytes(bytes(4))
    (tmp_path / "inner").mkdir()
    nodes = [helper.make_node("Add", ["x", "outside"], ["y"])]
    path = write(tmp_path / "inner" / "outside.onnx", nodes, initializers=[tensor])
    with pytest.raises(UserError, match=r"keeps numbers in \.\./secret\.bin"):
        load_enhancer(path)


def test_each_answer_is_looked_at(tmp_path):
    """Grey, as in the trial, is answered well; a darker picture gives NaN."""
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["mean"], keepdims=0),
        constant("half", np.float32(0.5)),
        helper.make_node("Add", ["mean", "half"], ["above"]),
        helper.make_node("Sqrt", ["above"], ["root"]),
        helper.make_node("Mul", ["x", "root"], ["y"]),
    ]
    enhance = load_enhancer(write(tmp_path / "sometimes.onnx", nodes))
    enhance(CROP)
    with pytest.raises(UserError, match="NaN or infinity"):
        enhance(np.zeros_like(CROP))
