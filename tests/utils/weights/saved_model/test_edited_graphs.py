"""Graphs that were edited by hand: refused, whatever they hide and however small they look."""

import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from facedancer.utils.weights.saved_model import check
from facedancer.utils.weights.saved_model.calls import UnsafeSavedModelError
from facedancer.utils.weights.saved_model.check import check_saved_model

from .graphs import CALLED, multiplied, write


def change(folder, edit):
    """Edits the graph's file."""
    path = folder / "saved_model.pb"
    saved = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    edit(saved.meta_graphs[0])
    path.write_bytes(saved.SerializeToString())


def function_of(graph, name):
    return next(f for f in graph.graph_def.library.function if name in f.signature.name)


def reach_the_saver(graph):
    [restore] = [n for n in graph.graph_def.node if n.name == graph.saver_def.restore_op_name]
    node = function_of(graph, "signature_wrapper").node_def.add()
    node.name, node.op = "restore", "StatefulPartitionedCall"
    node.attr["f"].func.name = restore.attr["f"].func.name


def restore_a_file_of_its_own(graph):
    function = function_of(graph, "traced_restore")
    for node in function.node_def:
        if node.op == "RestoreV2":
            node.input[0] = "prefix:output:0"
    node = function.node_def.add()
    node.name, node.op = "prefix", "Const"


def restore_outside(graph):
    node = graph.graph_def.node.add()
    node.name, node.op = "read", "RestoreV2"


def hide_in_an_argument(graph):
    """A function named by an attribute of a function's attribute."""
    node = function_of(graph, "signature_wrapper").node_def[0]
    node.attr["f"].func.attr["g"].tensor.dtype = tf.resource.as_datatype_enum


def declare_a_constant(graph):
    node = function_of(graph, "signature_wrapper").node_def.add()
    node.name, node.op = "large", "Const"
    tensor = node.attr["value"].tensor
    tensor.dtype = tf.float32.as_datatype_enum
    tensor.tensor_shape.CopyFrom(tf.TensorShape([2**17, 2**17]).as_proto())
    tensor.float_val.append(1)


def declare_a_variable(graph):
    [variable] = [n for n in graph.object_graph_def.nodes if n.HasField("variable")][:1]
    variable.variable.shape.CopyFrom(tf.TensorShape([2**17, 2**17]).as_proto())


def call_itself(graph):
    function = function_of(graph, "signature_wrapper")
    node = function.node_def.add()
    node.name, node.op = "again", "PartitionedCall"
    node.attr["f"].func.name = function.signature.name


def call_twice_each(graph):
    """30 functions, each of which calls the next one twice."""
    for number in range(30):
        function = graph.graph_def.library.function.add()
        function.signature.name = f"laugh_{number}"
        for side in "ab":
            node = function.node_def.add()
            node.name, node.op = side, "PartitionedCall"
            node.attr["f"].func.name = f"laugh_{number + 1}"
    function = graph.graph_def.library.function.add()
    function.signature.name = "laugh_30"
    function.node_def.add(name="end", op="NoOp")


def name_one_twice(graph):
    """Names one function twice: which of them runs?"""
    graph.graph_def.library.function.add().CopyFrom(function_of(graph, "signature_wrapper"))


def add_an_asset(graph):
    asset = graph.asset_file_def.add()
    asset.filename = "../../../etc/passwd"


def add_a_kind(graph):
    graph.object_graph_def.nodes[0].registered_name = "somebody's>class"


def offer_another(graph):
    function_of(graph, "signature_wrapper").attr["api_implements"].s = b"something"


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (reach_the_saver, "traced_restore.*reads and writes files"),
        (restore_a_file_of_its_own, "a file of its own choice"),
        (restore_outside, "RestoreV2"),
        (hide_in_an_argument, "a constant of .*resource"),
        (declare_a_constant, "constants of more than 64 MiB"),
        (declare_a_variable, "more than its files hold"),
        (call_itself, "call themselves"),
        (call_twice_each, "functions from functions"),
        (name_one_twice, "of one name"),
        (add_an_asset, "etc/passwd"),
        (add_a_kind, "somebody's>class"),
        (offer_another, "several implementations"),
    ],
)
def test_a_graph_edited_by_hand_is_refused(tmp_path, edit, message):
    folder = write(tmp_path / "edited", multiplied)
    change(folder, edit)
    with pytest.raises(ValueError, match=message):
        check_saved_model(folder, CALLED)


def test_links_and_large_files_are_refused(tmp_path):
    folder = write(tmp_path / "linked", multiplied)
    (folder / "fingerprint.pb").write_bytes(bytes(2**21))
    with pytest.raises(UnsafeSavedModelError, match=r"fingerprint.pb above 1 MiB"):
        check_saved_model(folder, CALLED)
    (folder / "fingerprint.pb").unlink()
    check_saved_model(folder, CALLED)
    (folder / "fingerprint.pb").symlink_to("/dev/zero")
    with pytest.raises(UnsafeSavedModelError, match="link"):
        check_saved_model(folder, CALLED)


def test_a_graph_of_the_first_tensorflow_is_refused(tmp_path):
    folder = write(tmp_path / "old", multiplied)
    change(folder, lambda graph: graph.ClearField("object_graph_def"))
    with pytest.raises(ValueError, match="no objects of TensorFlow 2"):
        check_saved_model(folder, CALLED)


def test_a_graph_of_very_many_parts_is_refused(tmp_path, monkeypatch):
    folder = write(tmp_path / "many", multiplied)
    monkeypatch.setattr(check, "_MOST_PARTS", 100)
    with pytest.raises(UnsafeSavedModelError, match="more than 100 parts"):
        check_saved_model(folder, CALLED)
