"""Packs a folder of aligned crops into TFRecord shards for training.

python dataset/dataset_sharding.py --data_dir=/tmp/crops --target_dir=/tmp/shards --num_shards=2
"""

from absl import flags

from facedancer.dataset.sharding import shard_folder
from facedancer.utils.cli import UserError, run

FLAGS = flags.FLAGS

flags.DEFINE_string("data_dir", None, "Folder of aligned, square crops of one size.")
flags.DEFINE_string("target_dir", None, "Folder for the shards and index.json.")
flags.DEFINE_string("data_name", "faces", "What the data set is called; begins the file names.")
flags.DEFINE_string("data_type", "train", "What the data is for: train, validation or test.")
flags.DEFINE_integer(
    "num_shards",
    None,
    "Number of shard files, not of crops in each as in the released script; default: one per 1000 "
    "crops.",
)
flags.DEFINE_bool("shuffle", True, "Mix the crops before they are stored.")
flags.DEFINE_integer("seed", 0, "Of the shuffling.")
flags.DEFINE_float("shrink_factor", 1.0, "The crops' own, where no crops.jsonl tells it.")
flags.mark_flags_as_required(["data_dir", "target_dir"])


def main() -> None:
    """Reads the flags, writes the shards, and prints what they hold."""
    name = f"{FLAGS.data_name}_{FLAGS.data_type}"
    if "/" in name or name.startswith("."):
        raise UserError(f"--data_name and --data_type begin a file name: {name!r} cannot")
    index = shard_folder(
        FLAGS.data_dir,
        FLAGS.target_dir,
        name,
        num_shards=FLAGS.num_shards,
        shuffle=FLAGS.shuffle,
        seed=FLAGS.seed,
        shrink_factor=FLAGS.shrink_factor,
    )
    print(
        f"{index.count} crops of {index.side} px, {index.identities} identities, in "
        f"{len(index.shards)} shards: {FLAGS.target_dir}"
    )


if __name__ == "__main__":
    run(main)
