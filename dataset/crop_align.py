"""Detects, aligns and crops the largest face of every photograph in a folder tree.

python dataset/crop_align.py --data_dir=assets/photos --target_dir=/tmp/crops --im_size=256
"""

from pathlib import Path

from absl import flags

from facedancer.dataset.cropping import REPORT_NAME, CropSettings, crop_folder
from facedancer.retinaface.detector import load_detector
from facedancer.utils.cli import UserError, run

FLAGS = flags.FLAGS

flags.DEFINE_string("data_dir", None, "Folder of photographs; each sub-folder is one identity.")
flags.DEFINE_string("target_dir", None, "Folder for the crops; sub-folders are mirrored.")
flags.DEFINE_integer("im_size", 256, "The crops' side in pixels.")
flags.DEFINE_integer("min_size", 128, "Skip photographs with a shorter side, in pixels.")
flags.DEFINE_float(
    "shrink_factor",
    1.0,
    "How much of the crop the aligned face takes: 1 is ArcFace's alignment, 0.75 keeps more "
    "background, and the central 0.75 of such a crop is ArcFace's again.",
)
flags.DEFINE_enum("format", "jpg", ["jpg", "png"], "The crops' file format; jpg is of quality 95.")
flags.DEFINE_string("retina_path", None, "The detector's weights; default: the ones that ship.")
flags.mark_flags_as_required(["data_dir", "target_dir"])


def main() -> None:
    """Reads the flags, crops, and prints what came of it."""
    settings = CropSettings(
        side=FLAGS.im_size,
        shrink_factor=FLAGS.shrink_factor,
        min_size=FLAGS.min_size,
        suffix=f".{FLAGS.format}",
    )
    detector = load_detector(FLAGS.retina_path)
    outcomes = crop_folder(FLAGS.data_dir, FLAGS.target_dir, detector, settings)
    cropped = outcomes.pop("cropped", 0)
    skipped = ", ".join(f"{reason}: {count}" for reason, count in outcomes.most_common())
    report = Path(FLAGS.target_dir) / REPORT_NAME
    if not cropped:
        raise UserError(f"not one photograph could be cropped ({skipped}); see {report}")
    print(f"{cropped} of {cropped + outcomes.total()} photographs cropped into {FLAGS.target_dir}")
    if skipped:
        print(f"skipped: {skipped}; see {report}")


if __name__ == "__main__":
    run(main)
