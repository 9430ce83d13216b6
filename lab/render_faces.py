"""Renders a data set of faces with exact labels.

python lab/render_faces.py --output=/tmp/faces --people=100 --images=20

Pictures are OUTPUT/IDENTITY/NUMBER.jpg, labels OUTPUT/labels.jsonl, as dataset/crop_align.py reads
them. The same flags make the same pictures, whatever the number of workers; a run that was stopped
goes on when it is started again.
"""

import dataclasses
import os
from pathlib import Path

from facedancer.utils.cli import run
from facedancer.utils.flags.fields import flag_field


@dataclasses.dataclass(frozen=True)
class Settings:
    """One rendering."""

    output: str = flag_field("", "folder for the pictures", aliases=("target_dir",), needed=True)
    people: int = flag_field(100, "how many people", least=1, aliases=("identities",))
    first_identity: int = flag_field(0, "the first one's number: others are other people", least=0)
    images: int = flag_field(20, "pictures of each", least=1)
    image_size: int = flag_field(
        128, "the pictures' side in pixels", least=32, most=1024, aliases=("side",)
    )
    seed: int = flag_field(0, "another seed, other people", least=0)
    workers: int | None = flag_field(None, "processes; by default one for each CPU core", least=1)


def main(settings: Settings) -> None:
    """Renders."""
    from facedancer.lab.pictures import rendering_job

    job = rendering_job.Settings(
        settings.people,
        settings.first_identity,
        settings.images,
        settings.image_size,
        settings.seed,
    )
    workers = settings.workers or len(os.sched_getaffinity(0))
    rendering_job.render_faces(Path(settings.output).expanduser(), job, workers)


if __name__ == "__main__":
    run(main, Settings)
