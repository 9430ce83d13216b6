"""Measures IFSR's margins: ``python evaluation/ifsr.py --targets=SHARDS --swapper=RUN ...``.

For any swapper and any identity encoder: how far the swap lies from its target, its source, and a
stranger in each block of the encoder, how well these are told apart, and the margins that follow.
"""

from absl import flags

from facedancer.evaluation.margins.job import IfsrConfig, analyse, table
from facedancer.evaluation.swaps.task_flags import define_task_flags, task_of_flags
from facedancer.losses.ifsr import MARGINS
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError

FLAGS = flags.FLAGS
define_task_flags(pairs=1_000)
flags.DEFINE_string("encoder", "", "the identity encoder to analyse; empty: --arcface_path")
flags.DEFINE_list("blocks", list(MARGINS), "which of its blocks get a margin")
flags.DEFINE_integer("batch_size", 32, "pairs at a time", lower_bound=1)
flags.DEFINE_string("out_dir", None, "folder of what is written", required=True)


def main() -> None:
    """Reads the flags, analyses, and says what was found."""
    encoder = FLAGS.encoder or FLAGS.arcface_path
    if not encoder:
        raise UserError("--encoder is missing: name the identity encoder to analyse")
    path, described = analyse(
        IfsrConfig(
            task_of_flags(FLAGS), FLAGS.out_dir, encoder, tuple(FLAGS.blocks), FLAGS.batch_size
        )
    )
    print(table(described))
    print(f"margins: {path}\nfigure: {path.parent / 'ifsr.png'}")


if __name__ == "__main__":
    run(main)
