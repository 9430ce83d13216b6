"""Puts the face of a photograph onto the faces of a video or an animation.

python inference/swap_video.py --vid_path=scene.mp4 --swap_source=person.jpg \\
    --vid_output=swapped.mp4

This command has the original code's flags; `swap.py` takes several files and folders too.
A killed run resumes when you give the same command.
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
        text="Photographs of the source person, whose identity the faces get.",
        group=WHAT,
        needed=True,
    )
    output: str = shared_flag(
        "output",
        default="results/swapped_video.mp4",
        text="Output file.",
        aliases=("vid_output",),
        group=WHAT,
    )
    vid_path: str = flag_field(
        "", "Video or animation in which faces are swapped.", group=WHAT, needed=True
    )


def main(settings: Settings) -> int:
    """Swaps, and prints what was done."""
    from facedancer.inference.jobs.targets import find_tasks
    from facedancer.inference.swap_run import swap_tasks

    tasks = find_tasks([Path(settings.vid_path)], Path(settings.output), settings.source)
    if not tasks.videos:
        raise UserError(f"{settings.vid_path} is a still picture: use inference/swap_image.py")
    return swap_tasks(settings, tasks)


if __name__ == "__main__":
    run(main, Settings, elsewhere=_ELSEWHERE)
