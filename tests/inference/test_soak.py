"""One command over many files: memory is flat after the first tenth.

python -m pytest -s -m long tests/inference/test_soak.py
"""

import os
import subprocess
import sys
import threading
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from facedancer.utils.images import read_image

ROOT = Path(__file__).parents[2]
PHOTOS = ROOT / "assets" / "photos"
LAB = ROOT / "model_zoo" / "lab"
# Pictures come in several sizes, as in an album; each keeps a few buffers of its own.
SIZES = ((640, 480), (480, 640), (800, 600), (720, 720), (512, 384))
# Of the memory after the first tenth: allocators keep some of what they are given back.
MOST_GROWTH = 0.05


class Watch(threading.Thread):
    """Notes a process's memory whenever another picture or frame may be done, until it ends."""

    def __init__(self, process: subprocess.Popen, done: Path) -> None:
        super().__init__(daemon=True)
        self._statm = Path(f"/proc/{process.pid}/statm")
        self._ended = threading.Event()
        self._done = done
        # Resident bytes by the number of finished files.
        self.memory: list[tuple[int, int]] = []

    def run(self) -> None:
        while not self._ended.wait(0.25):
            try:
                pages = int(self._statm.read_text().split()[1])
            except (FileNotFoundError, ProcessLookupError):
                return
            finished = len(list(self._done.glob("picture_*.jpg"))) if self._done.exists() else 0
            self.memory.append((finished, pages * os.sysconf("SC_PAGE_SIZE")))

    def end(self) -> None:
        self._ended.set()
        self.join()


def write_pictures(folder: Path, count: int) -> None:
    """Photographs with the one face or the other, no two alike."""
    faces = [read_image(path) for path in sorted(PHOTOS.glob("*/*.[jp][pn]g"))]
    folder.mkdir()
    for number in range(count):
        picture = cv2.resize(faces[number % 2], SIZES[number % len(SIZES)])
        shifted = np.roll(picture, number, axis=1)
        Image.fromarray(shifted).save(folder / f"picture_{number:03d}.jpg", quality=90)


def write_clip(path: Path, seconds: int) -> None:
    """A slow pan over a photograph."""
    photo = cv2.resize(read_image(PHOTOS / "eileen_collins" / "astronaut.png"), (420, 420))
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 320, "yuv420p"
        for number in range(25 * seconds):
            left = 50 + round(45 * np.sin(number / 50))
            picture = np.ascontiguousarray(photo[20:340, left : left + 320])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


def growth(memory: list[int]) -> float:
    """Tells how much more the last fifth takes than the time just after the first tenth."""
    values = np.array(memory, np.float64)
    tenth, fifth = len(values) // 10, len(values) // 5
    return float(np.median(values[-fifth:]) / np.median(values[tenth : tenth + fifth]) - 1)


def swap(tmp_path: Path, pictures: int, seconds: int) -> tuple[list[int], list[int]]:
    """Runs the command; its memory over time while it does the pictures, and the clip."""
    write_pictures(tmp_path / "album", pictures)
    write_clip(tmp_path / "clip.mp4", seconds)
    output = tmp_path / "results"
    command = [
        sys.executable,
        ROOT / "inference/swap.py",
        tmp_path / "album",
        tmp_path / "clip.mp4",
    ]
    command += [f"--source={PHOTOS / 'grace_hopper' / 'grace_hopper.jpg'}", f"--output={output}"]
    command += [f"--generator={LAB / 'generator.keras'}"]
    command += [f"--encoder={LAB / 'arcface.keras'}"]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"XDG_DATA_HOME": str(tmp_path / "home")},
    )
    watch = Watch(process, output)
    watch.start()
    said, _ = process.communicate(timeout=3000)
    watch.end()
    assert process.returncode == 0, said
    assert (output / "clip.mp4").is_file()
    first = [resident for finished, resident in watch.memory if 0 < finished < pictures]
    second = [resident for finished, resident in watch.memory if finished == pictures]
    return first, second


@pytest.mark.long
def test_an_album_and_a_minute_of_film(tmp_path):
    for name, memory in zip(("pictures", "clip"), swap(tmp_path, 150, 60), strict=True):
        peak = max(memory) / 2**20
        print(f"\n{name}: {growth(memory):+.1%} after the first tenth, peak {peak:.0f} MiB")
        assert growth(memory) < MOST_GROWTH, name


def test_growth_by_hand():
    flat = [100, 900] + [1000] * 18
    assert growth(flat) == 0
    assert growth([*range(1000, 2000, 10)]) > 0.5
