"""The runs that `data_preparation.py` measures, each in a process of its own."""

import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from facedancer.dataset.crops.settings import CropSettings
from facedancer.utils.alignment import align_face
from facedancer.utils.images import find_images, read_image, write_image

_SETTINGS = CropSettings()
# Pictures that are done before the clock starts: they are traced, and touch new memory.
_WARM_UP = 2


@dataclass(frozen=True)
class Throughput:
    """The speed at which one folder of photographs was cropped, and how many gave a crop."""

    count: int
    cropped: int
    seconds: float

    @property
    def rate(self) -> float:
        """Photographs a second."""
        return self.count / self.seconds


@dataclass(frozen=True)
class Memory:
    """Largest resident set in bytes: after the warm-up, and in the end."""

    warm_up: int
    count: int
    before: int
    after: int

    @property
    def growth(self) -> float:
        """Tells what came on top of the peak after the warm-up, as a share of it."""
        return self.after / self.before - 1


def measure_crop_align(warm_up: Path, photos: Path, target: Path) -> Throughput:
    """crop_align's whole run but for loading the detector: listing, cropping, lists and sheets."""
    from facedancer.dataset.crops.cropping import CROPPED
    from facedancer.dataset.crops.job import load_search, start_job
    from facedancer.dataset.crops.report import summarise

    first = start_job(warm_up, target / "warm_up", _SETTINGS)
    search = load_search(first)
    for number in first.pending():
        first.do_chunk(number, search)
    began = time.perf_counter()
    job = start_job(photos, target / "crops", _SETTINGS)
    for number in job.pending():
        job.do_chunk(number, search)
    job.merge()
    seconds = time.perf_counter() - began
    return Throughput(job.count, summarise(job.target_dir).outcomes[CROPPED], seconds)


def measure_plain_loop(photos: Path, target: Path, count: int) -> Throughput:
    """The same detector over the first ``count`` photographs, one at a time and at full size."""
    from facedancer.retinaface.detector import Detector, load_detector

    detector = Detector(load_detector().model, max_side=None)
    paths = find_images(photos)[:count]
    for path in paths[:_WARM_UP]:
        detector.detect(read_image(path))
    cropped = 0
    began = time.perf_counter()
    for path in paths:
        image = read_image(path)
        faces = detector.detect(image)
        if faces:
            face = max(faces, key=lambda face: float(np.prod(face.box[2:] - face.box[:2])))
            crop, _ = align_face(image, face.landmarks, _SETTINGS.side)
            write_image(target / path.relative_to(photos), crop)
            cropped += 1
    return Throughput(len(paths), cropped, time.perf_counter() - began)


def measure_memory(photos: Path, target: Path, warm_up: int) -> Memory:
    """Crops ``photos``; the chunks up to at least ``warm_up`` photographs are the warm-up."""
    from facedancer.dataset.crops.job import load_search, start_job

    job = start_job(photos, target, _SETTINGS)
    search = load_search(job)
    warmed, before = 0, 0
    for number in job.pending():
        done = job.do_chunk(number, search)
        if warmed < warm_up:
            warmed, before = warmed + done, _peak()
    job.merge()
    return Memory(warmed, job.count, before, _peak())


def _peak() -> int:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
