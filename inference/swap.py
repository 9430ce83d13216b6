"""Puts a person's face onto those of pictures, folders, videos and animations.

python inference/swap.py scene.jpg --source=person.jpg --output=swapped.jpg
python inference/swap.py holiday.mp4 party.gif album/ --source=person.jpg --output=results \\
    --generator=runs/config_c --encoder=ArcFace-Res50.h5

A report is written next to each result: JSON lines with a summary at the end. A run that was
stopped or killed resumes when you give the same command. Exit status 3: nothing was swapped. See
docs/swapping.md.
"""

import dataclasses
from pathlib import Path

from facedancer.inference.network_flags import EngineFlags
from facedancer.inference.swap_flags import WHAT, SwapFlags
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import flag_field

# Flags of the other two commands, and what to give here.
_ELSEWHERE = {
    "img_path": "the file's name alone, without a flag",
    "vid_path": "the file's name alone, without a flag",
}


@dataclasses.dataclass(frozen=True)
class Settings(SwapFlags, EngineFlags):
    """All flags of this command."""

    mapping: str = flag_field(
        "",
        "JSON file that assigns identities to several people, instead of --source and "
        '--reference: [{"name": "anna", "reference": ["anna.jpg"], "source": ["bea.jpg"]}, ...].',
        group=WHAT,
    )


def main(settings: Settings, targets: list[str]) -> int:
    """Swaps, and prints what was done."""
    from facedancer.inference.jobs.targets import find_tasks
    from facedancer.inference.swap_run import Engine, swap_tasks

    if not targets:
        raise UserError("give what to swap: a picture, a video, an animation or a folder")
    if bool(settings.source) == bool(settings.mapping):
        raise UserError("give --source, photographs of a person, or --mapping, a file; not both")
    if settings.mapping and settings.reference:
        raise UserError(
            "--reference works only with --source: a mapping has its own references, so leave it "
            "out"
        )
    tasks = find_tasks(list(map(Path, targets)), Path(settings.output), settings.source)
    engine = Engine(settings.engine, settings.workers, settings.address)
    mapping = Path(settings.mapping) if settings.mapping else None
    return swap_tasks(settings, tasks, mapping, engine)


if __name__ == "__main__":
    run(main, Settings, positional="FILES...", elsewhere=_ELSEWHERE)
