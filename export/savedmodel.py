"""Exports a trained generator as a SavedModel and proves that it computes the same.

python export/savedmodel.py --facedancer_path=runs/config_c --export_dir=exported/config_c
"""

import sys

from absl import flags

from facedancer.export.archive import TOLERANCE, ExportMismatchError, export_saved_model
from facedancer.utils.cli import run

FLAGS = flags.FLAGS

flags.DEFINE_string(
    "facedancer_path",
    None,
    "The generator: a .keras file, a published .h5, or the folder of a run or a checkpoint.",
)
flags.DEFINE_string("export_dir", None, "The SavedModel's folder; an older SavedModel is replaced.")
flags.mark_flags_as_required(["facedancer_path", "export_dir"])


def main() -> int:
    """Reads the flags, exports, and prints what was compared."""
    try:
        difference = export_saved_model(FLAGS.facedancer_path, FLAGS.export_dir)
    except ExportMismatchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(
        f"reloaded and compared at batch 1 and 3: largest difference {difference:.1e} of the "
        f"output's magnitude (allowed {TOLERANCE:.0e})"
    )
    print(f"SavedModel: {FLAGS.export_dir}")
    return 0


if __name__ == "__main__":
    run(main)
