"""Converts a swap's networks to ONNX, and refuses what answers otherwise than before.

python export/onnx.py --facedancer_path=runs/config_c --arcface_path=ArcFace-Res50.h5 \\
    --export_dir=exported/onnx

Writes swap.onnx, embed.onnx and detect.onnx, in float32. Needs: pip install tf2onnx onnxruntime.
"""

from pathlib import Path

from absl import flags

from facedancer.export.conversion import convert, report
from facedancer.export.forms import ONNX
from facedancer.export.network_flags import define_network_flags, networks_of_flags
from facedancer.utils.cli import run

FLAGS = flags.FLAGS
define_network_flags()


def main() -> int:
    """Reads the flags, converts, compares and prints what became of each network."""
    folder, batch = Path(FLAGS.export_dir), FLAGS.batch_size or None
    networks = networks_of_flags(FLAGS)
    return report([convert(one, ONNX, "float32", folder, batch) for one in networks])


if __name__ == "__main__":
    run(main)
