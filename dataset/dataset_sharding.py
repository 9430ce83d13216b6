"""Packs a folder of aligned crops into TFRecord shards for training.

python dataset/dataset_sharding.py --data_dir=/tmp/crops --target_dir=/tmp/shards --num_shards=2
"""

from pathlib import Path

import numpy as np
from absl import flags

from facedancer.dataset.records import decode_on_cpu
from facedancer.dataset.shards.catalogue import read_catalogue
from facedancer.dataset.shards.index import ShardIndex
from facedancer.dataset.shards.sharding import shard_folder, shard_split_folder
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError

FLAGS = flags.FLAGS

flags.DEFINE_string("data_dir", None, "Folder of aligned, square crops of one size.")
flags.DEFINE_string("target_dir", None, "Folder for the shards and index.json.")
flags.DEFINE_string("data_name", "faces", "What the data set is called; begins the file names.")
flags.DEFINE_string("data_type", "train", "What the data is for: train, validation or test.")
flags.DEFINE_float(
    "validation_share",
    0.0,
    "Set whole identities aside, to choose the best checkpoint by, until they make up this share "
    "of the crops, such as 0.05: TARGET_DIR/train and TARGET_DIR/validation. Crops of unknown "
    "identity go to train.",
)
flags.DEFINE_float(
    "test_share",
    0.0,
    "The same for TARGET_DIR/test: other people, to judge by, once, what was chosen.",
)
flags.DEFINE_integer(
    "num_shards",
    None,
    "Number of shard files, not of crops in each as in the released script; default: one per 1000 "
    "crops. With --validation_share or --test_share: of the training set; others are as large.",
)
flags.DEFINE_bool("shuffle", True, "Mix the crops before they are stored.")
flags.DEFINE_integer("seed", 0, "Of the shuffling and of the split.")
flags.DEFINE_float("shrink_factor", 1.0, "The crops' own, where no crops.jsonl tells it.")
flags.mark_flags_as_required(["data_dir", "target_dir"])


def main() -> None:
    """Reads the flags, writes the shards, and prints what they hold."""
    decode_on_cpu()
    storing = {
        "num_shards": FLAGS.num_shards,
        "shuffle": FLAGS.shuffle,
        "seed": FLAGS.seed,
        "shrink_factor": FLAGS.shrink_factor,
    }
    target_dir, data_name, data_type = Path(FLAGS.target_dir), FLAGS.data_name, FLAGS.data_type
    name = f"{data_name}_{data_type}"
    if "/" in name or name.startswith("."):
        raise UserError(f"--data_name and --data_type begin a file name: {name!r} cannot")
    shares = {
        name: FLAGS[f"{name}_share"].value
        for name in ("validation", "test")
        if FLAGS[f"{name}_share"].present
    }
    if shares:
        if FLAGS["data_type"].present:
            given = " and ".join(f"--{name}_share" for name in shares)
            raise UserError(f"{given} makes a train set and others: no --data_type")
        indexes = shard_split_folder(FLAGS.data_dir, target_dir, data_name, shares, **storing)
        for split, index in indexes.items():
            _print(index, target_dir / split)
    else:
        _print(
            shard_folder(FLAGS.data_dir, target_dir, name, split=data_type, **storing), target_dir
        )


def _print(index: ShardIndex, folder: Path) -> None:
    unknown = np.sum(read_catalogue(folder, index).identity < 0)
    others = f" and {unknown} crops of unknown identity" if unknown else ""
    print(
        f"{index.count} crops of {index.side} px, {index.identities} identities{others}, in "
        f"{len(index.shards)} shards: {folder}"
    )


if __name__ == "__main__":
    run(main)
