"""model_zoo/convert.py: what it writes, what it reports, what it leaves alone."""

import keras
import numpy as np
import pytest

from facedancer.arcface_model.origin import PUBLISHED_ENCODER
from facedancer.arcface_model.pairing import trained_with
from facedancer.model_zoo.conversion import convert
from facedancer.networks.generator import get_generator
from facedancer.networks.loading.keras_generator import load_keras_generator
from facedancer.utils.errors import UserError
from facedancer.utils.weights.origins import Origin

UP_TYPES = ("no_skip", "affa", "affa", "affa", "concat")


@pytest.fixture(scope="module")
def script(pytestconfig):
    return pytestconfig.rootpath / "model_zoo" / "convert.py"


@pytest.fixture(scope="module")
def generator():
    keras.utils.set_random_seed(3)
    return get_generator(UP_TYPES, 1, mapping_size=8, image_size=64, base_width=4)


@pytest.fixture
def published(keras2, generator, tmp_path):
    keras2.generator_file(generator, UP_TYPES, 1, 64).write(tmp_path / "in.h5")
    return tmp_path / "in.h5"


def test_command_line(warm_python, script, generator, published):
    target, report = published.with_name("out.keras"), published.with_name("report.tsv")
    done = warm_python(script, published, target, f"--report={report}")
    assert done.returncode == 0, done.stderr
    assert "a FaceDancer generator" in done.stdout
    assert f"{len(generator.weights)} weights in all" in done.stdout
    header, *rows = [line.split("\t") for line in report.read_text().splitlines()]
    assert header == ["source", "shape", "target"]
    assert {row[2]: row[1] for row in rows} == {
        variable.path: str(list(variable.shape)) for variable in generator.weights
    }
    assert len({row[0] for row in rows}) == len(rows)
    for ours, theirs in zip(generator.weights, load_keras_generator(target).weights, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
    assert {path.name for path in target.parent.iterdir()} == {"in.h5", "out.keras", "report.tsv"}
    for path in (published, target):
        assert trained_with(path) == Origin(PUBLISHED_ENCODER)


def test_what_is_left_over_goes_into_the_report(keras2, generator, published):
    model = keras2.generator_file(generator, UP_TYPES, 1, 64)
    weights = model.weights["conv2d"]
    weights["conv2d/weights:0"] = weights.pop("conv2d/kernel:0")
    model.write(published)
    target, report = published.with_name("out.keras"), published.with_name("report.tsv")
    with pytest.raises(UserError, match="left over"):
        convert(published, target, report)
    assert report.read_text() == "conv2d/conv2d/weights\t\tleft over\nnot set\t\tstem/kernel\n"
    assert not target.exists()


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("in.h5", "is the input file"),
        ("out.weights.h5", "must be written as .keras"),
        ("out.h5", "must be written as .keras"),
    ],
)
def test_the_input_stays_and_the_ending_must_fit(published, target, message):
    before = published.read_bytes()
    with pytest.raises(UserError, match=message):
        convert(published, published.with_name(target))
    assert published.read_bytes() == before
    assert [path.name for path in published.parent.iterdir()] == ["in.h5"]


def test_a_report_over_the_input_is_refused(published):
    with pytest.raises(UserError, match="is the input file"):
        convert(published, published.with_name("out.keras"), published)


def test_what_is_no_published_file_is_named(generator, tmp_path):
    generator.save(tmp_path / "ours.keras")
    with pytest.raises(UserError, match="Keras model .* there is nothing to convert"):
        convert(tmp_path / "ours.keras", tmp_path / "out.keras")


@pytest.mark.long
def test_encoder_and_detector(arcface_res50, retinaface_res50, tmp_path):
    for path, name, target, count in (
        (arcface_res50[0], "ArcFace", "arcface.weights.h5", 328),
        (retinaface_res50[0], "RetinaFace", "retinaface.keras", 436),
    ):
        converted = convert(path, tmp_path / target)
        assert name in converted.description
        assert len(converted.assignments) == count
        (tmp_path / target).unlink()  # over 100 MB each


def test_an_embedder_of_plain_layers(keras2, tmp_path):
    chain = [
        {"class_name": "Flatten", "config": {"name": "flat", "batch_input_shape": [None, 4, 4, 3]}},
        {"class_name": "Dense", "config": {"name": "out", "units": 5, "use_bias": False}},
    ]
    description = {"class_name": "Sequential", "config": {"name": "chain", "layers": chain}}
    groups = {"flat": {}, "out": {"out/kernel:0": np.ones((48, 5), np.float32)}}
    keras2.write_file(tmp_path / "chain.h5", groups, description)
    converted = convert(tmp_path / "chain.h5", tmp_path / "chain.keras")
    assert "embedder" in converted.description
    assert [(a.source, a.target) for a in converted.assignments] == [
        ("out/out/kernel", "out/kernel")
    ]
    assert (tmp_path / "chain.keras").is_file()
