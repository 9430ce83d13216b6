"""Puts a person's face onto those of pictures, folders, videos and animations.

python inference/swap.py scene.jpg holiday.mp4 party.gif album/ --source=person.jpg \
    --output=results --facedancer_path=runs/config_c --arcface_path=ArcFace-Res50.h5

Beside every result lies its report, JSON lines with a closing summary. A run that was stopped or
killed goes on when it is started again. Exit status 3: nothing was swapped. docs/swapping.md.
"""

from pathlib import Path

from absl import flags

from facedancer.inference import swap_flags
from facedancer.inference.jobs.targets import find_tasks
from facedancer.inference.swap_run import swap_tasks
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.path_flags import DEFINE_paths

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(swap_flags)  # so that --help lists them

DEFINE_paths(
    "source", None, "Photographs of the person whose identity the faces get, or a folder of them."
)
flags.DEFINE_string(
    "output", "results", "A file, if one file is swapped; else a folder, where names are kept."
)
flags.DEFINE_string(
    "mapping",
    None,
    "A JSON file that says who gets whose face, instead of --source and --reference: "
    '[{"name": "anna", "reference": ["anna.jpg"], "source": ["bea.jpg"]}, ...].',
)

# What the other two commands call it.
_ELSEWHERE = {
    "swap_source": "--source",
    "img_path": "the file's name alone, without a flag",
    "vid_path": "the file's name alone, without a flag",
    "img_output": "--output",
    "vid_output": "--output",
}


def main(targets: list[str]) -> int:
    """Reads the flags, swaps, and prints what was done."""
    if not targets:
        raise UserError("name what is to be swapped: a picture, a video, an animation or a folder")
    if bool(FLAGS.source) == bool(FLAGS.mapping):
        raise UserError("give --source, photographs of a person, or --mapping, a file; not both")
    if FLAGS.mapping and FLAGS.reference:
        raise UserError("--reference goes with --source; a mapping has references of its own")
    sources = FLAGS.source or []
    tasks = find_tasks(
        [Path(target) for target in targets], Path(FLAGS.output), [Path(path) for path in sources]
    )
    return swap_tasks(tasks, sources, FLAGS.mapping)


if __name__ == "__main__":
    run(main, positional=True, elsewhere=_ELSEWHERE)
