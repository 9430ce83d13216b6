"""Writes generators as the published files hold them: Keras 2 with real tensorflow-addons layers.

Runs in the environment of requirements-addons.txt; `test_addons.py` calls it. For each entry of a
JSON list on standard input it writes NAME.h5, and NAME.npz with what this software answers for that
file. Layers are made in the order that gives them the names of the published files.

    echo '[{"name": "c", "up_types": ["no_skip", "no_skip", "affa", "affa", "affa", "concat"],
            "mapping_depth": 4, "mapping_size": 512, "base_width": 64}]' |
        .venv-addons/bin/python tests/interop/addons/write_generators.py FOLDER
"""

import json
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow.keras import Input, Model, layers
from tensorflow_addons.layers import InstanceNormalization

IMAGE_SIZE = 256
EMBEDDING_SIZE = 512


class AdaIN(layers.Layer):
    """Scales and shifts the channels of x ``[B, H, W, C]`` by what the style w ``[B, N]`` says."""

    def build(self, shapes: list) -> None:
        """Makes the two dense layers, named as in the published files."""
        self.scale = layers.Dense(shapes[0][-1], name="dense")
        self.shift = layers.Dense(shapes[0][-1], name="dense_1")
        super().build(shapes)

    def call(self, inputs: list) -> tf.Tensor:
        """[x, w] -> ``x * scale(w) + shift(w)``."""
        x, w = inputs
        return x * self.scale(w)[:, None, None] + self.shift(w)[:, None, None]


class AdaptiveAttention(layers.Layer):
    """The paper's equation 1: the decoder's feature where the mask is 1, else the encoder's."""

    def call(self, inputs: list) -> tf.Tensor:
        """[mask, z_a, h] -> ``mask * h + (1 - mask) * z_a``, all of one shape."""
        mask, z_a, h = inputs
        return mask * h + (1 - mask) * z_a


def conv(width: int, kernel: int, **options: str) -> layers.Layer:
    """A convolution that keeps the side."""
    return layers.Conv2D(width, kernel, padding="same", **options)


def down_block(x: tf.Tensor, width: int, downsample: bool = True) -> tf.Tensor:
    """A residual block that halves the side."""
    shortcut = conv(width, 1)(x)
    residual = layers.LeakyReLU(0.2)(InstanceNormalization()(x))
    residual = conv(width, 3)(residual)
    if downsample:
        shortcut = layers.AveragePooling2D()(shortcut)
        residual = layers.AveragePooling2D()(residual)
    return layers.Add()([residual, shortcut])


def up_block(
    x: tf.Tensor, w: tf.Tensor, width: int, upsample: bool = True, name: "str | None" = None
) -> tf.Tensor:
    """A residual block, conditioned on the style, that doubles the side."""
    shortcut = conv(width, 1)(x)
    residual = layers.LeakyReLU(0.2)(AdaIN()([InstanceNormalization()(x), w]))
    residual = conv(width, 3)(residual)
    if upsample:
        shortcut = layers.UpSampling2D(interpolation="bilinear")(shortcut)
        residual = layers.UpSampling2D(interpolation="bilinear")(residual)
    return layers.Add(name=name)([residual, shortcut])


def fuse(kind: str, z_a: tf.Tensor, h: tf.Tensor, name: str) -> tf.Tensor:
    """Tells what a decoder stage starts from."""
    if kind == "no_skip":
        return h
    if kind == "add":
        return layers.Add()([z_a, h])
    both = layers.Concatenate()([z_a, h])
    if kind == "concat":
        return both
    width = z_a.shape[-1]
    mask = layers.LeakyReLU(0.2)(conv(width // 4, 3)(both))
    mask = conv(width, 1, activation="sigmoid", name=name)(InstanceNormalization()(mask))
    return AdaptiveAttention()([mask, z_a, h])


def get_generator(
    up_types: list, mapping_depth: int, mapping_size: int, base_width: int
) -> tf.keras.Model:
    """The generator of one configuration at 256 x 256, with fresh weights."""
    target = Input((IMAGE_SIZE, IMAGE_SIZE, 3))
    w = identity = Input((EMBEDDING_SIZE,))
    for index in range(mapping_depth):
        w = layers.Dense(mapping_size)(layers.LeakyReLU(0.2)(w) if index else w)

    widths = [base_width * factor for factor in (1, 2, 4, 8, 8, 8)]
    z = conv(base_width, 3)(target)
    features = [z]
    for width in widths[1:]:
        z = down_block(z, width)
        features.append(z)
    z = down_block(z, widths[-1], downsample=False)

    h = up_block(z, w, widths[-1], upsample=False)
    for kind, width in zip(up_types[:-1], reversed(widths[:-1])):  # noqa: B905 - as in Python 3.9
        side = 2 * h.shape[1]
        h = up_block(fuse(kind, features.pop(), h, f"{side}x{side}"), w, width)
    # One layer only can be called "final": the mask's where there is one, else the sum.
    h = fuse(up_types[-1], features.pop(), h, "final")
    name = None if up_types[-1] == "affa" else "final"
    return Model([target, identity], up_block(h, w, 3, upsample=False, name=name))


def fill(model: tf.keras.Model, rng: np.random.Generator) -> None:
    """Sets every weight, biases and norms too: two of them swapped must show in the output."""
    for variable in model.weights:
        noise = rng.standard_normal(variable.shape).astype("float32")
        leaf = variable.name.rsplit("/", 1)[-1].split(":")[0]
        if leaf == "kernel":
            variable.assign(noise / np.sqrt(np.prod(variable.shape[:-1]), dtype="float32"))
        else:
            variable.assign(0.1 * noise + (leaf == "gamma"))


def answers(model: tf.keras.Model, rng: np.random.Generator) -> dict:
    """Two pictures, two identities, and what the model makes of them, masks too."""
    target = rng.integers(0, 256, (2, IMAGE_SIZE, IMAGE_SIZE, 3), dtype="uint8")
    identity = rng.standard_normal((2, EMBEDDING_SIZE)).astype("float32")
    masks = [layer.input[0] for layer in model.layers if isinstance(layer, AdaptiveAttention)]
    probe = Model(
        model.inputs, {"swapped": model.output, **{f"mask_{m.shape[1]}": m for m in masks}}
    )
    found = probe([target / np.float32(127.5) - 1, identity], training=False)
    return {"target": target, "identity": identity, **{k: v.numpy() for k, v in found.items()}}


def main() -> None:
    """Writes what standard input asks for into the folder that is the only argument."""
    folder = Path(sys.argv[1])
    for seed, entry in enumerate(json.load(sys.stdin)):
        name = entry.pop("name")
        rng = np.random.default_rng(seed)
        model = get_generator(**entry)
        fill(model, rng)
        model.save(folder / f"{name}.h5", save_format="h5", include_optimizer=False)
        np.savez(folder / f"{name}.npz", **answers(model, rng))


if __name__ == "__main__":
    main()
