"""Packs a folder of aligned crops into TFRecord shards for training.

python dataset/dataset_sharding.py --data=/tmp/crops --output=/tmp/shards --num_shards=2
"""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.shared import shared_flag

if TYPE_CHECKING:
    from facedancer.dataset.shards.index import ShardIndex

_SPLITS = ("validation", "test")


@dataclasses.dataclass(frozen=True)
class Settings:
    """The crops, the shards, and how the one is stored in the other."""

    data: str = shared_flag(
        "data",
        text="Folder of aligned, square crops of one size.",
        aliases=("data_dir",),
        needed=True,
    )
    output: str = shared_flag(
        "output",
        text="Output folder for the shards and index.json.",
        aliases=("target_dir",),
        needed=True,
    )
    data_name: str = flag_field("faces", "Name of the data set; file names begin with it.")
    data_type: str | None = flag_field(
        None, "Split to record: train, validation or test; default: train."
    )
    validation_share: float | None = flag_field(
        None,
        "Set whole identities aside for validation, up to this share of the crops, such as 0.05. "
        "Writes OUTPUT/train and OUTPUT/validation; crops of unknown identity go to train.",
    )
    test_share: float | None = flag_field(
        None, "Set further identities aside in OUTPUT/test, for the final evaluation."
    )
    twins: str | None = flag_field(
        None,
        "Folder with the same crops under the same paths, but with another person's face. "
        "train.py --truth_share learns to restore the original face.",
    )
    twin_photographs: str | None = flag_field(
        None,
        "Instead of --twins: folder with the same photographs under the same paths and of the "
        "same size, as lab/render_faces.py --twin_share renders them; cropped like the originals.",
    )
    only_twins: bool = flag_field(
        False,
        "Store only the crops that have a twin, of the same people as without this flag. Their "
        "shards next to those of all crops (--data=TWINS,ALL --data_weights=3,1) give a training "
        "more pairs with an answer.",
    )
    num_shards: int | None = flag_field(
        None,
        "Number of shard files, not crops per file as in the released script; default: one per "
        "1000 crops. With --validation_share or --test_share it counts the training shards, and "
        "the others are as large.",
    )
    shuffle: bool = flag_field(True, "Shuffle the crops before they are stored.")
    seed: int = shared_flag("seed", text="Random seed of the shuffling and the split.")
    shrink_factor: float = shared_flag(
        "shrink_factor",
        text="Shrink factor of the crops, if there is no crops.jsonl that records it.",
    )


def main(settings: Settings) -> None:
    """Writes the shards, and prints what they hold."""
    from facedancer.dataset.records import decode_on_cpu
    from facedancer.dataset.shards.sharding import shard_folder, shard_split_folder

    decode_on_cpu()
    storing = {
        "num_shards": settings.num_shards,
        "shuffle": settings.shuffle,
        "seed": settings.seed,
        "shrink_factor": settings.shrink_factor,
        "twins": settings.twins,
        "twin_photographs": settings.twin_photographs,
        "only_twins": settings.only_twins,
    }
    output, data_name, data_type = Path(settings.output), settings.data_name, settings.data_type
    split = "train" if data_type is None else data_type
    name = f"{data_name}_{split}"
    if "/" in name or name.startswith("."):
        raise UserError(
            f"--data_name and --data_type are the start of a file name, and {name!r} is not a "
            "valid one: choose another"
        )
    shares = {one: getattr(settings, f"{one}_share") for one in _SPLITS}
    shares = {one: share for one, share in shares.items() if share is not None}
    if shares:
        if data_type is not None:
            given = " and ".join(f"--{one}_share" for one in shares)
            raise UserError(f"{given} writes several sets: leave out --data_type")
        indexes = shard_split_folder(settings.data, output, data_name, shares, **storing)
        for one, index in indexes.items():
            print(_described(index, output / one))
    else:
        index = shard_folder(settings.data, output, name, split=split, **storing)
        print(_described(index, output))


def _described(index: "ShardIndex", folder: Path) -> str:
    import numpy as np

    from facedancer.dataset.shards.catalogue import read_catalogue

    unknown = np.sum(read_catalogue(folder, index).identity < 0)
    others = f" and {unknown} crops of unknown identity" if unknown else ""
    twins = f", {index.twins} with a twin" if index.twins else ""
    return (
        f"{index.count} crops of {index.side} px, {index.identities} identities{others}{twins}, in "
        f"{len(index.shards)} shards: {folder}"
    )


if __name__ == "__main__":
    run(main, Settings)
