"""Encoders: trained and measured, how people are drawn, and what is refused."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose

from facedancer.arcface_model.encoder import load_encoder
from facedancer.arcface_model.interface import input_side
from facedancer.dataset.labelled_faces import LabelledFaces
from facedancer.dataset.shards.sharding import shard_folder
from facedancer.lab.networks.taken import take
from facedancer.lab.people.heads import heads
from facedancer.training.settings.encoder import EncoderConfig
from facedancer.training.settings.regressor import RegressorConfig
from facedancer.training.supervised.encoder_task import EncoderTask, growth
from facedancer.training.supervised.labels import find_labels, mirrored_shape
from facedancer.training.supervised.regressor_task import RegressorTask
from facedancer.training.supervised.run import _distribute, train_supervised
from facedancer.training.watching.run_log import read_log
from facedancer.utils.errors import UserError
from facedancer.utils.images import write_image

from .conftest import ONE_STEP, SIDE

# TensorFlow tells that the pipeline is traced all the same, see `untraced`.
pytestmark = pytest.mark.filterwarnings("ignore:Even though the:UserWarning")


def encoder_config(settings, **changes):
    return EncoderConfig(**{**settings, "backbone": "compact", "scale": 16.0, **changes})


def train_encoder(config, strategy=None):
    return train_supervised(config, lambda *faces: EncoderTask(config, *faces), strategy)


def test_encoder(settings, strategies, untraced, tmp_path):
    path = train_encoder(encoder_config(settings, mirrored=True, **ONE_STEP), strategies(1))
    encoder = load_encoder(path)
    assert input_side(encoder) == SIDE
    faces = np.random.default_rng(0).uniform(0, 1, (2, SIDE, SIDE, 3)).astype(np.float32)
    found, mirrored = (encoder(one)["embedding"] for one in (faces, faces[:, :, ::-1]))
    assert_allclose(found, mirrored, rtol=1e-4, atol=1e-4)
    entries = read_log(path.parent)
    assert np.isfinite(entries[0]["loss/arcface"])
    measures = next(entry for entry in entries if "validation/auc" in entry)
    # Taken over into another lab, it is measured as its training measured it.
    taken = tmp_path / "taken"
    take("identity", path, settings["validation_data"], taken)
    assert (taken / "encoder.keras").read_bytes() == path.read_bytes()
    (again,) = read_log(taken)
    names = [name for name in again if name.startswith("validation/")]
    assert {n: again[n] for n in names} == {n: pytest.approx(measures[n], abs=0.02) for n in names}
    with pytest.raises(UserError, match="holds a training"):
        take("identity", path, settings["validation_data"], Path(settings["run_dir"]))
    assert 0 <= measures["validation/tar_at_far_0.001"] <= 1
    assert measures["validation/score"] == measures["validation/tar_at_far_0.001"]


def test_sampling_decides_how_often_each_person_is_drawn(settings, strategies, tmp_path):
    for person, images in enumerate((9, 2, 1)):
        for number in range(images):
            pixels = np.full((SIDE, SIDE, 3), 20 * person + number, np.uint8)
            write_image(tmp_path / "crops" / str(person) / f"{number}.png", pixels)
    shard_folder(tmp_path / "crops", tmp_path / "uneven", "uneven", 1)
    settings["data"] = str(tmp_path / "uneven")
    # Twelve images, so that a batch is each image once, or each person four times.
    for sampling, counts in (("image", [9, 2, 1]), ("identity", [4, 4, 4])):
        config = encoder_config(settings, batch_size=12, sampling=sampling)
        faces = LabelledFaces(config.train_folders)
        batch = next(_distribute(strategies(1), config, faces, 0))
        assert np.bincount(batch["identity"]).tolist() == counts


def test_the_margin_grows_in_its_first_steps():
    assert [float(growth(tf.constant(step), 4)) for step in (0, 1, 4, 9)] == [0, 0.25, 1, 1]
    assert float(growth(tf.constant(0), 0)) == 1


def test_a_margin_that_has_not_begun_to_grow_is_none(settings, strategies):
    config = encoder_config(settings, margin=0.5, margin_warmup_steps=10)
    faces, held_out = map(LabelledFaces, (config.train_folders, config.validation_folders))
    task = EncoderTask(config, faces, held_out)
    batch = next(_distribute(strategies(1), config, faces, 0))
    (first,), (later,) = (task.losses(batch, tf.constant(step)).values() for step in (0, 10))
    task._config = dataclasses.replace(config, margin=0.0)
    (without,) = task.losses(batch, tf.constant(0)).values()
    assert float(first) == pytest.approx(float(without), rel=1e-5)
    assert later > first + 1


def test_the_label_shape_is_read_from_the_embedding_of_rendered_faces(data, settings, strategies):
    config = encoder_config(settings, shape_label_weight=0.5)
    faces, held_out = map(LabelledFaces, (config.train_folders, config.validation_folders))
    task = EncoderTask(config, faces, held_out)
    batch = next(_distribute(strategies(1), config, faces, 0))
    losses = task.losses(batch, tf.constant(0))
    assert task.loss_weights["loss/shape"] == 0.5
    # A fresh layer reads 0: it is off by the label itself.
    size = np.abs(batch["labels"][:, faces.columns("shape")]).mean() / 0.02
    assert float(losses["loss/shape"]) == pytest.approx(size, rel=1e-4)
    unlabelled = LabelledFaces([data / "unlabelled"])
    unlabelled.names = ("a", "b")
    with pytest.raises(UserError, match="no label 'shape' of 204"):
        find_labels("data", "shape", unlabelled)


def test_it_begins_with_another_encoder_of_its_kind(settings, strategies, tmp_path):
    faces, held_out = (LabelledFaces([settings[n]]) for n in ("data", "validation_data"))
    first = EncoderTask(encoder_config(settings), faces, held_out)
    first.save(str(tmp_path / "encoder.keras"))
    begins = {"init_encoder": str(tmp_path / "encoder.keras")}
    second = EncoderTask(encoder_config(settings, **begins), faces, held_out)
    pairs = zip(first.network.network.weights, second.network.network.weights, strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)
    assert second.network.network.trainable
    other = encoder_config(settings, backbone="narrow_resnet34", **begins)
    with pytest.raises(UserError, match="has another network"):
        EncoderTask(other, faces, held_out)


def test_the_shape_of_a_mirrored_face():
    points = heads().template[heads().landmark_vertices].astype(np.float32)
    flat = tf.constant(points.reshape(1, -1))
    # The template is symmetric.
    assert_allclose(mirrored_shape(flat), flat, atol=1e-6)
    wide_left = flat.numpy().reshape(68, 3).copy()
    wide_left[45, 0] += 1.0  # the left eye's outer corner
    mirrored = mirrored_shape(wide_left.reshape(1, -1)).numpy().reshape(68, 3)
    assert_allclose(mirrored[36] - points[36], [-1, 0, 0], atol=1e-6)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data": ""}, "--data is missing"),
        ({"validation_data": ""}, "--validation_data is missing"),
        ({"run_dir": ""}, "--run_dir is missing"),
        ({"image_size": 16}, "--image_size must be at least 32"),
        ({"warmup_steps": 4}, "--warmup_steps=4 must be below"),
        ({"head": "cosface", "margin": 1.2}, "--margin=1.2: a cosine margin"),
    ],
)
def test_flags_out_of_range(settings, changes, message):
    with pytest.raises(UserError, match=message):
        encoder_config(settings, **changes)


def test_people_must_be_known_and_not_shared(data, settings, strategies):
    with pytest.raises(UserError, match="6 people of --validation_data are also in --data"):
        train_encoder(encoder_config(settings, validation_data=settings["data"]))
    unknown = encoder_config(settings, validation_data=str(data / "unlabelled"))
    with pytest.raises(UserError, match="--validation_data must name the person"):
        train_encoder(unknown, strategies(1))
    config = RegressorConfig(**{**settings, "validation_data": str(data / "unlabelled")})
    with pytest.raises(UserError, match="--validation_data has no label 'pose' of 3 numbers"):
        train_supervised(config, lambda *faces: RegressorTask(config, *faces), strategies(1))
