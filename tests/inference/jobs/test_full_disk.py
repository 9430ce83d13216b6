"""A place that takes no more: one line, nothing half-written, and a later run ends the work."""

import contextlib
import errno
import resource
from pathlib import Path

import numpy as np
import pytest

from facedancer.inference.faces.choosing import Choice, Role
from facedancer.inference.jobs.run import swap_all
from facedancer.inference.jobs.settings import SwapSettings
from facedancer.inference.jobs.targets import find_tasks
from facedancer.inference.marking.marker import Marking
from facedancer.inference.video.encoding import VideoSettings
from facedancer.utils.errors import UserError

SETTINGS = SwapSettings(
    marking=Marking(), video=VideoSettings(preset="ultrafast", crf=30), part_frames=2
)


@pytest.fixture(autouse=True)
def _own_certificate(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("home")))


def swap(swapper, target, output):
    tasks = find_tasks([target], output)
    choice = Choice([Role(np.ones(512, np.float32))])
    return list(swap_all(swapper, tasks, choice, SETTINGS))


@contextlib.contextmanager
def files_up_to(size):
    """No file may become larger: what a full disk does, file by file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("name", ["out.mp4", "out.mkv", "out.gif"])
def test_every_limit_ends_in_a_line_or_in_the_whole_result(
    make_swapper, short_clip, tmp_path, name
):
    whole = swap(make_swapper(), short_clip, tmp_path / "whole" / name)[0]
    sizes = sorted(path.stat().st_size for path in (whole.output, whole.report))
    ended = []
    for size in (0, 100, 500, 1000, 2000, 4000, 6000, sizes[1] * 2 // 3, sizes[1] - 1):
        folder = tmp_path / str(size)
        with files_up_to(size), pytest.raises(UserError, match="cannot write") as refused:
            swap(make_swapper(), short_clip, folder / name)
        assert "\n" not in str(refused.value)
        left = {path.name for path in folder.iterdir()}
        assert left <= {f".{name}.unfinished"}, f"{left} at {size}"
        ended.append(bool(left))
        (again,) = swap(make_swapper(), short_clip, folder / name)
        assert again.summary.swapped == 3
        assert {path.name for path in folder.iterdir()} == {name, f"{name}.report.jsonl"}
    assert ended[0] is False and ended[-1] is True, "what was whole was kept"


@pytest.mark.parametrize("ending", [".jsonl", ".unfinished.jsonl", ".signed", ".unfinished"])
def test_a_disk_that_is_full_when_a_small_file_is_written(
    make_swapper, short_clip, tmp_path, monkeypatch, ending
):
    opened = Path.open

    def full(path, mode="r", *rest, **more):
        if "w" in mode and ending in path.name:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return opened(path, mode, *rest, **more)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", full)
        with pytest.raises(UserError, match=r"No space left on device; make room there"):
            swap(make_swapper(), short_clip, tmp_path / "out.mp4")
    assert {path.name for path in tmp_path.iterdir()} <= {".out.mp4.unfinished"}
    (again,) = swap(make_swapper(), short_clip, tmp_path / "out.mp4")
    assert again.summary.swapped == 3
