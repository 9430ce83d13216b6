"""Renders a data set of faces with exact labels.

python lab/render_faces.py --output=/tmp/faces --people=100 --images=20

Pictures are OUTPUT/IDENTITY/NUMBER.jpg, labels OUTPUT/labels.jsonl, as dataset/crop_align.py reads
them. The same flags make the same pictures, whatever the number of workers; a run that was stopped
resumes when you give the same command. With --twin_share=0.5, half of the pictures are also
rendered with another person's face, into OUTPUT_twins for dataset_sharding.py --twin_photographs.
"""

import dataclasses
import os
from pathlib import Path

from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.shared import shared_flag


@dataclasses.dataclass(frozen=True)
class Settings:
    """One rendering."""

    output: str = shared_flag(
        "output", text="output folder for the pictures", aliases=("target_dir",), needed=True
    )
    people: int = shared_flag("people", aliases=("identities",))
    first_identity: int = shared_flag("first_identity")
    images: int = flag_field(20, "number of pictures of each person", least=1)
    one_a_session: bool = flag_field(
        False, "change hair, glasses and make-up in each picture; for training identity encoders"
    )
    image_size: int = shared_flag(
        "image_size",
        default=128,
        text="side of the pictures in pixels",
        least=32,
        most=1024,
        aliases=("side",),
    )
    twin_share: float = flag_field(
        0.0,
        "share of the pictures that are also rendered with another person's face, into "
        "OUTPUT_twins",
        least=0,
        most=1,
    )
    clean: bool = flag_field(False, "leave out blur, noise and JPEG compression")
    seed: int = shared_flag("seed", text="random seed of the people and pictures")
    workers: int | None = shared_flag("workers")


def main(settings: Settings) -> None:
    """Renders."""
    from facedancer.lab.pictures import rendering_job

    if settings.twin_share and settings.people < 2:
        raise UserError("--twin_share needs at least two people: give --people=2 or more")
    job = rendering_job.Settings(
        settings.people,
        settings.first_identity,
        settings.images,
        settings.image_size,
        settings.seed,
        settings.one_a_session,
        clean=settings.clean,
    )
    workers = settings.workers or len(os.sched_getaffinity(0))
    output = Path(settings.output).expanduser()
    rendering_job.render_faces(output, job, workers)
    if settings.twin_share:
        twins = output.with_name(f"{output.name}_twins")
        job = dataclasses.replace(job, twins=settings.twin_share)
        rendering_job.render_faces(twins, job, workers)


if __name__ == "__main__":
    run(main, Settings)
