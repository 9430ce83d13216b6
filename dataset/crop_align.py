"""Detects, aligns and crops the faces of every photograph in a folder tree.

python dataset/crop_align.py --data_dir=assets/photos --target_dir=/tmp/crops --im_size=256

A run that was stopped or killed goes on when it is started again. What happened to each photograph,
and why, is in TARGET/report.jsonl; TARGET/contact_sheets shows crops, and rejects for each reason.
"""

from pathlib import Path

from absl import flags

from facedancer.dataset.crops.cluster_engine import run_on_cluster
from facedancer.dataset.crops.cropping import CROPPED
from facedancer.dataset.crops.job import start_job
from facedancer.dataset.crops.local_engine import run_locally
from facedancer.dataset.crops.plan import REPORT_NAME
from facedancer.dataset.crops.report import summarise, summary_table
from facedancer.dataset.crops.settings import CropSettings
from facedancer.retinaface.detector import SHIPPED_WEIGHTS
from facedancer.retinaface.loading import describe_detector
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError

FLAGS = flags.FLAGS

flags.DEFINE_string("data_dir", None, "Folder of photographs, at any depth.")
flags.DEFINE_string("target_dir", None, "Folder for the crops; sub-folders are mirrored.")
flags.DEFINE_integer("im_size", 256, "The crops' side in pixels.")
flags.DEFINE_float(
    "shrink_factor",
    1.0,
    "How much of the crop the aligned face takes: 1 is ArcFace's alignment, 0.75 keeps more "
    "background, and the central 0.75 of such a crop is ArcFace's again.",
)
flags.DEFINE_enum("format", "jpg", ["jpg", "png"], "The crops' file format; jpg is of quality 95.")
flags.DEFINE_bool(
    "identities", True, "The first sub-folder names the person; --noidentities: nobody is known."
)
flags.DEFINE_enum("faces", "largest", ["largest", "all"], "Which faces of a photograph to crop.")
flags.DEFINE_integer("min_size", 128, "Reject photographs with a shorter side, in pixels.")
flags.DEFINE_float("min_score", 0.6, "Reject faces that the detector is less sure of, 0 to 1.")
flags.DEFINE_float(
    "min_face",
    0.0,
    "Reject faces whose box has a shorter side, in the photograph's pixels; half of --im_size "
    "keeps crops from being enlarged much.",
    0.0,
)
flags.DEFINE_float(
    "min_sharpness",
    0.0,
    "Reject blurred faces: in focus they have 15 and more, plainly blurred ones 8 and less.",
    0.0,
)
flags.DEFINE_float("max_yaw", 90.0, "Reject faces turned further to either side, in degrees.")
flags.DEFINE_bool(
    "turned", True, "Look at photographs without a face again at 90, 180 and 270 degrees."
)
flags.DEFINE_bool("enlarged", True, "Look for tiny faces where no other was found.")
flags.DEFINE_integer("batch_size", 8, "Photographs in one pass of the detector.")
flags.DEFINE_string("retina_path", None, "The detector's weights; default: the ones that ship.")
flags.DEFINE_bool("overwrite", False, "Remove an earlier run's crops in --target_dir first.")
flags.DEFINE_enum("engine", "local", ["local", "ray"], "This process, or a Ray cluster.")
flags.DEFINE_integer("workers", None, "For --engine=ray: processes that crop.", 1)
flags.DEFINE_string("address", None, "For --engine=ray: the cluster; default: one on this machine.")
flags.mark_flags_as_required(["data_dir", "target_dir"])


def main() -> None:
    """Reads the flags, crops, and prints what came of it."""
    settings = CropSettings(
        side=FLAGS.im_size,
        shrink_factor=FLAGS.shrink_factor,
        min_size=FLAGS.min_size,
        suffix=f".{FLAGS.format}",
        identities=FLAGS.identities,
        faces=FLAGS.faces,
        min_score=FLAGS.min_score,
        min_face=FLAGS.min_face,
        min_sharpness=FLAGS.min_sharpness,
        max_yaw=FLAGS.max_yaw,
        turned=FLAGS.turned,
        enlarged=FLAGS.enlarged,
        batch_size=FLAGS.batch_size,
    )
    job = start_job(FLAGS.data_dir, FLAGS.target_dir, settings, FLAGS.retina_path, FLAGS.overwrite)
    print(f"detector: {describe_detector(FLAGS.retina_path or SHIPPED_WEIGHTS)}")
    if job.is_finished:
        print(f"already finished, nothing to do; --overwrite crops anew: {FLAGS.target_dir}")
    elif FLAGS.engine == "ray":
        run_on_cluster(job, FLAGS.workers, FLAGS.address)
    else:
        run_locally(job)
    job.merge()
    summary = summarise(job.target_dir)
    report = Path(FLAGS.target_dir) / REPORT_NAME
    print(summary_table(summary))
    if not summary.faces[CROPPED]:
        raise UserError(f"not one face could be cropped; {report} says why of each photograph")
    print(
        f"{summary.faces[CROPPED]} crops in {FLAGS.target_dir}; {report} says what became of each"
    )


if __name__ == "__main__":
    run(main)
