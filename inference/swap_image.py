"""Puts the face of one photograph onto the faces of another.

python inference/swap_image.py --img_path=scene.jpg --swap_source=person.jpg \\
    --img_output=swapped.jpg

This command has the original code's flags; `swap.py` takes several files, folders and videos.
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
    "vid_path": "--img_path",
    "vid_output": "--output",
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
        default="results/swapped_image.jpg",
        text="Output file.",
        aliases=("img_output",),
        group=WHAT,
    )
    img_path: str = flag_field("", "Picture in which faces are swapped.", group=WHAT, needed=True)


def main(settings: Settings) -> int:
    """Swaps, and prints what was done."""
    from facedancer.inference.jobs.targets import find_tasks
    from facedancer.inference.swap_run import swap_tasks

    tasks = find_tasks([Path(settings.img_path)], Path(settings.output), settings.source)
    if not tasks.pictures:
        raise UserError(f"{settings.img_path} is not a still picture: use inference/swap.py")
    return swap_tasks(settings, tasks)


if __name__ == "__main__":
    run(main, Settings, elsewhere=_ELSEWHERE)
