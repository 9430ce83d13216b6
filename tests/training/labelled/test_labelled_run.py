"""Trainings on single labelled faces: from start to file, resumed, stopped, and refused."""

import dataclasses
import json
import os
import shutil
import signal
from types import MappingProxyType, SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from facedancer.arcface_model.encoder import load_encoder
from facedancer.arcface_model.face_regressor import load_regressor
from facedancer.arcface_model.interface import input_side
from facedancer.arcface_model.margins import margin_loss
from facedancer.dataset.crops.crop_list import CROP_LIST_NAME
from facedancer.dataset.labelled_faces import LabelledFaces
from facedancer.dataset.shards.sharding import shard_folder
from facedancer.lab import take_network
from facedancer.training.divergence import TrainingDiverged
from facedancer.training.labelled import labelled_run
from facedancer.training.labelled.encoder_config import EncoderConfig
from facedancer.training.labelled.encoder_task import EncoderTask
from facedancer.training.labelled.held_out_labels import HeldOutLabels
from facedancer.training.labelled.labelled_config import LabelledConfig
from facedancer.training.labelled.labelled_faces_input import to_input
from facedancer.training.labelled.labelled_run import _distribute, train_labelled
from facedancer.training.labelled.labelled_step import LabelledStep, make_optimizer
from facedancer.training.labelled.regressor_config import RegressorConfig
from facedancer.training.labelled.regressor_task import RegressorTask
from facedancer.training.runs.checkpoint_folder import find_checkpoints
from facedancer.training.runs.run_log import read_log
from facedancer.utils.cli import UserError
from facedancer.utils.images import write_image

# TensorFlow tells that the pipeline is traced all the same, see `untraced`.
pytestmark = pytest.mark.filterwarnings("ignore:Even though the:UserWarning")

SIDE = 32
ONE_STEP = {"total_steps": 1, "warmup_steps": 0}


