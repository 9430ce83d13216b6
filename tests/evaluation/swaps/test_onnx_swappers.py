"""Published swappers' conventions, by stand-ins of the same signature whose answers are known."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from facedancer.evaluation.conventions import CONVENTIONS, Source
from facedancer.evaluation.swaps import onnx_swappers
from facedancer.evaluation.swaps.onnx_swappers import is_published, load_published
from facedancer.utils.errors import UserError

RNG = np.random.default_rng(0)


def write(path, nodes, inputs, outputs, constants=()):
    tensors = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants]
    graph = helper.make_graph(
        nodes,
        "stand-in",
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n, shape in inputs],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n, shape in outputs],
        tensors,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.save(model, path)
    return str(path)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    """The mean of the red channel in the first number of an identity, 3 in the second."""
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["mean"], axes=[2, 3], keepdims=0),
        helper.make_node("MatMul", ["mean", "take"], ["some"]),
        helper.make_node("Add", ["some", "more"], ["y"]),
    ]
    take = np.zeros((3, 512), np.float32)
    take[0, 0] = 1
    more = np.zeros((1, 512), np.float32)
    more[0, 1] = 3
    path = tmp_path_factory.mktemp("encoder") / "encoder.onnx"
    constants = [("take", take), ("more", more)]
    return write(path, nodes, [("x", ["n", 3, 112, 112])], [("y", ["n", 512])], constants)


def stand_in(kind, folder, side=64):
    """Adds the source's first number, or its picture's mean, to the target's picture."""
    convention = CONVENTIONS[kind]
    picture = ("target", [1, 3, side, side])
    constants = []
    if convention.source is Source.PICTURE:
        source = ("source", [1, 3, side, side])
        nodes = [helper.make_node("ReduceMean", ["source"], ["level"], axes=[1, 2, 3])]
    else:
        source = ("source", [1, 512])
        nodes = [
            helper.make_node("Slice", ["source", "zero", "one", "one"], ["first"]),
            helper.make_node("Reshape", ["first", "shape"], ["level"]),
        ]
        constants = [
            ("zero", np.array([0])),
            ("one", np.array([1])),
            ("shape", np.array([1, 1, 1, 1])),
        ]
    if convention.source is Source.MATRIX:
        # Twice the identity, which the program multiplies by; it is the file's last matrix.
        constants.append(("emap", 2 * np.eye(512, dtype=np.float32)))
    nodes.append(helper.make_node("Add", ["target", "level"], ["out"]))
    # As in the files: the target may come first or second.
    inputs = [source, picture] if kind in ("simswap", "ghost") else [picture, source]
    path = folder / f"{kind}.onnx"
    return write(path, nodes, inputs, [("out", [1, 3, side, side])], constants)


class Direct:
    """An `OnnxFile` that is run in this process: a child takes a second to start."""

    def __init__(self, path, with_matrix=False):
        if not Path(path).is_file():
            raise UserError(f"no such ONNX file: {path}")
        self.session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        self.inputs = [
            (one.name, one.type, tuple(n if isinstance(n, int) else None for n in one.shape))
            for one in self.session.get_inputs()
        ]
        self.shape = self.inputs[0][2]
        held = [one for one in onnx.load(path).graph.initializer if len(one.dims) == 2]
        self.matrix = numpy_helper.to_array(held[-1]) if held and with_matrix else None

    def run(self, arrays, is_trial=False):
        return self.session.run(
            None, {one[0]: array for one, array in zip(self.inputs, arrays, strict=True)}
        )

    def __call__(self, picture):
        return self.run([picture])


@pytest.fixture
def in_process(monkeypatch):
    for name in ("OnnxFile", "OnnxNetwork"):
        monkeypatch.setattr(onnx_swappers, name, Direct)


