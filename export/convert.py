"""Converts the networks of a swap to LiteRT or ONNX, and checks that they compute the same.

python export/convert.py --generator=runs/config_c --encoder=ArcFace-Res50.h5 \\
    --output=exported/edge --precision=float16
python export/convert.py --generator=runs/config_c --encoder=ArcFace-Res50.h5 \\
    --output=exported/onnx --format=onnx

Writes swap.tflite, embed.tflite and detect.tflite: LiteRT (TensorFlow Lite) files that use only
built-in operations (pip install ai-edge-litert). With --format=onnx it writes swap.onnx, embed.onnx
and detect.onnx (pip install tf2onnx onnxruntime).
"""

import dataclasses
from pathlib import Path

from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.flags.pairing import PairingSettings
from facedancer.utils.flags.shared import shared_flag
from facedancer.utils.places import check_folder, check_there

_DEFAULT_PRECISIONS = {"tflite": "float16", "onnx": "float32"}


@dataclasses.dataclass(frozen=True)
class Settings(PairingSettings):
    """One conversion."""

    output: str = shared_flag(
        "output", text="output folder for the files", aliases=("export_dir",), needed=True
    )
    format: str = shared_flag(
        "format",
        default="tflite",
        text="format of the converted networks",
        choices=tuple(_DEFAULT_PRECISIONS),
    )
    precision: str | None = shared_flag(
        "precision",
        default=None,
        text=(
            "precision of LiteRT files. float32; float16, the default: weights in 16 bits; "
            "int8_dynamic: weights in 8 bits; int8: activations too, which needs --data. ONNX "
            "files are float32"
        ),
        choices=("float32", "float16", "int8_dynamic", "int8"),
    )
    batch_size: int = shared_flag("batch_size", default=0, text="fixed batch size; 0: any", least=0)
    data: str = shared_flag(
        "data",
        text=(
            "folder of shards; their crops are used for the comparison, and to calibrate int8. "
            "Empty: the two sample photographs"
        ),
    )
    generator: str = shared_flag("generator", text="generator to convert, in any form; empty: none")
    encoder: str = shared_flag(
        "encoder",
        text="identity encoder that the generator was trained with, in any form; empty: none",
    )
    detector: str | None = shared_flag(
        "detector",
        text="face detector to convert, in any form; default: the shipped one; empty: none",
    )


def main(settings: Settings) -> int:
    """Converts, compares and prints what became of each network."""
    precision = settings.precision or _DEFAULT_PRECISIONS[settings.format]
    if settings.format == "onnx" and precision != "float32":
        raise UserError("ONNX files are float32: leave out --precision")
    if precision == "int8" and not settings.data:
        raise UserError("--precision=int8 needs --data: shards of real crops for calibration")
    if settings.detector == "" and not (settings.generator or settings.encoder):
        raise UserError("nothing to convert: give --generator, --encoder or --detector")
    if settings.generator and not settings.encoder:
        raise UserError("--encoder is missing: the generator's comparison needs its identities")
    check_folder(settings.output)
    if settings.data:
        check_there(settings.data, "folder")

    from facedancer.export.conversion import convert, report
    from facedancer.export.lite_conversion import LITE
    from facedancer.export.onnx_conversion import ONNX
    from facedancer.export.swap_networks import load_networks
    from facedancer.retinaface.detector import SHIPPED_WEIGHTS

    form = ONNX if settings.format == "onnx" else LITE
    networks = load_networks(
        settings.generator,
        settings.encoder,
        str(SHIPPED_WEIGHTS) if settings.detector is None else settings.detector,
        settings.data,
        settings.any_encoder,
    )
    folder, batch = Path(settings.output), settings.batch_size or None
    return report([convert(one, form, precision, folder, batch) for one in networks])


if __name__ == "__main__":
    run(main, Settings)
