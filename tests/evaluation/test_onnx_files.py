"""ONNX encoders: how pictures are prepared and answers read, with networks made here."""

import numpy as np
import pytest

from facedancer.evaluation.encoders import onnx_files
from facedancer.evaluation.encoders.registry import load_measure
from facedancer.utils.cli import UserError


def colours(*values):
    return np.stack([np.full((50, 50, 3), value, np.uint8) for value in values])


def test_pictures_are_prepared_as_each_network_wants(monkeypatch):
    seen = []

    def session(path, outputs=1):
        def run(images):
            seen.append(images)
            # Certain of class 33 for yaw, 40 for pitch; even between 30 and 31 for roll.
            logits = np.full((3, len(images), 66), -1e3, np.float32)
            logits[0, :, 33] = logits[1, :, 40] = logits[2, :, 30:32] = 0
            return list(logits)

        return run

    monkeypatch.setattr(onnx_files, "_session", session)
    images = colours((255, 0, 51), (0, 255, 51))
    pose = onnx_files.hopenet("some.onnx").measure(images)
    np.testing.assert_allclose(pose, [[0, 21, -7.5]] * 2, atol=1e-4)
    assert seen[-1].shape == (2, 3, 224, 224)
    expected = (np.array([1, 0, 0.2]) - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    np.testing.assert_allclose(seen[-1][0, :, 100, 100], expected, rtol=1e-4)
    onnx_files.cosface("some.onnx").measure(images)
    assert seen[-1].shape == (2, 3, 112, 112) and seen[-1].dtype == np.float32
    np.testing.assert_allclose(seen[-1][1, :, 5, 5], [-1, 1, -0.6], atol=1e-4)
    onnx_files.inception("some.onnx").measure(images)
    assert seen[-1].shape == (2, 3, 299, 299)
    np.testing.assert_allclose(seen[-1][0, :, 5, 5], [255, 0, 51], atol=1e-2)


def test_a_real_file(tmp_path):
    onnx = pytest.importorskip("onnx", reason="writes an ONNX file")
    pytest.importorskip("onnxruntime")
    helper = onnx.helper
    picture = helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["b", 3, 112, 112])
    vector = helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, ["b", 3])
    nodes = [
        helper.make_node("GlobalAveragePool", ["x"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["y"]),
    ]
    graph = helper.make_graph(nodes, "mean", [picture], [vector])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    onnx.save(model, str(tmp_path / "mean.onnx"))
    encoder = load_measure("identity", f"cosface:{tmp_path / 'mean.onnx'}")
    found = encoder.measure(colours((255, 0, 51)))
    np.testing.assert_allclose(found, [[1, -1, -0.6]], atol=1e-4)
    assert encoder.is_paper and len(encoder.origin["sha256"]) == 64
    with pytest.raises(UserError, match="has 1 inputs and 1 outputs; wanted are one picture and 3"):
        load_measure("pose", f"hopenet:{tmp_path / 'mean.onnx'}")
    (tmp_path / "bad.onnx").write_bytes(b"nothing")
    with pytest.raises(UserError, match="is no ONNX network"):
        load_measure("identity", f"cosface:{tmp_path / 'bad.onnx'}")


def test_missing():
    with pytest.raises(UserError, match="no such ONNX file"):
        load_measure("pose", "hopenet:nowhere.onnx")