@pytest.fixture
def faces():
    """Smooth crops, so that what is warped and warped back is as it was."""
    rows, columns = np.mgrid[:96, :96]
    target = np.stack([rows + 40, columns + 50, 0 * rows + 90], -1).astype(np.uint8)
    source = np.full((96, 96, 3), (204, 10, 60), np.uint8)
    return target[None], source[None]


@pytest.mark.parametrize("kind", CONVENTIONS)
@pytest.mark.usefixtures("in_process")
def test_each_convention(kind, tmp_path, encoder, faces):
    check(kind, tmp_path, encoder, faces)


def test_in_a_bounded_process(tmp_path, encoder, faces):
    check("inswapper", tmp_path, encoder, faces)


def check(kind, tmp_path, encoder, faces):
    """Swaps, and compares with what the convention says that the stand-in was given."""
    targets, sources = faces
    convention = CONVENTIONS[kind]
    swapper = load_published(f"{kind}:{stand_in(kind, tmp_path)}", encoder)
    changed = swapper.swap(targets, sources, np.array([0]))
    mean, deviation = (np.array(one) for one in convention.encoder_scaling)
    red = (204 / 255 - mean[0]) / deviation[0]
    length = np.hypot(red, 3)
    level = {
        Source.RAW: red,
        Source.UNIT: red / length,
        Source.MATRIX: 2 * red / length,
        Source.PICTURE: (204 + 10 + 60) / 3 / 255,
    }[convention.source]
    mean, deviation = (np.array(one) for one in convention.scaling)
    unit = (targets[0] / 255 - mean) / deviation + level
    if convention.is_scaled_back:
        unit = unit * deviation + mean
    expected = np.clip(unit, 0, 1) * 255
    inside = np.s_[12:-12, 12:-12]
    assert changed.shape == targets.shape and changed.dtype == np.uint8
    np.testing.assert_allclose(changed[0][inside], expected[inside], atol=4)
    assert swapper.origin["kind"] == f"published swapper, {kind}"
    assert ("identity_encoder_sha256" in swapper.origin) == (
        convention.source is not Source.PICTURE
    )


def test_a_name_and_a_file_are_a_published_swapper(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert is_published("ghost:file.onnx")
    assert not is_published("file.onnx") and not is_published("other:file.onnx")
    (tmp_path / "ghost:file.onnx").touch()
    assert not is_published("ghost:file.onnx")


@pytest.mark.usefixtures("in_process")
def test_files_of_another_form(tmp_path, encoder):
    one_input = write(
        tmp_path / "one.onnx",
        [helper.make_node("Identity", ["x"], ["y"])],
        [("x", [1, 3, 64, 64])],
        [("y", [1, 3, 64, 64])],
    )
    smaller = write(
        tmp_path / "smaller.onnx",
        [helper.make_node("AveragePool", ["target"], ["y"], kernel_shape=[2, 2], strides=[2, 2])],
        [("target", [1, 3, 64, 64]), ("source", [1, 512])],
        [("y", [1, 3, 32, 32])],
    )
    good = stand_in("ghost", tmp_path)
    for spec, given, words in [
        ("ghost:none.onnx", encoder, "no such ONNX file: none.onnx"),
        (f"ghost:{good}", "", "ghost takes an identity: give the ONNX file of its encoder"),
        (f"ghost:{good}", "none.onnx", "no such ONNX file: none.onnx"),
        (f"ghost:{one_input}", encoder, r"takes tensor\(float\) \[1, 3, 64, 64\]; ghost takes"),
        (f"uniface:{good}", "", "uniface takes a target's picture"),
        (f"ghost:{smaller}", encoder, r"returns \[\[1, 3, 32, 32\]\]"),
        (f"inswapper:{good}", encoder, "lacks the matrix that inswapper applies"),
        (f"ghost:{good}", one_input, "expected 3 x 112 x 112"),
    ]:
        with pytest.raises(UserError, match=words) as caught:
            load_published(spec, given)
        assert "\n" not in str(caught.value)
