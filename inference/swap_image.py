"""Puts the face of one photograph onto the faces of another.

python inference/swap_image.py --img_path=scene.jpg --swap_source=person.jpg \\
    --img_output=swapped.jpg

The original's command; `swap.py` takes several files, folders and videos too.
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
        text="A picture of the person whose identity they get, or several.",
        group=WHAT,
        needed=True,
    )
    output: str = shared_flag(
        "output",
        default="results/swapped_image.jpg",
        text="Where the result is written.",
        aliases=("img_output",),
        group=WHAT,
    )
    img_path: str = flag_field("", "The picture whose faces are changed.", group=WHAT, needed=True)


def main(settings: Settings) -> int:
    """Swaps, and prints what was done."""
    from facedancer.inference.jobs.targets import find_tasks
    from facedancer.inference.swap_run import swap_tasks

    tasks = find_tasks([Path(settings.img_path)], Path(settings.output), settings.source)
    if not tasks.pictures:
        raise UserError(f"{settings.img_path} is no still picture: use inference/swap.py for it")
    return swap_tasks(settings, tasks)


if __name__ == "__main__":
    run(main, Settings, elsewhere=_ELSEWHERE)
