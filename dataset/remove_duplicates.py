"""Takes near-duplicates out of a folder of crops; of each lot the best crop stays.

python dataset/remove_duplicates.py --data_dir=/tmp/crops --dry_run

Crops are moved to --removed_dir, never deleted: REMOVED/removed.jsonl says why each one went,
REMOVED/duplicates.png shows some beside what stays in their place.
"""

from absl import flags

from facedancer.dataset.cleaning.duplicates import MAX_DISTANCE, SHEET_NAME, remove_duplicates
from facedancer.dataset.cleaning.removal import REPORT_NAME
from facedancer.utils.cli import run

FLAGS = flags.FLAGS

flags.DEFINE_string("data_dir", None, "Folder of crops, as dataset/crop_align.py made it.")
flags.DEFINE_string(
    "removed_dir", None, "Folder for what goes; default: DATA_removed, beside --data_dir."
)
flags.DEFINE_integer(
    "max_distance",
    MAX_DISTANCE,
    "Crops are near-duplicates where at most so many of 255 bits differ: 8 for the same picture "
    "saved anew, 32 also for one shifted by a pixel or two and for a film's next pictures.",
    0,
    64,
)
flags.DEFINE_bool("dry_run", False, "Only say and show what would go.")
flags.mark_flag_as_required("data_dir")


def main() -> None:
    """Reads the flags, moves near-duplicates, and prints what came of it."""
    summary = remove_duplicates(
        FLAGS.data_dir, FLAGS.removed_dir, FLAGS.max_distance, FLAGS.dry_run
    )
    print(f"{summary.crops:>9} crops")
    print(f"{len(summary.removals):>9} near-duplicates of better ones")
    print(f"{summary.mixed:>9} of these bear another name than the one that stays")
    if summary.removals:
        report = "nothing was moved" if FLAGS.dry_run else f"{REPORT_NAME} says why each one went"
        print(f"{summary.removed_dir}: {SHEET_NAME} shows some; {report}")


if __name__ == "__main__":
    run(main)
