"""Exports a network as a SavedModel and proves that it computes the same.

python export/savedmodel.py --facedancer_path=runs/config_c --export_dir=exported/config_c
python export/savedmodel.py --arcface_path=model_zoo/ArcFace-Res50.h5 --export_dir=exported/arcface
"""

import sys

from absl import flags

from facedancer.export import archive
from facedancer.utils.cli import run

FLAGS = flags.FLAGS

flags.DEFINE_string(
    "facedancer_path",
    None,
    "A generator: a .keras file, a published .h5, or the folder of a run or a checkpoint.",
)
flags.DEFINE_string("arcface_path", None, "Instead of it an identity encoder, in any form.")
flags.DEFINE_string("retina_path", None, "Instead of it a face detector, in any form.")
flags.DEFINE_string("export_dir", None, "The SavedModel's folder; an older SavedModel is replaced.")
flags.mark_flag_as_required("export_dir")
flags.mark_flags_as_mutual_exclusive(
    ["facedancer_path", "arcface_path", "retina_path"], required=True
)


def main() -> int:
    """Reads the flags, exports, and prints what was compared."""
    given = {
        archive.GENERATOR: FLAGS.facedancer_path,
        archive.ENCODER: FLAGS.arcface_path,
        archive.DETECTOR: FLAGS.retina_path,
    }
    network, path = next((kind, value) for kind, value in given.items() if value is not None)
    print(f"{network.name}: {network.describe(path)}", flush=True)
    try:
        difference = archive.export_saved_model(network, path, FLAGS.export_dir)
    except archive.ExportMismatchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(
        f"reloaded and compared at batch 1 and 3: largest difference {difference:.1e} of the "
        f"output's magnitude (allowed {archive.TOLERANCE:.0e})"
    )
    print(f"SavedModel: {FLAGS.export_dir}")
    return 0


if __name__ == "__main__":
    run(main)
