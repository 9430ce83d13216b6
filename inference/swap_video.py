"""Puts the face of a photograph onto the faces of a video or an animation.

python inference/swap_video.py --facedancer_path=runs/config_c --arcface_path=ArcFace-Res50.h5 \
    --swap_source=person.jpg --vid_path=scene.mp4 --vid_output=swapped.mp4

The original's command; ``swap.py`` takes several files and folders too.
A killed run goes on when it is started again.
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

flags.DEFINE_string("vid_path", None, "The video whose faces are changed.")
flags.DEFINE_string("swap_source", None, "A picture of the person whose identity they get.")
flags.DEFINE_string("vid_output", "results/swapped_video.mp4", "Where the result is written.")
flags.mark_flags_as_required(["vid_path", "swap_source"])

# What the other two commands call it, or have alone.
_ELSEWHERE = {
    "source": "--swap_source",
    "output": "--vid_output",
    "img_path": "--vid_path",
    "img_output": "--vid_output",
    "mapping": "inference/swap.py, which has it",
}


def main() -> int:
    """Reads the flags, swaps, and prints what was done."""
    source = FLAGS.swap_source
    tasks = find_tasks([Path(FLAGS.vid_path)], Path(FLAGS.vid_output), [Path(source)])
    if not tasks.videos:
        raise UserError(f"{FLAGS.vid_path} is a still picture: use inference/swap_image.py for it")
    return swap_tasks(tasks, [source])


if __name__ == "__main__":
    run(main, elsewhere=_ELSEWHERE)
