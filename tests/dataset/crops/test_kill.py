"""The real command, killed where nothing can be caught, and gone on with."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from facedancer.dataset.crops.job import start_job
from facedancer.dataset.crops.local_engine import run_locally
from facedancer.dataset.crops.settings import CropSettings
from facedancer.utils.images import read_image, write_image

ROOT = Path(__file__).parents[3]
PHOTO = ROOT / "assets" / "photos" / "eileen_collins" / "astronaut.png"


def make_photographs(folder, count):
    """Photographs as small as they may be, each of its own, and now and then a broken one."""
    face = read_image(PHOTO)[40:200, 140:300]
    for number in range(count):
        path = folder / f"person_{number % 7}" / f"{number:04d}.jpg"
        write_image(path, face[number % 8 : 150 - number % 11, number % 5 :])
        if number % 50 == 3:
            path.write_bytes(path.read_bytes()[:700])
    return folder


def command(photos, target):
    # As a user starts it, but for the other looks, whose traces would take most of the time.
    arguments = [f"--data={photos}", f"--output={target}", "--image_size=64", "--noturned"]
    script = [sys.executable, "dataset/crop_align.py", *arguments, "--noenlarged"]
    return subprocess.Popen(script, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def content(folder):
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def run_here(photos, target):
    job = start_job(photos, target, CropSettings(side=64, turned=False, enlarged=False))
    run_locally(job)
    job.merge()


def test_killed_after_its_first_chunk(tmp_path):
    photos = make_photographs(tmp_path / "photos", 150)
    run_here(photos, tmp_path / "undisturbed")
    target = tmp_path / "crops"
    with command(photos, target) as process:
        while not list(target.glob(".unfinished/part_*.jsonl")):
            assert process.poll() is None, process.stderr.read().decode()
            time.sleep(0.01)
        process.kill()
    assert not (target / "crops.jsonl").exists()
    run_here(photos, target)
    assert content(target) == content(tmp_path / "undisturbed")


def chunks_done(target):
    return len(list(target.glob(".unfinished/part_*.jsonl")))


@pytest.mark.long
def test_killed_at_random_moments(tmp_path):
    """While it starts, within chunks, and in the end while lists and sheets are made."""
    photos = make_photographs(tmp_path / "photos", 3000)
    with command(photos, tmp_path / "undisturbed") as process:
        process.communicate()
        assert process.returncode == 0
    target, moments, kills = tmp_path / "crops", random.Random(0), 0
    while not (target / "crop_align.json").exists():
        wanted = min(chunks_done(target) + moments.randrange(6), 24)
        pause = moments.uniform(0, 0.3 if wanted > chunks_done(target) else 6)
        with command(photos, target) as process:
            while chunks_done(target) < wanted and process.poll() is None:
                time.sleep(0.01)
            time.sleep(pause)
            process.kill()
        kills += process.returncode != 0
    assert kills > 4
    assert content(target) == content(tmp_path / "undisturbed")
