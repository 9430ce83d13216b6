"""The command as a user types it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from facedancer.networks.generator import get_generator
from facedancer.utils.images import read_image

ROOT = Path(__file__).parents[2]
COLLINS = ROOT / "assets" / "photos" / "eileen_collins" / "astronaut.png"
HOPPER = ROOT / "assets" / "photos" / "grace_hopper" / "grace_hopper.jpg"
UP_TYPES = ("no_skip", "no_skip", "affa", "affa", "affa", "concat")


@pytest.fixture(scope="module")
def generator(tmp_path_factory):
    path = tmp_path_factory.mktemp("generator") / "generator.keras"
    get_generator(UP_TYPES, image_size=64, base_width=4).save(path)
    return path


def command(generator, *arguments):
    return [
        sys.executable,
        ROOT / "inference/swap.py",
        *arguments,
        f"--generator={generator}",
        "--encoder=untrained_small",
        f"--source={COLLINS}",
    ]


def test_pictures_in_pictures_out_and_bad_input_is_one_line(warm_python, generator, tmp_path):
    done = subprocess.run(
        command(generator, HOPPER, f"--output={tmp_path / 'out.jpg'}", "--mask=attention"),
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | {"XDG_DATA_HOME": str(tmp_path / "home")},
    )
    assert done.returncode == 0, done.stderr
    # Of TensorFlow's own lines, not one: they name a file of C++.
    assert ".cc:" not in done.stderr
    assert "faces found: 1, matched: 1, swapped: 1" in done.stdout
    assert "XMP: digital source type compositeWithTrainedAlgorithmicMedia" in done.stdout
    assert "C2PA: signed by a certificate of this machine" in done.stdout
    assert (tmp_path / "out.jpg.report.jsonl").exists()

    empty = tmp_path / "empty.mp4"
    empty.touch()
    done = warm_python(*command(generator, empty)[1:])
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("error: ") and "Traceback" not in done.stderr


def write_clip(path, count):
    photograph = cv2.resize(read_image(HOPPER), (320, 384), interpolation=cv2.INTER_AREA)
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 256, 288, "yuv420p"
        for number in range(count):
            left = round(32 + 30 * np.sin(number / 20))
            image = np.ascontiguousarray(photograph[:288, left : left + 256])
            output.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        output.mux(stream.encode())


@pytest.mark.long
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_killed_again_and_again_ends_as_one_left_alone(generator, tmp_path, how):
    clip = tmp_path / "clip.mp4"
    write_clip(clip, 400)
    alone, output = tmp_path / "alone.mp4", tmp_path / "killed.mp4"
    subprocess.run(command(generator, clip, f"--output={alone}", "--nomark"), check=True)
    folder = tmp_path / ".killed.mp4.unfinished"
    for kept in (1, 3, 6):
        run = subprocess.Popen(
            command(generator, clip, f"--output={output}", "--nomark"),
            stderr=subprocess.PIPE,
            text=True,
        )
        while not (folder / f"part_{kept - 1:06}.jsonl").exists():
            assert run.poll() is None, "it ended before it could be killed"
            time.sleep(0.02)
        time.sleep(0.3)
        run.send_signal(how)
        _, errors = run.communicate(timeout=60)
        assert run.returncode == {signal.SIGINT: 130}.get(how, -how)
        assert ("the same command goes on from there" in errors) == (how is signal.SIGINT)
        assert not output.exists()
    subprocess.run(command(generator, clip, f"--output={output}", "--nomark"), check=True)
    assert output.read_bytes() == alone.read_bytes()
    assert not folder.exists()
