"""Renders the perfect swaps for the pairs of an evaluation.

python lab/render_swaps.py --pair_list=results/pairs.json --data=SHARDS --crops=CROPS \\
    --renders=RENDERS --output=SWAPS

evaluation/evaluate.py --swapper=SWAPS --pair_list=SWAPS/pairs.json then measures them; this mostly
gives the error of the encoders that judge.
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
        "data",
        text="folder of shards that the pairs were drawn from",
        aliases=("shards",),
        needed=True,
    )
    crops: str = flag_field("", "folder of crops that the shards were made from", needed=True)
    renders: str = flag_field("", "folder of pictures that the crops were made from", needed=True)
    output: str = shared_flag(
        "output", text="output folder, for P.png of pair P", aliases=("output_dir",), needed=True
    )
    part: str = flag_field(
        "face",
        "part of the source to show: the face only, or also hair and glasses",
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
