"""Distillation: the losses by hand, that a student learns, resumes, and what is refused."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from facedancer.arcface_model.encoder import UNTRAINED_SMALL, encode, load_encoder
from facedancer.dataset.labelled_faces import LabelledFaces
from facedancer.dataset.shards.sharding import shard_folder
from facedancer.inference.loading import load_generator
from facedancer.networks.generator import get_generator
from facedancer.training.labelled.distill_config import DistillConfig
from facedancer.training.labelled.distill_task import DistillTask, make_adam
from facedancer.training.labelled.labelled_run import train_labelled
from facedancer.training.runs.run_log import read_log
from facedancer.utils.cli import UserError
from facedancer.utils.images import uint8_to_signed, write_image

# TensorFlow tells that the pipeline is traced all the same.
pytestmark = pytest.mark.filterwarnings("ignore:Even though the:UserWarning")

SIDE = 64
UP_TYPES = ("no_skip", "no_skip", "add", "add", "affa", "concat")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Shards ``train`` and ``held_out`` of other people, and ``teacher.keras``."""
    folder = tmp_path_factory.mktemp("distill")
    for name, first in (("train", 0), ("held_out", 50)):
        for person in range(first, first + 4):
            for number in range(3):
                draw = np.random.default_rng(10 * person + number)
                coarse = draw.integers(0, 256, (1, 8, 8, 3)).astype(np.float32)
                pixels = tf.cast(tf.image.resize(coarse, [SIDE, SIDE])[0], tf.uint8).numpy()
                write_image(folder / "crops" / name / f"{person:03}" / f"{number}.png", pixels)
        shard_folder(folder / "crops" / name, folder / name, name, 1)
    get_generator(UP_TYPES, 1, 32, SIDE, 8).save(folder / "teacher.keras")
    return folder


@pytest.fixture
def config(folder, tmp_path):
    return DistillConfig(
        teacher=str(folder / "teacher.keras"),
        arcface_path=UNTRAINED_SMALL,
        train_data=str(folder / "train"),
        validation_data=str(folder / "held_out"),
        run_dir=str(tmp_path / "run"),
        up_types=UP_TYPES,
        mapping_depth=1,
        mapping_size=32,
        base_width=4,
        image_size=SIDE,
        batch_size=4,
        total_steps=6,
        warmup_steps=1,
        learning_rate=2e-3,
        log_every=1,
        validate_every=6,
        checkpoint_every=3,
    )


def train(config, strategy=None):
    return train_labelled(
        config,
        lambda faces, held_out: DistillTask(config, faces, held_out),
        strategy,
        make_optimizer=make_adam,
    )


def make_task(config):
    faces = [LabelledFaces([path]) for path in (config.train_data, config.validation_data)]
    return DistillTask(config, *faces), next(iter(faces[0].batches(4, seed=0)))


def test_the_losses_are_what_they_say(config):
    task, batch = make_task(config)
    losses = {name: float(value) for name, value in task.losses(batch, tf.constant(0)).items()}
    encoder, teacher = load_encoder(UNTRAINED_SMALL), load_generator(config.teacher)
    targets = uint8_to_signed(batch["image"])
    embeddings = encode(encoder, targets)["embedding"].numpy()
    # One of four is its own source; the others have the face before them.
    sources = np.stack([embeddings[0], *embeddings[:3]])
    wanted = teacher(targets, sources)
    changed = task.network([targets, tf.constant(sources)], training=False)
    image = np.abs(wanted - changed).mean()
    assert losses["loss/image"] == pytest.approx(config.image_weight * image, rel=1e-3)
    found = encode(encoder, changed)["embedding"].numpy()
    cosines = (found * sources).sum(1)
    cosines /= np.linalg.norm(found, axis=1) * np.linalg.norm(sources, axis=1)
    expected = config.identity_weight * (1 - cosines.mean())
    assert losses["loss/identity"] == pytest.approx(expected, rel=1e-3)
    assert losses["loss/feature"] > 0


def test_a_student_that_is_its_teacher_has_nothing_to_learn(config):
    task, batch = make_task(dataclasses.replace(config, base_width=8, separable=False))
    task.network.set_weights(task._teacher.get_weights())
    losses = task.losses(batch, tf.constant(0))
    assert float(losses["loss/image"]) < 1e-5
    assert float(losses["loss/feature"]) < 1e-4
    measures = task.validate()
    assert measures["validation/image"] < 1e-6
    assert measures["validation/identity"] == pytest.approx(
        measures["validation/teacher_identity"], abs=1e-5
    )


def test_a_student_learns_and_swaps(config):
    config = dataclasses.replace(config, total_steps=40, validate_every=40, checkpoint_every=40)
    path = train(config)
    images = [line["loss/image"] for line in read_log(Path(config.run_dir)) if "loss/image" in line]
    assert np.mean(images[-5:]) < 0.8 * np.mean(images[:5])
    generator = load_generator(config.run_dir)
    assert generator.image_size == SIDE and path.name == "generator.keras"
    before = path.read_bytes()
    train(dataclasses.replace(config, resume=True))
    assert path.read_bytes() == before, "a finished run goes no further"


def test_two_replicas_learn_too(config, strategies):
    assert train(
        dataclasses.replace(config, total_steps=1, warmup_steps=0), strategies(2)
    ).is_file()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"teacher": ""}, "--teacher is missing"),
        ({"teacher": "nothing.keras"}, "no such generator"),
        ({"image_size": 128}, "makes pictures of 64 px, --image_size is 128"),
        ({"up_types": ("affa",)}, "up_types must hold"),
    ],
)
def test_what_does_not_fit_is_refused(config, changes, message):
    with pytest.raises(UserError, match=message):
        train(dataclasses.replace(config, **changes))
