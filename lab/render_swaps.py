"""Renders what a perfect swapper would give for the pairs of an evaluation.

python lab/render_swaps.py --pair_list=DIR/pairs.json --shards=SHARDS --crops=CROPS
    --renders=RENDERS --output_dir=SWAPS

evaluation/evaluate.py --swapper=SWAPS --pair_list=DIR/pairs.json then says what the encoders that
judge make of it: their own error, mostly.
"""

import os
from pathlib import Path

from absl import flags

from facedancer.lab.pictures.rendered_swaps import render_swaps
from facedancer.utils.cli import run

FLAGS = flags.FLAGS
flags.DEFINE_string("pair_list", None, "pairs.json of an evaluation.")
flags.DEFINE_string("shards", None, "The folder of shards that it was drawn from.")
flags.DEFINE_string("crops", None, "The folder of crops that these were made of.")
flags.DEFINE_string("renders", None, "The folder of pictures that those were made of.")
flags.DEFINE_string("output_dir", None, "Where P.png of pair P goes.")
flags.DEFINE_integer("workers", None, "Processes; all CPU cores if not given.", 1)
flags.mark_flags_as_required(["pair_list", "shards", "crops", "renders", "output_dir"])


def main() -> None:
    """Reads the flags, and renders."""
    folders = [Path(value) for value in (FLAGS.shards, FLAGS.crops, FLAGS.renders)]
    output = Path(FLAGS.output_dir)
    workers = FLAGS.workers or len(os.sched_getaffinity(0))
    count = render_swaps(Path(FLAGS.pair_list), *folders, output, workers)
    print(f"{count} swaps: {output}")


if __name__ == "__main__":
    run(main)
