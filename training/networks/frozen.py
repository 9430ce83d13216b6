"""Chooses and loads the two frozen networks that judge: identity encoder, perceptual features."""

import dataclasses
from pathlib import Path

from absl import logging

from facedancer.networks.feature_extractor import VGG16_WEIGHTS
from facedancer.utils.errors import UserError
from facedancer.utils.weights.published import VGG16, download_command

from ..settings.train_config import TrainConfig

AUTO = "auto"
UNTRAINED_ENCODER = "untrained_small"
VGG16_FEATURES = "imagenet"
STAND_IN_FEATURES = "mobilenet_v2"

# Up to here a run is a trial of the machinery; beyond it, an untrained encoder wastes days.
TRIAL_STEPS = 1_000

_MODEL_ZOO = Path(__file__).parents[2] / "model_zoo"
_ARCFACE_FILES = ("ArcFace-Res50.keras", "ArcFace-Res50.weights.h5", "ArcFace-Res50.h5")


def resolve_stand_ins(config: TrainConfig) -> TrainConfig:
    """The config with the files that the two flags' names stand for here: they are recorded.

    Raises:
        UserError: no identity encoder is at hand and the run is longer than a trial, or VGG16 is
            asked for and not here.
    """
    encoder = choose_encoder(config.encoder, config.total_steps)
    features = config.perceptual_features
    if config.perceptual_weight or config.truth_weight:
        features = choose_features(features)
    return dataclasses.replace(config, encoder=encoder, perceptual_features=features)


def choose_encoder(encoder: str, total_steps: int) -> str:
    """The encoder that ``--encoder=auto`` stands for; any other value is returned as it is.

    Raises:
        UserError: no weights are at hand and the run is longer than a trial.
    """
    if encoder != AUTO:
        return encoder
    for name in _ARCFACE_FILES:
        if (_MODEL_ZOO / name).is_file():
            return str(_MODEL_ZOO / name)
    if total_steps > TRIAL_STEPS:
        raise UserError(
            f"no identity encoder: put {_ARCFACE_FILES[-1]} into model_zoo/ or give "
            f"--encoder=FILE. The stand-in {UNTRAINED_ENCODER} knows no identity, so it is the "
            f"default only for trials of at most {TRIAL_STEPS} steps"
        )
    logging.warning(
        "no ArcFace weights at hand: this trial uses the stand-in %s, which knows no identity",
        UNTRAINED_ENCODER,
    )
    return UNTRAINED_ENCODER


def choose_features(perceptual_features: str) -> str:
    """The features that ``--perceptual_features`` stands for.

    VGG16's file in model_zoo/ for ``imagenet``, and for ``auto`` if it is there; any other value is
    returned as it is.

    Raises:
        UserError: ``imagenet`` was asked for and the file is not there.
    """
    if perceptual_features not in (AUTO, VGG16_FEATURES):
        return perceptual_features
    if VGG16_WEIGHTS.is_file():
        return str(VGG16_WEIGHTS)
    how = download_command(VGG16.name)
    if perceptual_features == VGG16_FEATURES:
        raise UserError(f"--perceptual_features={VGG16_FEATURES} needs {VGG16_WEIGHTS}: {how}")
    logging.warning(
        "no VGG16 weights at hand (%s gets them): the perceptual term uses the stand-in %s",
        how,
        STAND_IN_FEATURES,
    )
    return STAND_IN_FEATURES
