"""Puts the face of one photograph onto the faces of another.

python inference/swap_image.py --facedancer_path=runs/config_c --arcface_path=ArcFace-Res50.h5 \
    --swap_source=person.jpg --img_path=scene.jpg --img_output=swapped.jpg

The original's command; ``swap.py`` has more choices and takes folders and videos too.
"""

import dataclasses
from pathlib import Path

from absl import flags

from facedancer.inference import swap_flags
from facedancer.inference.faces.choosing import Choice, Role
from facedancer.inference.jobs.sources import identity_from
from facedancer.inference.jobs.targets import find_tasks, swap_all
from facedancer.inference.swap_flags import EXIT_NOTHING_SWAPPED, load_swapper, settings_from_flags
from facedancer.utils.cli import UserError, run

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(swap_flags)  # so that --help lists them

flags.DEFINE_string("img_path", None, "The picture whose faces are changed.")
flags.DEFINE_string("swap_source", None, "A picture of the person whose identity they get.")
flags.DEFINE_string("img_output", "results/swapped_image.jpg", "Where the result is written.")
flags.DEFINE_bool("compare", False, "Write the picture before and after, side by side.")
flags.mark_flags_as_required(["img_path", "swap_source"])


def main() -> int:
    """Reads the flags, swaps, and prints what was done."""
    source = Path(FLAGS.swap_source)
    tasks = find_tasks([Path(FLAGS.img_path)], Path(FLAGS.img_output), [source])
    if not tasks.pictures:
        raise UserError(f"{FLAGS.img_path} is no still picture: use inference/swap.py for it")
    settings = dataclasses.replace(settings_from_flags(), compare=FLAGS.compare)
    swapper = load_swapper()
    choice = Choice([Role(identity_from(swapper, [source], FLAGS.align_source))])
    (outcome,) = swap_all(swapper, tasks, choice, settings)
    print("\n".join(outcome.lines))
    return 0 if outcome.summary.swapped else EXIT_NOTHING_SWAPPED


if __name__ == "__main__":
    run(main)
