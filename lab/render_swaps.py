"""Renders what a perfect swapper would give for the pairs of an evaluation.

python lab/render_swaps.py --pair_list=results/pairs.json --data=SHARDS --crops=CROPS \\
    --renders=RENDERS --output=SWAPS

evaluation/evaluate.py --swapper=SWAPS --pair_list=SWAPS/pairs.json then says what the encoders that
judge make of it: their own error, mostly.
"""

import dataclasses
import os
from pathlib import Path

from facedancer.utils.cli import run
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.shared import shared_flag


@dataclasses.dataclass(frozen=True)
class Settings:
    """One rendering."""

    pair_list: str = shared_flag("pair_list", needed=True)
    data: str = shared_flag(
        "data", text="the folder of shards that it was drawn from", aliases=("shards",), needed=True
    )
    crops: str = flag_field("", "the folder of crops that these were made of", needed=True)
    renders: str = flag_field("", "the folder of pictures that those were made of", needed=True)
    output: str = shared_flag(
        "output", text="where P.png of pair P goes", aliases=("output_dir",), needed=True
    )
    part: str = flag_field(
        "face",
        "what of the source is shown: the face alone, or hair and glasses as well",
        choices=("face", "head"),
    )
    workers: int | None = shared_flag("workers")


def main(settings: Settings) -> None:
    """Renders."""
    from facedancer.lab.pictures.rendered_swaps import render_swaps
    from facedancer.lab.pictures.shown import Part

    count = render_swaps(
        Path(settings.pair_list),
        Path(settings.data),
        Path(settings.crops),
        Path(settings.renders),
        Path(settings.output),
        settings.workers or len(os.sched_getaffinity(0)),
        Part[settings.part.upper()],
    )
    print(f"{count} swaps: {settings.output}")


if __name__ == "__main__":
    run(main, Settings)
