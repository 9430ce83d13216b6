"""Crops by several processes, one of them killed: the same files as by one."""

import os
import signal
import sys
from dataclasses import dataclass, fields
from pathlib import Path

import cv2
import numpy as np
import pytest

from facedancer.dataset.crops import cluster_engine
from facedancer.dataset.crops.cluster_engine import run_on_cluster
from facedancer.dataset.crops.job import CropJob, start_job
from facedancer.dataset.crops.local_engine import run_locally
from facedancer.dataset.crops.settings import CropSettings
from facedancer.utils.errors import UserError
from facedancer.utils.images import read_image, write_image

PHOTOS = Path(__file__).parents[3] / "assets" / "photos"
SETTINGS = CropSettings(side=64, turned=False, enlarged=False)


@pytest.fixture
def ray():
    return pytest.importorskip("ray", reason="Ray is not installed: requirements-cluster.txt")


@pytest.fixture
def photographs(tmp_path):
    """Two people in three lights each, one picture of nobody and one that is none."""
    folder = tmp_path / "photos"
    for path in sorted(PHOTOS.glob("*/*.[jp]*g")):
        image = cv2.resize(read_image(path)[:330], None, fx=0.5, fy=0.5)
        for number in range(3):
            lit = np.clip(image * (0.7 + 0.2 * number), 0, 255).astype(np.uint8)
            write_image(folder / path.parent.name / f"{number}.jpg", lit)
    write_image(folder / "nobody" / "grey.png", np.full((200, 200, 3), 90, np.uint8))
    (folder / "nobody" / "broken.jpg").write_bytes(b"nothing")
    return folder


@dataclass(frozen=True)
class WatchedJob(CropJob):
    """Notes which process begins which chunk; the first that has written a crop is killed."""

    notes: Path

    def do_chunk(self, number, search):
        with self.notes.open("a") as file:
            file.write(f"{number} {os.getpid()}\n")
        return super().do_chunk(number, search)

    def _write(self, name, pixels):
        super()._write(name, pixels)
        try:
            self.notes.with_suffix(".killed").open("x").write(str(os.getpid()))
        except FileExistsError:
            return
        os.kill(os.getpid(), signal.SIGKILL)


def contents(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_worker_is_killed_and_nothing_is_lost_nor_twice(ray, photographs, tmp_path):
    alone = start_job(photographs, tmp_path / "alone", SETTINGS, chunk_size=2)
    run_locally(alone)
    alone.merge()

    # The workers cannot import this file.
    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])
    job = start_job(photographs, tmp_path / "together", SETTINGS, chunk_size=2)
    values = {field.name: getattr(job, field.name) for field in fields(job)}
    job = WatchedJob(**values, notes=tmp_path / "notes")
    run_on_cluster(job, workers=2)
    assert job.pending() == []
    job.merge()

    begun = [tuple(map(int, line.split())) for line in job.notes.read_text().splitlines()]
    killed = int(job.notes.with_suffix(".killed").read_text())
    chunks = [number for number, _ in begun]
    assert len(chunks) == len(job.starts) + 1, "one chunk was begun twice"
    assert set(chunks) == set(range(len(job.starts)))
    assert os.getpid() not in {process for _, process in begun}
    unfinished = [number for number, process in begun if process == killed][-1]
    assert chunks.count(unfinished) == 2
    assert contents(tmp_path / "together") == contents(tmp_path / "alone")
    assert not ray.is_initialized()


@dataclass(frozen=True)
class FailingJob(CropJob):
    """The second chunk ends as it is told to."""

    error: Exception | None

    def do_chunk(self, number, search):
        if number == 1:
            if self.error:
                raise self.error
            os.kill(os.getpid(), signal.SIGKILL)
        return super().do_chunk(number, search)


@pytest.mark.long
@pytest.mark.parametrize(
    ("error", "expected", "message"),
    [
        (UserError("no room; make some"), UserError, "^no room; make some$"),
        (KeyError("a fault of ours"), KeyError, "^'a fault of ours'$"),
        (None, UserError, r"did chunk 1 of 4 was lost 4 times.*run the same command again"),
    ],
)
def test_a_failure_keeps_its_name(ray, photographs, tmp_path, error, expected, message):
    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])
    job = start_job(photographs, tmp_path / "crops", SETTINGS, chunk_size=2)
    values = {field.name: getattr(job, field.name) for field in fields(job)}
    with pytest.raises(expected, match=message):
        run_on_cluster(FailingJob(**values, error=error), workers=2)
    assert not ray.is_initialized()
    assert 1 in job.pending()
    run_locally(job)
    assert job.pending() == []


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1", "nowhere"])
def test_a_cluster_that_is_not_there(ray, photographs, tmp_path, address):
    job = start_job(photographs, tmp_path / "crops", SETTINGS)
    with pytest.raises(UserError, match=f"no Ray cluster at --address={address}.*ray start --head"):
        run_on_cluster(job, address=address)


def test_without_ray_one_line_says_what_to_install(photographs, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    job = start_job(photographs, tmp_path / "crops", SETTINGS)
    with pytest.raises(UserError, match=r"not installed: pip install -r requirements-cluster\.txt"):
        run_on_cluster(job)


def test_nothing_is_started_where_nothing_is_to_do(photographs, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster_engine, "cluster", lambda *_: pytest.fail("Ray was wanted"))
    job = start_job(photographs, tmp_path / "crops", SETTINGS)
    run_locally(job)
    run_on_cluster(job)
