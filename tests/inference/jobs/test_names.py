"""Files of odd names: what FFmpeg takes for something else, what is no text, what is very long."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from facedancer.inference.faces.choosing import Choice, Role
from facedancer.inference.jobs.run import swap_all
from facedancer.inference.jobs.settings import SwapSettings
from facedancer.inference.jobs.targets import find_tasks
from facedancer.inference.marking.findings import find_marks
from facedancer.inference.marking.marker import Marking
from facedancer.inference.video.encoding import VideoSettings
from facedancer.utils.errors import UserError
from facedancer.utils.naming import shown

from .conftest import HOPPER

SETTINGS = SwapSettings(
    marking=Marking(c2pa=False, watermark=False), video=VideoSettings(preset="ultrafast")
)
LONG = "顔" * 83  # 249 bytes


def swap(swapper, target, output):
    tasks = find_tasks([Path(target)], Path(output))
    return list(swap_all(swapper, tasks, Choice([Role(np.ones(512, np.float32))]), SETTINGS))


@pytest.mark.parametrize(
    "name",
    [
        "clip-2024-05-01T12:30:05.mp4",
        "-http:%03d#.mp4",
        "pipe:0.mov",
        os.fsdecode(b"caf\xe9.mp4"),
        f"{LONG}.mp4",
        f"{LONG}.mkv",
    ],
    ids=["colons", "protocol", "pipe", "bytes", "long_mp4", "long_mkv"],
)
def test_a_video_of_any_name_becomes_one_of_any_name(
    make_swapper, short_clip, tmp_path, monkeypatch, name
):
    monkeypatch.chdir(tmp_path)  # Absolute paths begin with a slash, which FFmpeg understands.
    Path("in").mkdir()
    Path("in", name).write_bytes(short_clip.read_bytes())
    monkeypatch.chdir("in")
    (outcome,) = swap(make_swapper(), name, f"../{name}")
    assert outcome.output == Path(f"../{name}") and outcome.summary.swapped == 3
    summary = json.loads(outcome.report.read_text().splitlines()[-1])["summary"]
    assert summary["output"] == shown(outcome.output)
    assert find_marks(outcome.output, 1).source_types
    assert {path.name for path in Path("..").iterdir()} == {"in", name, outcome.report.name}


def test_a_picture_of_a_long_name_is_written(make_swapper, tmp_path):
    target = tmp_path / f"{LONG}.jpg"
    target.write_bytes(HOPPER.read_bytes())
    (outcome,) = swap(make_swapper(), target, tmp_path / "out")
    assert outcome.output == tmp_path / "out" / target.name and outcome.output.exists()
    assert len(list((tmp_path / "out").iterdir())) == 2, "and its report"


def test_a_folder_with_long_names_is_done_to_its_end(make_swapper, short_clip, tmp_path):
    album = tmp_path / "album"
    album.mkdir()
    for name in ("a.jpg", f"{'x' * 250}.jpg"):
        (album / name).write_bytes(HOPPER.read_bytes())
    for name in ("b.mp4", f"{'y' * 250}.mp4"):
        (album / name).write_bytes(short_clip.read_bytes())
    outcomes = swap(make_swapper(), album, tmp_path / "out")
    assert [outcome.summary.swapped for outcome in outcomes] == [2, 3, 3]
    assert {path.name for path in album.iterdir()} < {p.name for p in (tmp_path / "out").iterdir()}


def test_outputs_that_no_file_can_be_are_refused_before_the_work(
    make_swapper, short_clip, tmp_path
):
    with pytest.raises(UserError, match="choose a shorter name") as refused:
        swap(make_swapper(), short_clip, tmp_path / f"{'x' * 252}.mp4")
    assert "\n" not in str(refused.value)
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(UserError, match="is a folder"):
        swap(make_swapper(), short_clip, tmp_path / "folder.mp4")
    assert list(tmp_path.iterdir()) == [tmp_path / "folder.mp4"]
