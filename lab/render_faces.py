"""Renders a data set of faces with exact labels.

python lab/render_faces.py --output=/tmp/faces --people=100 --images=20

Pictures are OUTPUT/IDENTITY/NUMBER.jpg, labels OUTPUT/labels.jsonl, as dataset/crop_align.py reads
them. The same flags make the same pictures, whatever the number of workers; a run that was stopped
goes on when it is started again. With --twin_share=0.5 half of the pictures are in OUTPUT_twins
once more, with another person's face: dataset/dataset_sharding.py --twin_photographs takes them.
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
        "output", text="folder for the pictures", aliases=("target_dir",), needed=True
    )
    people: int = shared_flag("people", aliases=("identities",))
    first_identity: int = shared_flag("first_identity")
    images: int = flag_field(20, "pictures of each", least=1)
    one_a_session: bool = flag_field(
        False, "hair, glasses and make-up are others in each picture: for identity encoders"
    )
    image_size: int = shared_flag(
        "image_size",
        default=128,
        text="the pictures' side in pixels",
        least=32,
        most=1024,
        aliases=("side",),
    )
    twin_share: float = flag_field(
        0.0,
        "share of the pictures that are drawn once more, in OUTPUT_twins, with another's face",
        least=0,
        most=1,
    )
    clean: bool = flag_field(False, "draw them before blur, noise and JPEG")
    seed: int = shared_flag("seed", text="another seed, other people")
    workers: int | None = shared_flag("workers")


def main(settings: Settings) -> None:
    """Renders."""
    from facedancer.lab.pictures import rendering_job

    if settings.twin_share and settings.people < 2:
        raise UserError("--twin_share needs somebody else's face: give --people=2 or more")
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
