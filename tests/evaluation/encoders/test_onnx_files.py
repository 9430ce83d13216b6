"""ONNX encoders: how pictures are prepared and answers read, with networks made here."""

import numpy as np
import pytest

from facedancer.evaluation.encoders import onnx_files
from facedancer.evaluation.encoders.registry import load_measure
from facedancer.utils.errors import UserError


def colours(*values):
    return np.stack([np.full((50, 50, 3), value, np.uint8) for value in values])


def test_pictures_are_prepared_as_each_network_wants(monkeypatch):
    seen = []

    def session(path, side, outputs=1, width=None):
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


@pytest.fixture
def network(tmp_path):
    """Writes an ONNX file: each output is the mean colour, times its own factors."""
    onnx = pytest.importorskip("onnx", reason="writes ONNX files")
    pytest.importorskip("onnxruntime")
    helper = onnx.helper

    def write(name, side, *factors, batch="b", channels=3):
        shape = [batch, channels, side, side]
        picture = helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, shape)
        nodes = [
            helper.make_node("GlobalAveragePool", ["x"], ["pooled"]),
            helper.make_node("Flatten", ["pooled"], ["colour"]),
        ]
        constants, results = [], []
        for number, factor in enumerate(factors):
            constant = onnx.numpy_helper.from_array(np.float32(factor), f"factor{number}")
            constants.append(constant)
            inputs = ["colour", f"factor{number}"]
            nodes.append(helper.make_node("MatMul", inputs, [f"y{number}"]))
            shape = [batch, factor.shape[1]]
            results.append(
                helper.make_tensor_value_info(f"y{number}", onnx.TensorProto.FLOAT, shape)
            )
        graph = helper.make_graph(nodes, "colours", [picture], results, constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
        onnx.save(model, str(tmp_path / name))
        return tmp_path / name

    return write


@pytest.mark.parametrize("batch", ["b", 1, 2])
def test_cosface_runs(network, batch):
    path = network("mean.onnx", 112, np.eye(3), batch=batch)
    encoder = load_measure("identity", f"cosface:{path}")
    found = encoder.measure(colours((255, 0, 51), (0, 0, 0), (0, 255, 0)))
    np.testing.assert_allclose(found, [[1, -1, -0.6], [-1, -1, -1], [-1, 1, -1]], atol=1e-4)
    assert encoder.is_paper and len(encoder.origin["sha256"]) == 64
    other = load_measure("identity", f"insightface:{path}")
    assert other.name == "InsightFace mean" and not other.is_paper


def test_hopenet_runs(network):
    # Each angle's classes follow one colour: class 33, 40 or 30 where it is above ImageNet's mean.
    factors = [np.zeros((3, 66)) for _ in range(3)]
    for colour, certain in enumerate((33, 40, 30)):
        factors[colour][colour, certain] = 1e3
    path = network("pose.onnx", 224, *factors)
    encoder = load_measure("pose", f"hopenet:{path}")
    np.testing.assert_allclose(encoder.measure(colours((255,) * 3)), [[0, 21, -9]], atol=1e-3)
    # All classes alike but that one, which cannot be: the mean of the others.
    rest = [np.delete(np.arange(66) * 3 - 99, certain).mean() for certain in (33, 40, 30)]
    np.testing.assert_allclose(encoder.measure(colours((0,) * 3)), [rest], atol=1e-3)


def test_inception_runs(network):
    path = network("features.onnx", 299, np.array([[1, 0], [0, 1], [0, 0]]))
    encoder = load_measure("features", f"inception:{path}")
    found = encoder.measure(colours((255, 51, 0)))
    np.testing.assert_allclose(found, [[255, 51]], atol=0.01)


def test_files_of_another_form(network, tmp_path):
    path = network("mean.onnx", 112, np.eye(3))
    with pytest.raises(UserError, match="has 1 input and 1 outputs; expected one picture and 3"):
        load_measure("pose", f"hopenet:{path}")
    with pytest.raises(UserError, match=r"takes pictures of .*112, 112.; expected .*299, 299"):
        load_measure("features", f"inception:{path}")
    path = network("grey.onnx", 112, np.eye(1), channels=1)
    with pytest.raises(UserError, match="takes pictures of"):
        load_measure("identity", f"cosface:{path}")
    (tmp_path / "bad.onnx").write_bytes(b"nothing")
    with pytest.raises(UserError, match="is not an ONNX network"):
        load_measure("identity", f"cosface:{tmp_path / 'bad.onnx'}")


def test_an_answer_of_another_form_is_refused(network):
    path = network("narrow.onnx", 224, *[np.ones((3, 65))] * 3)
    with pytest.raises(UserError, match=r"returns \(1, 65\) for 1 pictures; expected \[1, 66\]"):
        load_measure("pose", f"hopenet:{path}")
    path = network("nan.onnx", 112, np.full((3, 4), np.nan))
    with pytest.raises(UserError, match="NaN or infinity"):
        load_measure("identity", f"cosface:{path}")


def test_missing():
    with pytest.raises(UserError, match="no such ONNX file"):
        load_measure("pose", "hopenet:nowhere.onnx")
