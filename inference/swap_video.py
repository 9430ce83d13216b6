"""Puts the face of a photograph onto the faces of a video or an animation.

python inference/swap_video.py --vid_path=scene.mp4 --swap_source=person.jpg \\
    --vid_output=swapped.mp4

The original's command; `swap.py` takes several files and folders too.
A killed run goes on when it is started again.
"""

import dataclasses
from pathlib import Path

from facedancer.inference.swap_flags import WHAT, SwapFlags
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.shared import shared_flag

# What the other two commands call it, or have alone.
_ELSEWHERE = {
    "img_path": "--vid_path",
    "img_output": "--output",
    "mapping": "inference/swap.py, which has it",
}


@dataclasses.dataclass(frozen=True)
class Settings(SwapFlags):
    """All flags of this command."""

    source: tuple[Path, ...] = shared_flag(
        "source",
        text="A picture of the person whose identity they get, or several.",
        group=WHAT,
        needed=True,
    )
    output: str = shared_flag(
        "output",
        default="results/swapped_video.mp4",
        text="Where the result is written.",
        aliases=("vid_output",),
        group=WHAT,
    )
    vid_path: str = flag_field("", "The video whose faces are changed.", group=WHAT, needed=True)


def main(settings: Settings) -> int:
    """Swaps, and prints what was done."""
    from facedancer.inference.jobs.targets import find_tasks
    from facedancer.inference.swap_run import swap_tasks

    tasks = find_tasks([Path(settings.vid_path)], Path(settings.output), settings.source)
    if not tasks.videos:
        raise UserError(
            f"{settings.vid_path} is a still picture: use inference/swap_image.py for it"
        )
    return swap_tasks(settings, tasks)


if __name__ == "__main__":
    run(main, Settings, elsewhere=_ELSEWHERE)
