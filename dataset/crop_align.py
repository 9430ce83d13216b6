"""Detects, aligns and crops the faces of all photographs in a folder and its sub-folders.

python dataset/crop_align.py --data=assets/photos --output=/tmp/crops --image_size=256

A run that was stopped or killed resumes when you give the same command. OUTPUT/report.jsonl says
what happened to each photograph and why; OUTPUT/contact_sheets shows crops and rejected faces.
"""

import dataclasses
from pathlib import Path

from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.shared import shared_flag
from facedancer.utils.flags.trust import TrustSettings


@dataclasses.dataclass(frozen=True)
class Settings(TrustSettings):
    """The photographs, the crops, and the faces that count."""

    data: str = shared_flag(
        "data",
        text="Folder of photographs, searched with its sub-folders.",
        aliases=("data_dir",),
        needed=True,
    )
    output: str = shared_flag(
        "output",
        text="Output folder for the crops, with the same sub-folders.",
        aliases=("target_dir",),
        needed=True,
    )
    image_size: int = shared_flag(
        "image_size", text="Side of the crops in pixels.", aliases=("im_size",), group="crops"
    )
    shrink_factor: float = shared_flag("shrink_factor", group="crops")
    format: str = shared_flag(
        "format",
        default="jpg",
        text="File format of the crops; jpg has quality 95.",
        choices=("jpg", "png"),
        group="crops",
    )
    identity_folders: bool = flag_field(
        True,
        "The first sub-folder is the person. --noidentity_folders: identities are unknown.",
        aliases=("identities",),
        group="crops",
    )
    faces: str = flag_field(
        "largest", "Faces to crop per photograph.", choices=("largest", "all"), group="faces"
    )
    min_photograph: int = flag_field(
        128,
        "Reject photographs with a shorter side, in pixels.",
        aliases=("min_size",),
        group="faces",
    )
    min_score: float = shared_flag(
        "min_score", text="Reject faces with a lower detection score.", group="faces"
    )
    min_face: float = shared_flag(
        "min_face",
        text=(
            "Reject faces whose box has a shorter side, in the photograph's pixels. Half of "
            "--image_size avoids strong enlargement."
        ),
        group="faces",
    )
    min_sharpness: float = flag_field(
        0.0,
        "Reject faces with a lower sharpness: sharp faces have 15 or more, clearly blurred ones 8 "
        "or less.",
        least=0,
        group="faces",
    )
    max_yaw: float = flag_field(
        90.0, "Reject faces turned further to either side, in degrees.", group="faces"
    )
    turned: bool = flag_field(
        True, "If no face is found, search again at 90, 180 and 270 degrees.", group="faces"
    )
    enlarged: bool = flag_field(
        True, "If no other face is found, search for tiny faces.", group="faces"
    )
    detector: str | None = shared_flag(
        "detector", text="Face detector's weights; default: the shipped ones."
    )
    batch_size: int = shared_flag(
        "batch_size", default=8, text="Photographs per pass of the detector.", group="work"
    )
    overwrite: bool = flag_field(
        False, "Remove an earlier run's crops from --output first.", group="work"
    )
    engine: str = shared_flag(
        "engine",
        text="Where the work runs: in this process, or on a Ray cluster (docs/cluster.md).",
        group="work",
    )
    workers: int | None = shared_flag(
        "workers",
        text="For --engine=ray: number of worker processes; default: one per machine.",
        group="work",
    )
    address: str | None = shared_flag("address", group="work")


def main(settings: Settings) -> None:
    """Crops, and prints what came of it."""
    from facedancer.dataset.crops.cluster_engine import run_on_cluster
    from facedancer.dataset.crops.cropping import CROPPED
    from facedancer.dataset.crops.job import start_job
    from facedancer.dataset.crops.local_engine import run_locally
    from facedancer.dataset.crops.plan import REPORT_NAME
    from facedancer.dataset.crops.report import summarise, summary_table
    from facedancer.dataset.crops.settings import CropSettings
    from facedancer.retinaface.detector import SHIPPED_WEIGHTS
    from facedancer.retinaface.loading import describe_detector

    cropping = CropSettings(
        side=settings.image_size,
        shrink_factor=settings.shrink_factor,
        min_size=settings.min_photograph,
        suffix=f".{settings.format}",
        identities=settings.identity_folders,
        faces=settings.faces,
        min_score=settings.min_score,
        min_face=settings.min_face,
        min_sharpness=settings.min_sharpness,
        max_yaw=settings.max_yaw,
        turned=settings.turned,
        enlarged=settings.enlarged,
        batch_size=settings.batch_size,
    )
    output = settings.output
    job = start_job(settings.data, output, cropping, settings.detector, settings.overwrite)
    print(f"detector: {describe_detector(settings.detector or SHIPPED_WEIGHTS)}")
    if job.is_finished:
        print(f"already finished, nothing to do; --overwrite crops again: {output}")
    elif settings.engine == "ray":
        run_on_cluster(job, settings.workers, settings.address)
    else:
        run_locally(job)
    job.merge()
    summary = summarise(job.target_dir)
    report = Path(output) / REPORT_NAME
    print(summary_table(summary))
    if not summary.faces[CROPPED]:
        raise UserError(f"not one face could be cropped; {report} says why of each photograph")
    print(f"{summary.faces[CROPPED]} crops in {output}; {report} says what became of each")


if __name__ == "__main__":
    run(main, Settings)
