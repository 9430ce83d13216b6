"""Regressors of pose and expression: trained, measured, and what is refused."""

import json
import shutil

import numpy as np
import pytest
import tensorflow as tf

from facedancer.arcface_model.face_regressor import load_regressor
from facedancer.dataset.crops.listing import CROP_LIST_NAME
from facedancer.dataset.labelled_faces import LabelledFaces
from facedancer.dataset.shards.sharding import shard_folder
from facedancer.lab.networks.taken import measure as measure_taken
from facedancer.training.settings.regressor import RegressorConfig
from facedancer.training.supervised.held_out_labels import HeldOutLabels
from facedancer.training.supervised.regressor_task import RegressorTask
from facedancer.training.supervised.run import train_supervised
from facedancer.training.watching.run_log import read_log
from facedancer.utils.errors import UserError

from .conftest import ONE_STEP, SIDE

# TensorFlow tells that the pipeline is traced all the same, see `untraced`.
pytestmark = pytest.mark.filterwarnings("ignore:Even though the:UserWarning")


@pytest.mark.parametrize(
    ("target", "measure", "best"),
    [
        ("pose", "validation/pose_error", -1),
        ("gaze", "validation/gaze_error", -1),
        ("shape", "validation/shape_error", -1),
        ("expression", "validation/same_expression_auc", 1),
    ],
)
def test_regressors(settings, strategies, untraced, target, measure, best):
    config = RegressorConfig(**{**settings, **ONE_STEP}, target=target)
    path = train_supervised(config, lambda *faces: RegressorTask(config, *faces), strategies(1))
    assert target in load_regressor(path).output
    last = next(entry for entry in reversed(read_log(path.parent)) if measure in entry)
    assert last["step"] == 1
    assert last["validation/score"] == pytest.approx(best * last[measure])
    again = measure_taken(target, load_regressor(path), LabelledFaces(config.validation_folders))
    assert again == {name: pytest.approx(last[name], rel=1e-3) for name in again}


def test_pose_is_judged_in_degrees_against_the_crops_own_pose(settings, strategies, untraced):
    config = RegressorConfig(**settings, target="pose")
    with strategies(1).scope():
        task = RegressorTask(
            config, LabelledFaces(config.train_folders), LabelledFaces(config.validation_folders)
        )
    turns = task.network.get_layer("turns")
    turns.kernel.assign(tf.zeros_like(turns.kernel))
    turns.bias.assign([1.0, -0.5, 0.1])
    measures = task.validate()
    # The answer is always 30, -15 and 3 degrees; pitch and roll are 0, yaw the bar's place.
    assert measures["validation/pitch_error"] == pytest.approx(15, abs=1e-3)
    assert measures["validation/roll_error"] == pytest.approx(3, abs=1e-3)
    assert measures["validation/yaw_error"] > 15


def test_gaze_is_judged_next_to_the_mean(data):
    faces = LabelledFaces([data / "held_out"])
    [batch] = faces.read(np.arange(faces.count), faces.count)
    truth = batch["labels"].numpy()[:, faces.columns("gaze")]
    held_out = HeldOutLabels("gaze", faces, SIDE)
    measures = held_out.measure(lambda images: {"gaze": np.tile(truth.mean(0), (len(images), 1))})
    assert measures["validation/gaze_error"] == pytest.approx(
        measures["validation/gaze_error_of_the_mean"], rel=1e-5
    )
    assert measures["validation/gaze_error"] > 1


def test_the_shape_is_judged_in_millimetres_and_number_by_number(data):
    faces = LabelledFaces([data / "held_out"])
    [batch] = faces.read(np.arange(faces.count), faces.count)
    truth = batch["labels"].numpy()[:, faces.columns("shape")]
    held_out = HeldOutLabels("shape", faces, SIDE)
    off = np.linspace(0.0, 0.02, 204)
    answers = iter([truth + off] * 2)
    measures = held_out.measure(lambda images: {"shape": next(answers)})
    assert measures["validation/shape_error"] == pytest.approx(1.0, rel=1e-4)
    assert measures["validation/shape_error_of_the_mean"] == pytest.approx(
        100 * np.abs(truth - truth.mean(0)).mean(), rel=1e-4
    )
    errors = held_out.shape_errors(lambda images: {"shape": next(answers)})
    np.testing.assert_allclose(errors, off, atol=1e-6)


@pytest.mark.parametrize(
    "mood_of",
    [lambda person, number: 0, lambda person, number: 100 * person + number // 2],
    ids=["one", "each person's own"],
)
def test_expressions_that_make_no_pairs_are_refused_at_the_start(data, tmp_path, mood_of):
    """All faces show one mood, or each mood is one person's alone."""
    crops = shutil.copytree(data / "crops" / "held_out", tmp_path / "crops")
    lines = [json.loads(line) for line in (crops / CROP_LIST_NAME).read_text().splitlines()]
    for line in lines:
        number = int(line["path"].split("/")[1].removesuffix(".png"))
        line["labels"]["mood"] = [mood_of(int(line["identity"]), number)]
    (crops / CROP_LIST_NAME).write_text("".join(json.dumps(line) + "\n" for line in lines))
    shard_folder(crops, tmp_path / "shards", "held_out", 1)
    with pytest.raises(UserError, match="--validation_data has no two people of one mood"):
        HeldOutLabels("expression", LabelledFaces([tmp_path / "shards"]), SIDE)
