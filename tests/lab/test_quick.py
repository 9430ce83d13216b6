"""A few hundred steps of the lab's training transfer identity, on one replica and on two."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from facedancer.arcface_model.encoder import encode, load_encoder
from facedancer.dataset.shards.sharding import shard_folder
from facedancer.lab.experiment.tasks import ROOT
from facedancer.lab.people.families import SIBLINGS
from facedancer.lab.pictures.render import render
from facedancer.networks.loading.generator import load_generator
from facedancer.training.loop import train
from facedancer.training.settings.train_config import TrainConfig
from facedancer.utils.alignment import align_face
from facedancer.utils.images import uint8_to_signed, write_image

ENCODER = ROOT / "model_zoo/lab/arcface.keras"
PEOPLE, PICTURES, SIDE = 24, 5, 64
# Those of the small form.
FEW, FEW_STEPS = 4, 60
# The identity term had fallen by .22 after 360 steps, and by .31 after 480: the encoder that ships
# goes by hair and colours, which tell less of today's people than of those that it learnt from.
STEPS, WINDOW = 480, 40
SAME_RATIO = 0.2
# Copying the target would lower the identity loss by the share of same pairs, and no more.
LEAST_FALL = SAME_RATIO + 0.05
# Of the cosine to the source, over the target's own; without transfer it is 0 but for noise.
LEAST_RISE = 0.1


def crop_of(person: int, index: int) -> np.ndarray:
    # The encoder that ships has not learnt to tell siblings apart: one of each family.
    picture, labels = render(0, person * SIBLINGS, index, 96)
    return align_face(picture, np.reshape(labels["landmarks"], (5, 2)), SIDE)[0]


def make_config(people: int, folder: Path) -> tuple[TrainConfig, np.ndarray]:
    """The lab's training on some people, and a crop of each, ``[people, 64, 64, 3]`` uint8."""
    for person in range(people):
        for index in range(PICTURES):
            path = folder / "crops" / f"{person:03}" / f"{index}.png"
            write_image(path, crop_of(person, index))
    shard_folder(folder / "crops", folder / "shards", name="train", num_shards=2)
    config = TrainConfig(
        data=str(folder / "shards"),
        run_dir=str(folder / "run"),
        up_types=("no_skip", "no_skip", "affa", "affa", "affa", "concat"),
        mapping_size=128,
        image_size=SIDE,
        base_width=8,
        encoder=str(ENCODER),
        perceptual_features="mobilenet_v2",
        ifsr_weight=0,
        same_ratio=SAME_RATIO,
        batch_size=10,
        total_steps=STEPS,
        learning_rate=6e-4,
        penalty_every=4,
        # A single step may undo a lot for a moment: what is judged is the mean of the last ones.
        ema=0.95,
        log_every=1,
        sample_every=STEPS,
        validate_every=STEPS,
        checkpoint_every=STEPS,
        alarm_after=0,
    )
    return config, np.stack([crop_of(person, 0) for person in range(people)])


def rise_of(config: TrainConfig, crops: np.ndarray) -> float:
    """Measures how much nearer to its source than to its target a swap is; each takes the next."""
    encoder, generator = load_encoder(ENCODER), load_generator(config.generator_path)
    targets, sources = uint8_to_signed(crops), uint8_to_signed(np.roll(crops, 1, axis=0))
    wanted = encode(encoder, sources)["embedding"].numpy()

    def likeness(pictures) -> float:
        embeddings = encode(encoder, pictures)["embedding"].numpy()
        return float(np.mean([a @ b / np.linalg.norm(a) / np.linalg.norm(b)
                              for a, b in zip(embeddings, wanted, strict=True)]))  # fmt: skip

    return likeness(generator(targets, wanted)) - likeness(targets)


@pytest.mark.usefixtures("quick_compilation")
def test_few_identities_are_transferred_soon(strategies, tmp_path):
    """The small form: fewer people, and the one term that asks for it."""
    config, crops = make_config(FEW, tmp_path)
    config = dataclasses.replace(
        config,
        identity_weight=30.0,
        adversarial_weight=0.0,
        reconstruction_weight=0.0,
        cycle_weight=0.0,
        perceptual_weight=0.0,
        gradient_penalty_weight=0.0,
        batch_size=FEW,
        total_steps=FEW_STEPS,
        sample_every=FEW_STEPS,
        validate_every=FEW_STEPS,
        checkpoint_every=FEW_STEPS,
        learning_rate=2e-3,
        ema=0.9,
    )
    train(config, strategies(1))
    assert rise_of(config, crops) > LEAST_RISE


@pytest.mark.long
@pytest.mark.parametrize("replicas", [1, 2])
def test_identity_is_transferred(replicas, strategies, tmp_path):
    config, crops = make_config(PEOPLE, tmp_path)
    train(config, strategies(replicas))

    log = Path(config.run_dir) / "log.jsonl"
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    losses = [
        line["loss/generator/identity"] for line in lines if "loss/generator/identity" in line
    ]
    assert len(losses) == STEPS
    assert np.mean(losses[:WINDOW]) - np.mean(losses[-WINDOW:]) > LEAST_FALL
    assert rise_of(config, crops) > LEAST_RISE
