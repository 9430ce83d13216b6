"""Takes crops out of a folder that do not show the person whose sub-folder they lie in.

python dataset/clean_identities.py --data_dir=/tmp/crops --arcface_path=ArcFace-Res50.h5 --dry_run

Crops are moved to --removed_dir, never deleted: REMOVED/removed.jsonl says why each one went,
REMOVED/identities.jsonl what was found about each identity, and REMOVED/outliers.png shows some
outliers beside a crop of the person they were taken for.
"""

from collections import Counter

from absl import flags

from facedancer.arcface_model.encoder import UNTRAINED_SMALL, describe_encoder, load_encoder
from facedancer.dataset.cleaning.removal import REPORT_NAME
from facedancer.dataset.cleaning.strangers import VERDICTS_NAME, clean_identities
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError

FLAGS = flags.FLAGS

flags.DEFINE_string("data_dir", None, "Folder of crops, as dataset/crop_align.py made it.")
flags.DEFINE_string("arcface_path", None, "The identity encoder: ArcFace's weights.")
flags.DEFINE_string(
    "removed_dir", None, "Folder for what goes; default: DATA_removed, beside --data_dir."
)
flags.DEFINE_integer("min_crops", 5, "Identities with fewer crops are left alone.", 3)
flags.DEFINE_float(
    "min_similarity",
    None,
    "Crops whose cosine to their identity's centre is lower go; default: found from the data, as "
    "what 99 of 100 crops do not reach at the centre of another identity.",
    -1.0,
    1.0,
)
flags.DEFINE_integer("batch_size", 32, "Crops in one pass of the encoder.", 1)
flags.DEFINE_bool("dry_run", False, "Only say and show what would go.")
flags.mark_flags_as_required(["data_dir", "arcface_path"])


def main() -> None:
    """Reads the flags, moves outliers, and prints what came of it."""
    if FLAGS.arcface_path == UNTRAINED_SMALL and not FLAGS.dry_run:
        raise UserError(
            f"{UNTRAINED_SMALL} knows nothing of identity: give ArcFace's weights, or try with "
            "--dry_run"
        )
    print(f"identity encoder: {describe_encoder(FLAGS.arcface_path)}")
    summary = clean_identities(
        FLAGS.data_dir,
        load_encoder(FLAGS.arcface_path),
        FLAGS.removed_dir,
        FLAGS.min_crops,
        FLAGS.min_similarity,
        FLAGS.batch_size,
        FLAGS.dry_run,
    )
    judgement = summary.judgement
    print(f"{summary.crops:>9} crops, {summary.nameless} of them of nobody known")
    for outcome, count in Counter(one.outcome for one in judgement.verdicts).most_common():
        print(f"{count:>9} identities {outcome}")
    print(
        f"{len(summary.removals):>9} outliers: cosine to the centre below {judgement.threshold:.3f}"
    )
    print(f"{len(judgement.resembles):>9} of these resemble another identity")
    report = "nothing was moved" if FLAGS.dry_run else f"{REPORT_NAME} of each crop that went"
    print(f"{summary.removed_dir}: {VERDICTS_NAME} tells of each identity; {report}")


if __name__ == "__main__":
    run(main)
