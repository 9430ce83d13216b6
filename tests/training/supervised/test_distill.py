"""Distillation: the losses by hand, that a student learns, resumes, and what is refused."""

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from facedancer.arcface_model.encoder import UNTRAINED_SMALL, encode, load_encoder
from facedancer.arcface_model.pairing import trained_with
from facedancer.dataset.labelled_faces import LabelledFaces
from facedancer.dataset.shards.sharding import shard_folder
from facedancer.losses.margins import MARGINS
from facedancer.networks.generator import get_generator
from facedancer.networks.loading.generator import load_generator
from facedancer.networks.loading.keras_generator import load_keras_generator
from facedancer.training.networks.optimizers import make_adam
from facedancer.training.settings.distill import DistillConfig
from facedancer.training.supervised import distill_task
from facedancer.training.supervised.augmentation import jitter, mirror_some
from facedancer.training.supervised.distill_task import DistillTask, _own_sources
from facedancer.training.supervised.run import train_supervised
from facedancer.training.watching.run_log import read_log
from facedancer.utils.errors import UserError
from facedancer.utils.images import uint8_to_signed, write_image
from facedancer.utils.weights.origins import ENCODER, Origin, write_notes

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
        encoder=UNTRAINED_SMALL,
        data=str(folder / "train"),
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
    return train_supervised(
        config,
        lambda faces, held_out: DistillTask(config, faces, held_out),
        strategy,
        make_optimizer=make_adam,
    )


def make_task(config):
    faces = [LabelledFaces([path]) for path in (config.data, config.validation_data)]
    return DistillTask(config, *faces), next(iter(faces[0].batches(4, seed=0)))


def losses_of(task, batch, step=0):
    found = task.losses(batch, tf.constant(step, tf.int64))
    return {name: float(value) for name, value in found.items()}


def cosines(first, second):
    first, second = (np.reshape(one, (len(one), -1)).astype(np.float64) for one in (first, second))
    norms = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return (first * second).sum(1) / norms


@pytest.mark.parametrize(("same_ratio", "strength"), [(0, 0.0), (1, 0.0), (0, 0.8)])
def test_the_losses_are_what_they_say(config, same_ratio, strength):
    task, batch = make_task(
        dataclasses.replace(config, same_ratio=same_ratio, jitter=strength, identity_weight=7)
    )
    step = tf.constant(2, tf.int64)
    losses = losses_of(task, batch, step=2)
    encoder, teacher = load_encoder(UNTRAINED_SMALL), load_generator(config.teacher)
    targets, is_mirrored = mirror_some(uint8_to_signed(batch["image"]), config.seed, step)
    assert 0 < is_mirrored.numpy().sum() < 4
    targets = 2 * jitter(targets / 2 + 0.5, strength, config.seed, step) - 1
    embeddings = encode(encoder, targets)["embedding"].numpy()
    # Each has the face before it, or itself.
    sources = embeddings if same_ratio else np.roll(embeddings, 1, axis=0)
    wanted = teacher(targets, sources)
    changed = task.network([targets, tf.constant(sources)], training=False)
    # As they are: weights come in where they are added up.
    assert losses["loss/image"] == pytest.approx(np.abs(wanted - changed).mean(), rel=1e-3)
    wanted, found = encode(encoder, wanted), encode(encoder, changed)
    expected = np.mean(1 - cosines(found["embedding"], sources))
    assert losses["loss/identity"] == pytest.approx(expected, rel=1e-3)
    feature = sum(np.mean(1 - cosines(wanted[block], found[block])) for block in MARGINS)
    assert len(MARGINS) == 11
    assert losses["loss/feature"] == pytest.approx(feature, rel=1e-3)
    assert set(task.loss_weights) == set(losses)
    assert task.loss_weights["loss/identity"] == 7


def test_the_share_of_own_sources_is_right_in_the_long_run():
    shares = []
    for ratio, count in ((0.2, 2), (0.2, 5), (0.7, 3), (0.0, 4), (1.0, 4)):
        own = [_own_sources(count, tf.constant(step, tf.int64), ratio) for step in range(100)]
        shares.append(np.mean(own) - ratio)
    np.testing.assert_allclose(shares, 0, atol=0.011)


