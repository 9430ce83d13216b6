"""Chooses and loads the two frozen networks that judge: identity encoder, perceptual features."""

import dataclasses
from pathlib import Path

from absl import logging

from facedancer.utils.cli import UserError

from .config import TrainConfig

AUTO = "auto"
UNTRAINED_ENCODER = "untrained_small"
STAND_IN_FEATURES = "mobilenet_v2"

# Up to here a run is a trial of the machinery; beyond it, an untrained encoder wastes days.
TRIAL_STEPS = 1_000

_MODEL_ZOO = Path(__file__).parents[1] / "model_zoo"
_ARCFACE_FILES = ("ArcFace-Res50.keras", "ArcFace-Res50.weights.h5", "ArcFace-Res50.h5")
_VGG16_FILE = "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"


def resolve_stand_ins(config: TrainConfig) -> TrainConfig:
    """The config with what the two ``auto`` flags stand for here, so that they are recorded.

    Raises:
        UserError: no identity encoder is at hand and the run is longer than a trial.
    """
    encoder = choose_encoder(config.arcface_path, config.total_steps)
    features = config.perceptual_features
    if config.perceptual_weight:
        features = choose_features(features)
    return dataclasses.replace(config, arcface_path=encoder, perceptual_features=features)


def choose_encoder(arcface_path: str, total_steps: int) -> str:
    """What ``--arcface_path=auto`` stands for; any other value is returned as it is.

    Raises:
        UserError: no weights are at hand and the run is longer than a trial.
    """
    if arcface_path != AUTO:
        return arcface_path
    for name in _ARCFACE_FILES:
        if (_MODEL_ZOO / name).is_file():
            return str(_MODEL_ZOO / name)
    if total_steps > TRIAL_STEPS:
        raise UserError(
            f"no identity encoder: put {_ARCFACE_FILES[-1]} into model_zoo/ or give "
            f"--arcface_path=FILE. The stand-in {UNTRAINED_ENCODER} knows no identity, so it is "
            f"taken unasked only for trials of at most {TRIAL_STEPS} steps"
        )
    logging.warning(
        "no ArcFace weights at hand: this trial uses the stand-in %s, which knows no identity",
        UNTRAINED_ENCODER,
    )
    return UNTRAINED_ENCODER


def choose_features(perceptual_features: str) -> str:
    """What ``--perceptual_features=auto`` stands for; any other value is returned as it is.

    Nothing is downloaded: VGG16 is chosen where its file lies in model_zoo/ or in Keras's cache.
    """
    if perceptual_features != AUTO:
        return perceptual_features
    for folder in (_MODEL_ZOO, Path.home() / ".keras" / "models"):
        if (folder / _VGG16_FILE).is_file():
            return str(folder / _VGG16_FILE)
    logging.warning(
        "no VGG16 weights at hand: the perceptual term uses the stand-in %s "
        "(--perceptual_features=imagenet lets Keras download VGG16)",
        STAND_IN_FEATURES,
    )
    return STAND_IN_FEATURES
