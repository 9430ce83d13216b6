"""Exports a network for TF Serving and proves that it computes the same: docs/serving.md.

python export/savedmodel.py --facedancer_path=runs/config_c --arcface_path=ArcFace-Res50.h5 \
    --export_dir=exported/facedancer
python export/savedmodel.py --arcface_path=ArcFace-Res50.h5 --export_dir=exported/arcface

Writes the version's folder, EXPORT_DIR/1, 2, ...
"""

import sys

from absl import flags

from facedancer.arcface_model.pairing import ANY_ENCODER_HELP, check_encoder
from facedancer.export import archive
from facedancer.export.model_card import model_card
from facedancer.export.versions import version_folder
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError

FLAGS = flags.FLAGS

flags.DEFINE_string(
    "facedancer_path",
    None,
    "A generator: a .keras file, a published .h5, or the folder of a run or a checkpoint.",
)
flags.DEFINE_string(
    "arcface_path",
    None,
    "The identity encoder that it was trained with, in any form, for the signatures that take a "
    "source's face; without a generator: the encoder alone.",
)
flags.DEFINE_bool("any_encoder", False, ANY_ENCODER_HELP)
flags.DEFINE_string("retina_path", None, "Instead of both a face detector, in any form.")
flags.DEFINE_string(
    "export_dir", None, "The model's folder, which holds a folder for each version.", required=True
)
flags.DEFINE_integer("version", None, "The version's number; default: the next free one.", 1)
flags.DEFINE_enum(
    "precision",
    "float32",
    ("float32", "bfloat16"),
    "What a generator's convolutions multiply: bfloat16 for servers whose processors have it.",
)
flags.DEFINE_string(
    "evaluation", "", "A results.json of evaluation/evaluate.py, for the model card."
)


def main() -> int:
    """Reads the flags, exports, and prints what was compared."""
    given = {
        flag: FLAGS[flag].value
        for flag in ("facedancer_path", "arcface_path", "retina_path")
        if FLAGS[flag].value
    }
    network, path = _network(given)
    if network is not archive.GENERATOR and FLAGS.precision != "float32":
        raise UserError("--precision is of generators; encoders and detectors stay in float32")
    if network is archive.GENERATOR and FLAGS.arcface_path:
        check_encoder(path, FLAGS.arcface_path, FLAGS.any_encoder)
    folder = version_folder(FLAGS.export_dir, FLAGS.version)
    print(f"{network.name}: {network.describe(path)}", flush=True)
    card = model_card(given, FLAGS.precision, FLAGS.evaluation)
    encoder_path = FLAGS.arcface_path or "" if network is archive.GENERATOR else ""
    served = archive.Served(card, encoder_path, FLAGS.precision)
    try:
        difference = archive.export_saved_model(network, path, folder, served)
    except archive.ExportMismatchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(
        "reloaded; every signature was compared with Python. serving_default at batch 1 and 3: "
        f"largest difference {difference:.1e} of the output's magnitude"
    )
    print(f"SavedModel: {folder}")
    return 0


def _network(given: dict[str, str]) -> tuple[archive.Network, str]:
    """What is exported, and from where."""
    if not given:
        raise UserError("name a network: --facedancer_path, --arcface_path or --retina_path")
    if "retina_path" in given and len(given) > 1:
        raise UserError("--retina_path stands alone: a detector is a model of its own")
    if "facedancer_path" in given:
        return archive.GENERATOR, given["facedancer_path"]
    if "arcface_path" in given:
        return archive.ENCODER, given["arcface_path"]
    return archive.DETECTOR, given["retina_path"]


if __name__ == "__main__":
    run(main)
