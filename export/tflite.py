"""Converts a swap's networks for edge devices, and refuses what answers otherwise than before.

python export/tflite.py --facedancer_path=runs/config_c --arcface_path=ArcFace-Res50.h5 \\
    --export_dir=exported/edge --precision=float16

Writes swap.tflite, embed.tflite and detect.tflite: LiteRT (TensorFlow Lite) files of built-in
operations alone. Needs: pip install ai-edge-litert.
"""

from pathlib import Path

from absl import flags

from facedancer.export import lite_conversion
from facedancer.export.conversion import convert, report
from facedancer.export.forms import LITE
from facedancer.export.network_flags import define_network_flags, networks_of_flags
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError

FLAGS = flags.FLAGS
define_network_flags()
flags.DEFINE_enum(
    "precision",
    "float16",
    list(lite_conversion.PRECISIONS),
    "float32; float16: weights halved; int8_dynamic: weights in 8 bits; int8: activations too, "
    "with --data.",
)


def main() -> int:
    """Reads the flags, converts, compares and prints what became of each network."""
    if FLAGS.precision == "int8" and not FLAGS.data:
        raise UserError("--precision=int8 needs --data: shards of real crops to see ranges on")
    folder, batch = Path(FLAGS.export_dir), FLAGS.batch_size or None
    networks = networks_of_flags(FLAGS)
    return report([convert(one, LITE, FLAGS.precision, folder, batch) for one in networks])


if __name__ == "__main__":
    run(main)