def write_faces(folder, first, people, images):
    """People who differ in colour, and pictures that differ in where a bar stands."""
    rng = np.random.default_rng(first)
    lines = []
    for person in range(first, first + people):
        colour = np.random.default_rng(person).integers(60, 255, 3)
        for number in range(images):
            place = int(rng.integers(0, SIDE - 4))
            pixels = np.tile(colour, (SIDE, SIDE, 1)) - rng.integers(0, 20, (SIDE, SIDE, 1))
            pixels[:, place : place + 4] = 0
            path = f"{person:03d}/{number}.png"
            write_image(folder / path, pixels.astype(np.uint8))
            points = (np.arange(10.0).reshape(5, 2) ** 1.5).tolist()
            labels = {
                "pose": [place - SIDE / 2, 0.0, 0.0],
                "landmarks": np.ravel(points).tolist(),
                "expression": [place / SIDE] * 52,
                "mood": [place // 8],
            }
            lines.append(
                {
                    "path": path,
                    "source_path": path,
                    "identity": f"{person:03d}",
                    "landmarks": points,
                    "box": [0, 0, 9, 9],
                    "score": 1.0,
                    "matrix": [[1, 0, 0], [0, 1, 0]],
                    "side": SIDE,
                    "shrink_factor": 1.0,
                    "yaw": 0.0,
                    "sharpness": 9.0,
                    "found_by": "test",
                    "labels": labels,
                }
            )
    (folder / CROP_LIST_NAME).write_text("".join(json.dumps(line) + "\n" for line in lines))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """``train`` and ``held_out``, of other people; ``unlabelled``, of unknown ones."""
    folder = tmp_path_factory.mktemp("faces")
    for name, first, people in (("train", 0, 6), ("held_out", 100, 4)):
        write_faces(folder / "crops" / name, first, people, 6)
        shard_folder(folder / "crops" / name, folder / name, name, 1)
    for number in range(4):
        pixels = np.full((SIDE, SIDE, 3), 40 * number, np.uint8)
        write_image(folder / "crops/unlabelled" / f"{number}.png", pixels)
    shard_folder(folder / "crops/unlabelled", folder / "unlabelled", "unlabelled", 1)
    return folder


@pytest.fixture
def settings(data, tmp_path):
    return {
        "train_data": str(data / "train"),
        "validation_data": str(data / "held_out"),
        "run_dir": str(tmp_path / "run"),
        "image_size": SIDE,
        "batch_size": 8,
        "total_steps": 4,
        "warmup_steps": 1,
        "learning_rate": 0.05,
        "log_every": 1,
        "validate_every": 2,
        "checkpoint_every": 2,
    }


class SmallTask:
    """Tells people apart with one convolution: all of a task but its size."""

    file_name = "small.keras"
    loss_weights = MappingProxyType({})

    def __init__(self, faces, held_out):
        image = keras.Input((SIDE, SIDE, 3))
        x = keras.layers.Conv2D(8, 3, 4, activation="relu")(image)
        x = keras.layers.Dense(len(faces.names))(keras.layers.Flatten()(x))
        self.network = keras.Model(image, x)

    def losses(self, batch, step):
        logits = self.network(to_input(batch["image"], SIDE), training=True)
        return {"loss/small": tf.reduce_mean(margin_loss(logits, batch["identity"]))}

    def validate(self):
        return {"validation/score": 0.5}

    def save(self, path):
        self.network.save(path)


class DropoutTask(SmallTask):
    """Draws random numbers of Keras's own, as the published encoder's network does."""

    def __init__(self, faces, held_out):
        super().__init__(faces, held_out)
        logits = self.network.outputs[0]
        self.network = keras.Model(self.network.inputs, keras.layers.Dropout(0.5)(logits))


def small_config(settings, **changes):
    return LabelledConfig(**{**settings, **changes})


def weights_of(path):
    return keras.saving.load_model(path, compile=False).get_weights()


def test_from_start_to_file(settings, strategies):
    path = train_labelled(
        small_config(settings, total_steps=40, validate_every=20), SmallTask, strategies(1)
    )
    assert path.name == "small.keras"
    entries = read_log(path.parent)
    losses = [entry["loss/small"] for entry in entries if "loss/small" in entry]
    assert len(losses) == 40
    assert np.mean(losses[-5:]) < 0.8 * np.mean(losses[:5])
    measured = [entry["step"] for entry in entries if "validation/score" in entry]
    assert measured == [20, 40]
    newest = find_checkpoints(path.parent / "checkpoints")[-1]
    assert (newest / "small.keras").read_bytes() == path.read_bytes()
    assert "--total_steps=40" in (path.parent / "flags.cfg").read_text()
    assert json.loads((path.parent / "run.json").read_text())["parts"][0]["first_step"] == 0


@pytest.mark.parametrize(("task", "replicas"), [(SmallTask, 1), (DropoutTask, 1), (DropoutTask, 2)])
def test_resumed_is_the_run_that_never_stopped(
    settings, strategies, tmp_path, monkeypatch, task, replicas
):
    whole = train_labelled(small_config(settings), task, strategies(replicas))
    config = small_config(settings, run_dir=str(tmp_path / "other"), checkpoint_every=3)
    stop_after(2, monkeypatch)
    train_labelled(config, task, strategies(replicas))
    monkeypatch.undo()
    stopped = find_checkpoints(config.checkpoint_dir)
    assert [path.name for path in stopped] == ["step_0000002"]
    # Validation was due at the stop: it came after saving.
    assert json.loads((stopped[0] / "manifest.json").read_text())["score"] == 0.5
    with pytest.raises(UserError, match="holds a run"):
        train_labelled(config, task, strategies(replicas))
    again = dataclasses.replace(config, resume=True)
    with pytest.raises(UserError, match="--batch_size was 8, is 10"):
        train_labelled(dataclasses.replace(again, batch_size=10), task, strategies(replicas))
    resumed = train_labelled(again, task, strategies(replicas))
    for one, other in zip(weights_of(whole), weights_of(resumed), strict=True):
        np.testing.assert_array_equal(one, other)
    resumed.unlink()
    assert train_labelled(again, task, strategies(replicas)).is_file()


def test_a_run_that_was_saved_without_dropouts_state_goes_on(
    settings, strategies, monkeypatch, caplog
):
    config = small_config(settings)
    stop_after(2, monkeypatch)
    monkeypatch.setattr(labelled_run, "random_state", lambda network: {})
    train_labelled(config, DropoutTask, strategies(1))
    monkeypatch.undo()
    again = dataclasses.replace(config, resume=True)
    assert train_labelled(again, DropoutTask, strategies(1)).is_file()
    assert "step_0000002 is of a version that did not save where dropout's" in caplog.text
    caplog.clear()
    train_labelled(again, DropoutTask, strategies(1))
    assert "did not save" not in caplog.text


def stop_after(steps, monkeypatch):
    """Sends this process SIGTERM once so many steps are done."""
    former = LabelledStep.__call__

    def step_and_stop(self, batches, step):
        report = former(self, batches, step)
        if step + 1 == steps:
            os.kill(os.getpid(), signal.SIGTERM)
        return report

    monkeypatch.setattr(LabelledStep, "__call__", step_and_stop)


@pytest.mark.parametrize("moment", ["validation", "report"])
def test_a_stop_at_any_moment_is_saved(settings, strategies, monkeypatch, caplog, moment):
    """While step 2 is validated, or its report waited for: step 3 is the last."""
    config = small_config(settings, checkpoint_every=4)

    def stop() -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    class StoppedTask(SmallTask):
        def validate(self):
            if moment == "validation":
                stop()
            return super().validate()

    def read_and_stop(report):
        if moment == "report" and int(report.step) == 2:
            stop()

    monkeypatch.setattr(labelled_run, "refuse_divergence", read_and_stop)
    train_labelled(config, StoppedTask, strategies(1))
    assert [path.name for path in find_checkpoints(config.checkpoint_dir)] == ["step_0000003"]
    assert "stopped after step 3, which is saved" in caplog.text


def test_two_replicas_do_the_step_of_one(settings, strategies, tmp_path):
    paths = [
        train_labelled(small_config(settings, run_dir=f"{tmp_path}/{n}"), SmallTask, strategies(n))
        for n in (1, 2)
    ]
    for one, two in zip(*map(weights_of, paths), strict=True):
        np.testing.assert_allclose(one, two, atol=1e-5)
    losses = [[e["loss/small"] for e in read_log(p.parent) if "loss/small" in e] for p in paths]
    np.testing.assert_allclose(*losses, rtol=1e-4)
    with pytest.raises(UserError, match="cannot be shared by 2 devices"):
        train_labelled(small_config(settings, batch_size=9), SmallTask, strategies(2))


@tf.custom_gradient
def broken_on_the_last_replica(loss):
    context = tf.distribute.get_replica_context()
    is_last = context.replica_id_in_sync_group == context.num_replicas_in_sync - 1
    return loss, lambda slope: tf.where(is_last, float("nan"), slope)


def test_a_gradient_that_is_not_finite_shows_on_any_replica(settings, strategies):
    """The losses are finite, and all weights are lost."""

    class BrokenTask(SmallTask):
        def losses(self, batch, step):
            losses = super().losses(batch, step)
            return {name: broken_on_the_last_replica(loss) for name, loss in losses.items()}

    config = small_config(settings)
    for replicas in (1, 2):
        with pytest.raises(TrainingDiverged, match="^gradient_norm not finite at step 1;"):
            train_labelled(config, BrokenTask, strategies(replicas))
        assert not find_checkpoints(config.checkpoint_dir)


def test_divergence_ends_the_run_and_nothing_of_it_is_saved(settings, strategies):
    config = small_config(settings, learning_rate=1e30, warmup_steps=0, total_steps=9)
    with pytest.raises(TrainingDiverged, match="not finite at step"):
        train_labelled(config, SmallTask, strategies(1))
    for checkpoint in find_checkpoints(config.checkpoint_dir):
        assert all(np.isfinite(value).all() for value in weights_of(checkpoint / "small.keras"))


def test_a_run_that_diverged_goes_on_as_it_is_told(settings, strategies):
    config = small_config(settings)

    class BrokenTask(SmallTask):
        def losses(self, batch, step):
            losses = super().losses(batch, step)
            return {name: tf.where(step < 2, loss, np.inf) for name, loss in losses.items()}

    with pytest.raises(TrainingDiverged, match="at step 3.*--resume and a lower --learning_rate"):
        train_labelled(config, BrokenTask, strategies(1))
    again = dataclasses.replace(config, resume=True, learning_rate=config.learning_rate / 2)
    with pytest.raises(UserError, match="--total_steps was 4, is 5"):
        train_labelled(dataclasses.replace(again, total_steps=5), SmallTask, strategies(1))
    path = train_labelled(again, SmallTask, strategies(1))
    assert [line["step"] for line in read_log(path.parent) if "loss/small" in line] == [1, 2, 3, 4]


def test_the_rate_rises_and_falls(settings):
    def rate_of(**changes):
        return make_optimizer(small_config(settings, learning_rate=0.1, **changes))._learning_rate

    rate = rate_of(warmup_steps=10, total_steps=110)
    steps = [0, 5, 10, 60, 110]
    np.testing.assert_allclose([float(rate(n)) for n in steps], [0, 0.05, 0.1, 0.05, 0], atol=1e-6)
    assert float(rate_of(warmup_steps=0, total_steps=100)(0)) == pytest.approx(0.1)


def encoder_config(settings, **changes):
    return EncoderConfig(**{**settings, "backbone": "compact", "scale": 16.0, **changes})


def train_encoder(config, strategy=None):
    return train_labelled(config, lambda *faces: EncoderTask(config, *faces), strategy)


@pytest.fixture
def untraced():
    """Functions run as they are written: of few steps, tracing would take most of the time."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def test_encoder(settings, strategies, untraced, tmp_path, monkeypatch):
    path = train_encoder(encoder_config(settings, **ONE_STEP), strategies(1))
    assert input_side(load_encoder(path)) == SIDE
    entries = read_log(path.parent)
    assert np.isfinite(entries[0]["loss/arcface"])
    measures = next(entry for entry in entries if "validation/auc" in entry)
    # Taken over into another lab, it is measured as its training measured it.
    taken = tmp_path / "taken"
    values = {"kind": "identity", "network": str(path), "run_dir": str(taken)}
    values["validation_data"] = settings["validation_data"]
    given = SimpleNamespace(**values)
    monkeypatch.setattr(take_network, "FLAGS", given)
    take_network.main()
    assert (taken / "encoder.keras").read_bytes() == path.read_bytes()
    (again,) = read_log(taken)
    names = [name for name in again if name.startswith("validation/")]
    assert {n: again[n] for n in names} == {n: pytest.approx(measures[n], abs=0.02) for n in names}
    given.run_dir = settings["run_dir"]
    with pytest.raises(UserError, match="holds a training"):
        take_network.main()
    assert 0 <= measures["validation/tar_at_far_0.001"] <= 1
    assert measures["validation/score"] == measures["validation/tar_at_far_0.001"]


def test_sampling_decides_how_often_each_person_is_drawn(settings, strategies, tmp_path):
    for person, images in enumerate((9, 2, 1)):
        for number in range(images):
            pixels = np.full((SIDE, SIDE, 3), 20 * person + number, np.uint8)
            write_image(tmp_path / "crops" / str(person) / f"{number}.png", pixels)
    shard_folder(tmp_path / "crops", tmp_path / "uneven", "uneven", 1)
    settings["train_data"] = str(tmp_path / "uneven")
    # Twelve images, so that a batch is each image once, or each person four times.
    for sampling, counts in (("image", [9, 2, 1]), ("identity", [4, 4, 4])):
        config = encoder_config(settings, batch_size=12, sampling=sampling)
        faces = LabelledFaces(config.train_folders)
        batch = next(_distribute(strategies(1), config, faces, 0))
        assert np.bincount(batch["identity"]).tolist() == counts


@pytest.mark.parametrize(
    ("target", "measure", "best"),
    [("pose", "validation/pose_error", -1), ("expression", "validation/same_expression_auc", 1)],
)
def test_regressors(settings, strategies, untraced, target, measure, best):
    config = RegressorConfig(**{**settings, **ONE_STEP}, target=target)
    path = train_labelled(config, lambda *faces: RegressorTask(config, *faces), strategies(1))
    assert target in load_regressor(path).output
    last = next(entry for entry in reversed(read_log(path.parent)) if measure in entry)
    assert last["step"] == 1
    assert last["validation/score"] == pytest.approx(best * last[measure])
    again = take_network.measure(
        target, load_regressor(path), LabelledFaces(config.validation_folders)
    )
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


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"train_data": ""}, "--train_data is missing"),
        ({"validation_data": ""}, "--validation_data is missing"),
        ({"run_dir": ""}, "--run_dir is missing"),
        ({"image_size": 16}, "--image_size must be at least 32"),
        ({"warmup_steps": 4}, "--warmup_steps=4 leaves nothing"),
        ({"head": "cosface", "margin": 1.2}, "--margin=1.2: as a cosine"),
    ],
)
def test_flags_out_of_range(settings, changes, message):
    with pytest.raises(UserError, match=message):
        encoder_config(settings, **changes)


def test_people_must_be_known_and_not_shared(data, settings, strategies):
    with pytest.raises(UserError, match="6 people of --validation_data are in --train_data"):
        train_encoder(encoder_config(settings, validation_data=settings["train_data"]))
    unknown = encoder_config(settings, validation_data=str(data / "unlabelled"))
    with pytest.raises(UserError, match="--validation_data must say whose"):
        train_encoder(unknown, strategies(1))
    config = RegressorConfig(**{**settings, "validation_data": str(data / "unlabelled")})
    with pytest.raises(UserError, match="--validation_data has no label 'pose' of 3 numbers"):
        train_labelled(config, lambda *faces: RegressorTask(config, *faces), strategies(1))
