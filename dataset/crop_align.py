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
from facedancer.utils.flags.trust import TrustSettings


@dataclasses.dataclass(frozen=True)
class Settings(TrustSettings):
    """The photographs, the crops, and the faces that count."""

    data: str = flag_field(
        "", "Folder of photographs, at any depth.", aliases=("data_dir",), needed=True
    )
    output: str = flag_field(
        "",
        "Folder for the crops; sub-folders are mirrored.",
        aliases=("target_dir",),
        needed=True,
    )
    image_size: int = flag_field(
        256, "The crops' side in pixels.", aliases=("im_size",), group="crops"
    )
    shrink_factor: float = flag_field(
        1.0,
        "How much of the crop the aligned face takes: 1 is ArcFace's alignment, 0.75 keeps more "
        "background, and the central 0.75 of such a crop is ArcFace's again.",
        group="crops",
    )
    format: str = flag_field(
        "jpg",
        "The crops' file format; jpg is of quality 95.",
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
    min_score: float = flag_field(
        0.6, "Reject faces that the detector is less sure of, 0 to 1.", group="faces"
    )
    min_face: float = flag_field(
        0.0,
        "Reject faces whose box has a shorter side, in the photograph's pixels; half of "
        "--image_size keeps crops from being enlarged much.",
        least=0,
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
    detector: str | None = flag_field(
        None,
        "The detector's weights; default: the ones that ship.",
        aliases=("retina_path",),
        group="networks",
    )
    batch_size: int = flag_field(8, "Photographs in one pass of the detector.", group="work")
    overwrite: bool = flag_field(
        False, "Remove an earlier run's crops in --output first.", group="work"
    )
    engine: str = flag_field(
        "local", "This process, or a Ray cluster.", choices=("local", "ray"), group="work"
    )
    workers: int | None = flag_field(
        None, "For --engine=ray: processes that crop.", least=1, group="work"
    )
    address: str | None = flag_field(
        None, "For --engine=ray: the cluster; default: one on this machine.", group="work"
    )


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
