"""Networks of a few layers in the real ones' place, for what does not depend on the networks.

They are traced in a fifth of the time. The generator still has AFFA, AdaIN and a picture's sides,
and the discriminator a normalisation, so that all losses, samples and numbers of a run exist.

As a script it trains with them: ``python tests/training/tiny_networks.py FLAGS OF train.py``.
"""

import runpy
from collections.abc import Sequence
from pathlib import Path

import keras
import pytest
import tensorflow as tf

from facedancer.arcface_model.choices import LOSS_REGRESSORS
from facedancer.networks import generator
from facedancer.networks.layers import AFFA, AdaIN, InstanceNorm
from facedancer.training.networks import trained
from facedancer.training.settings.generator import GeneratorSettings

ROOT = Path(__file__).parents[2]
WIDTH = 8


def get_generator(
    up_types: Sequence[str], *_: object, image_size: int, **__: object
) -> keras.Model:
    """A generator of one level: called, saved and read as the real one is."""
    target = keras.Input((image_size, image_size, 3), name="target")
    identity = keras.Input((generator.EMBEDDING_SIZE,), name="identity")
    feature = _stem(target)
    h = AdaIN(name="adain")([InstanceNorm(name="norm")(feature), identity])
    h, _ = AFFA(name="16x16")([feature, keras.layers.LeakyReLU(0.2)(h)])
    h = keras.layers.UpSampling2D(4, interpolation="bilinear")(h)
    changed = keras.layers.Conv2D(3, 3, padding="same", dtype="float32", name="head")(h)
    return keras.Model([target, identity], changed, name="generator")


def get_discriminator(image_size: int, *_: object) -> keras.Model:
    """A discriminator of one level."""
    image = keras.Input((image_size, image_size, 3), name="image")
    x = keras.layers.LeakyReLU(0.2)(InstanceNorm(name="norm")(_stem(image)))
    logit = keras.layers.Dense(1, dtype="float32", name="logit")(keras.layers.Flatten()(x))
    return keras.Model(image, logit, name="discriminator")


def load_loss_regressor(target: str, _: object) -> keras.Model:
    """A regressor with few numbers; that of the shape is off by little."""
    image = keras.Input((16, 16, 3), name="image")
    numbers = keras.layers.Dense(3, dtype="float32")(keras.layers.Flatten()(_stem(image)))
    if target == "shape":
        error = keras.layers.Rescaling(0.0, offset=0.01, dtype="float32")(numbers)
        return keras.Model(image, {"shape": numbers, "shape_error": error})
    return keras.Model(image, {LOSS_REGRESSORS[target]: numbers})


def late_features(discriminator: keras.Model) -> keras.Model:
    """The maps of the one level that there is."""
    return keras.Model(discriminator.inputs, [discriminator.get_layer("norm").output])


def attributes_of(_: GeneratorSettings, network: keras.Model) -> keras.Model:
    """The one map of the target, as if it told the attributes."""
    return keras.Model(network.inputs[0], [network.get_layer("stem").output])


def _stem(image: keras.KerasTensor) -> keras.KerasTensor:
    # A bias before a normalisation would have no slope.
    layer = keras.layers.Conv2D(WIDTH, 8, 4, padding="same", use_bias=False, name="stem")
    return layer(image)


def install(patch: pytest.MonkeyPatch) -> None:
    """Puts them where a training builds its networks."""
    patch.setattr(generator, "get_generator", get_generator)
    patch.setattr(GeneratorSettings, "attributes_of", attributes_of)
    patch.setattr(GeneratorSettings, "encodes_attributes", True)
    patch.setattr(trained, "late_features", late_features)
    patch.setattr(trained, "get_discriminator", get_discriminator)
    patch.setattr(trained, "load_loss_regressor", load_loss_regressor)


if __name__ == "__main__":
    # Nor is the graph optimised, see conftest.quick_compilation.
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    install(pytest.MonkeyPatch())
    runpy.run_path(str(ROOT / "training" / "train.py"), run_name="__main__")
