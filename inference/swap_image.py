"""Puts the face of one photograph onto the faces of another.

python inference/swap_image.py --facedancer_path=runs/config_c --arcface_path=ArcFace-Res50.h5 \
    --swap_source=person.jpg --img_path=scene.jpg --img_output=swapped.jpg

The original's command; ``swap.py`` takes several files, folders and videos too.
"""

from pathlib import Path

from absl import flags

from facedancer.inference import swap_flags
from facedancer.inference.jobs.targets import find_tasks
from facedancer.inference.swap_run import swap_tasks
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(swap_flags)  # so that --help lists them

flags.DEFINE_string("img_path", None, "The picture whose faces are changed.")
flags.DEFINE_string("swap_source", None, "A picture of the person whose identity they get.")
flags.DEFINE_string("img_output", "results/swapped_image.jpg", "Where the result is written.")
flags.mark_flags_as_required(["img_path", "swap_source"])

# What the other two commands call it, or have alone.
_ELSEWHERE = {
    "source": "--swap_source",
    "output": "--img_output",
    "vid_path": "--img_path",
    "vid_output": "--img_output",
    "mapping": "inference/swap.py, which has it",
}


def main() -> int:
    """Reads the flags, swaps, and prints what was done."""
    source = FLAGS.swap_source
    tasks = find_tasks([Path(FLAGS.img_path)], Path(FLAGS.img_output), [Path(source)])
    if not tasks.pictures:
        raise UserError(f"{FLAGS.img_path} is no still picture: use inference/swap.py for it")
    return swap_tasks(tasks, [source])


if __name__ == "__main__":
    run(main, elsewhere=_ELSEWHERE)
