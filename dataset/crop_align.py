"""Detects, aligns and crops the faces of every photograph in a folder tree.

python dataset/crop_align.py --data=assets/photos --output=/tmp/crops --image_size=256

A run that was stopped or killed goes on when it is started again. What happened to each photograph,
and why, is in OUTPUT/report.jsonl; OUTPUT/contact_sheets shows crops, and rejects for each reason.
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
        "data", text="Folder of photographs, at any depth.", aliases=("data_dir",), needed=True
    )
    output: str = shared_flag(
        "output",
        text="Folder for the crops; sub-folders are mirrored.",
        aliases=("target_dir",),
        needed=True,
    )
    image_size: int = shared_flag(
        "image_size", text="The crops' side in pixels.", aliases=("im_size",), group="crops"
    )
    shrink_factor: float = shared_flag("shrink_factor", group="crops")
    format: str = shared_flag(
        "format",
        default="jpg",
        text="The crops' file format; jpg is of quality 95.",
        choices=("jpg", "png"),
        group="crops",
    )
    identity_folders: bool = flag_field(
        True,
        "The first sub-folder names the person; --noidentity_folders: nobody is known.",
        aliases=("identities",),
        group="crops",
    )
    faces: str = flag_field(
        "largest", "Faces of a photograph to crop.", choices=("largest", "all"), group="faces"
    )
    min_photograph: int = flag_field(
        128,
        "Reject photographs with a shorter side, in pixels.",
        aliases=("min_size",),
        group="faces",
    )
    min_score: float = shared_flag(
        "min_score",
        text="Reject faces that the detector is less sure of, 0 to 1.",
        group="faces",
    )
    min_face: float = shared_flag(
        "min_face",
        text=(
            "Reject faces whose box has a shorter side, in the photograph's pixels; half of "
            "--image_size keeps crops from being enlarged much."
        ),
        group="faces",
    )
    min_sharpness: float = flag_field(
        0.0,
        "Reject blurred faces: in focus they have 15 and more, plainly blurred ones 8 and less.",
        least=0,
        group="faces",
    )
    max_yaw: float = flag_field(
        90.0, "Reject faces turned further to either side, in degrees.", group="faces"
    )
    turned: bool = flag_field(
        True,
        "Look at photographs without a face again at 90, 180 and 270 degrees.",
        group="faces",
    )
    enlarged: bool = flag_field(
        True, "Look for tiny faces where no other was found.", group="faces"
    )
    detector: str | None = shared_flag(
        "detector", text="The detector's weights; default: the ones that ship."
    )
    batch_size: int = shared_flag(
        "batch_size",
        default=8,
        text="Photographs in one pass of the detector.",
        group="work",
    )
    overwrite: bool = flag_field(
        False, "Remove an earlier run's crops in --output first.", group="work"
    )
    engine: str = shared_flag("engine", text="This process, or a Ray cluster.", group="work")
    workers: int | None = shared_flag(
        "workers", text="For --engine=ray: processes that crop.", group="work"
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