def test_replicas_count_on(strategies):
    strategy = strategies(2)
    step = tf.constant(3, tf.int64)
    found = strategy.run(lambda: _own_sources(5, step, 0.1))
    both = np.concatenate([one.numpy() for one in strategy.experimental_local_results(found)])
    assert both.sum() == 1, "of ten faces, not one of each five"


@pytest.mark.usefixtures("untraced")
def test_weights_come_in_where_losses_are_added_up(config):
    config = dataclasses.replace(config, total_steps=1, warmup_steps=0, image_weight=0.0)
    before = make_task(config)[0].network.get_weights()
    nothing = dataclasses.replace(config, feature_weight=0.0, identity_weight=0.0)
    train(nothing)
    [line] = [line for line in read_log(Path(config.run_dir)) if "loss/image" in line]
    assert line["loss/image"] > 0.01 and line["gradient_norm"] == 0
    after = load_keras_generator(config.run_dir).get_weights()
    for ours, theirs in zip(before, after, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_student_that_is_its_teacher_has_nothing_to_learn(config):
    task, batch = make_task(dataclasses.replace(config, base_width=8, separable=False))
    task.network.set_weights(task._teacher.get_weights())
    losses = losses_of(task, batch)
    assert losses["loss/image"] < 1e-5
    assert losses["loss/feature"] < 1e-4
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
    assert trained_with(path) == Origin(UNTRAINED_SMALL)
    before = path.read_bytes()
    train(config)
    assert path.read_bytes() == before, "a finished run goes no further"


def test_only_swaps_between_two_people_are_judged(config, monkeypatch):
    """Twelve faces in batches of five: some follow one of their own person."""
    monkeypatch.setattr(distill_task, "_JUDGED_BATCH", 5)
    task, _ = make_task(config)
    assert [len(batch["image"]) for batch in task._held_out] == [5, 5, 2]
    seen = []
    rows = [np.full((len(one["image"]), 3), 9.0) for one in task._held_out]
    for number, batch in enumerate(task._held_out):
        people = batch["identity"].tolist()
        for place, person in enumerate(people):
            if person != people[place - 1]:
                rows[number][place] = len(seen)
                seen.append(person)
    answers = iter(rows)
    task._judge = lambda images: tf.constant(next(answers))
    assert 0 < len(seen) < 12
    assert task.validate()["validation/image"] == np.mean(range(len(seen)))


@pytest.mark.usefixtures("untraced")
def test_a_student_in_bfloat16_is_read_in_float32(config):
    path = train(
        dataclasses.replace(config, total_steps=1, warmup_steps=0, precision="mixed_bfloat16")
    )
    model = load_keras_generator(path)
    assert all(weight.dtype == "float32" for weight in model.weights)
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}
    draw = np.random.default_rng(0)
    target = draw.uniform(-1, 1, (2, SIDE, SIDE, 3)).astype(np.float32)
    identity = draw.standard_normal((2, 512)).astype(np.float32)
    changed = load_generator(path)(target, identity).numpy()
    assert changed.dtype == np.float32 and np.isfinite(changed).all() and np.ptp(changed) > 0
    [line] = [line for line in read_log(Path(config.run_dir)) if "loss/image" in line]
    assert all(np.isfinite(line[f"loss/{name}"]) for name in ("image", "feature", "identity"))


def test_a_face_alone_on_a_device_is_refused(config, strategies):
    config = dataclasses.replace(config, batch_size=2)
    with pytest.raises(UserError, match="leaves one face for each of 2 devices.*use 4 or more"):
        train(config, strategies(2))


def test_held_out_faces_of_one_person_are_refused(config, folder, tmp_path):
    shutil.copytree(folder / "crops" / "held_out" / "050", tmp_path / "crops" / "050")
    shard_folder(tmp_path / "crops", tmp_path / "alone", "alone", 1)
    with pytest.raises(UserError, match="shows only one person"):
        make_task(dataclasses.replace(config, validation_data=str(tmp_path / "alone")))


@pytest.mark.usefixtures("untraced")
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


def test_a_teacher_of_another_encoder_is_refused(config, folder, tmp_path):
    teacher = tmp_path / "teacher.keras"
    shutil.copy(folder / "teacher.keras", teacher)
    write_notes(teacher, {ENCODER: Origin("arcface.keras", "ab" * 32)})
    with pytest.raises(UserError, match=r"trained with the identity encoder arcface\.keras"):
        train(dataclasses.replace(config, teacher=str(teacher)))
