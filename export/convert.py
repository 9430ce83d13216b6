"""Converts a swap's networks for other programs, and refuses what answers otherwise than before.

python export/convert.py --facedancer_path=runs/config_c --arcface_path=ArcFace-Res50.h5 \\
    --export_dir=exported/edge --precision=float16
python export/convert.py --format=onnx --facedancer_path=runs/config_c \\
    --arcface_path=ArcFace-Res50.h5 --export_dir=exported/onnx

Writes swap.tflite, embed.tflite and detect.tflite: LiteRT (TensorFlow Lite) files of built-in
operations alone, which need: pip install ai-edge-litert. Or swap.onnx, embed.onnx and detect.onnx,
which need: pip install tf2onnx onnxruntime.
"""

from pathlib import Path

from absl import flags

from facedancer.arcface_model.pairing import ANY_ENCODER_HELP
from facedancer.export.conversion import convert, report
from facedancer.export.lite_conversion import LITE
from facedancer.export.onnx_conversion import ONNX
from facedancer.export.swap_networks import SwapNetwork, load_networks
from facedancer.retinaface.detector import SHIPPED_WEIGHTS
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.places import check_folder, check_there

_FORMS = {"tflite": LITE, "onnx": ONNX}
_DEFAULT_PRECISIONS = {"tflite": "float16", "onnx": "float32"}

FLAGS = flags.FLAGS
flags.DEFINE_string("facedancer_path", "", "A generator, in any form; empty: none.")
flags.DEFINE_string(
    "arcface_path", "", "The identity encoder that it was trained with, in any form; empty: none."
)
flags.DEFINE_bool("any_encoder", False, ANY_ENCODER_HELP)
flags.DEFINE_string("retina_path", str(SHIPPED_WEIGHTS), "A detector, in any form; empty: none.")
flags.DEFINE_enum("format", "tflite", list(_FORMS), "What the networks become.")
flags.DEFINE_enum(
    "precision",
    "",
    ["", *LITE.least],
    "Of LiteRT files. float32; float16, the default: weights halved; int8_dynamic: weights in 8 "
    "bits; int8: activations too, with --data. ONNX files are float32.",
)
flags.DEFINE_string("export_dir", None, "The folder of the files.", required=True)
flags.DEFINE_string(
    "data",
    "",
    "A folder of shards whose crops the files are compared on; empty: the two sample photographs.",
)
flags.DEFINE_integer("batch_size", 0, "Pictures at a time, fixed; 0: any number.", 0)


def main() -> int:
    """Reads the flags, converts, compares and prints what became of each network."""
    form, precision = _FORMS[FLAGS.format], FLAGS.precision or _DEFAULT_PRECISIONS[FLAGS.format]
    if precision not in form.least:
        raise UserError(f"ONNX files are {', '.join(form.least)}: leave --precision out")
    if precision == "int8" and not FLAGS.data:
        raise UserError("--precision=int8 needs --data: shards of real crops to see ranges on")
    folder, batch = Path(FLAGS.export_dir), FLAGS.batch_size or None
    networks = networks_of_flags(FLAGS)
    return report([convert(one, form, precision, folder, batch) for one in networks])


def networks_of_flags(values: flags.FlagValues) -> list[SwapNetwork]:
    """The networks that the parsed flags name.

    Raises:
        UserError: none, or a generator without its encoder; or see `load_networks`.
    """
    if not (values.facedancer_path or values.arcface_path or values.retina_path):
        raise UserError(
            "nothing to convert: name a network by --facedancer_path, --arcface_path or "
            "--retina_path"
        )
    if values.facedancer_path and not values.arcface_path:
        raise UserError("--arcface_path is missing: the generator is compared with its identities")
    check_folder(values.export_dir)
    if values.data:
        check_there(values.data, "folder")
    return load_networks(
        values.facedancer_path,
        values.arcface_path,
        values.retina_path,
        values.data,
        values.any_encoder,
    )


if __name__ == "__main__":
    run(main)
