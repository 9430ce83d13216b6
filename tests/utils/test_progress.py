"""Progress on a terminal and in a pipe."""

import re
import types
from pathlib import Path

import pytest

from facedancer.utils.progress import progress_bar

ROOT = Path(__file__).parents[2]


@pytest.fixture
def clock(monkeypatch):
    made = types.SimpleNamespace(now=1e9)
    monkeypatch.setattr("tqdm.std.time", lambda: made.now)
    return made


def work(clock, seconds, **given):
    with progress_bar(desc="swapping", unit="frame", **given) as progress:
        for _ in range(seconds):
            clock.now += 1
            progress.update()


def test_a_pipe_gets_a_line_twice_a_minute(clock, capsys):
    work(clock, 100, total=100)
    assert capsys.readouterr().err.splitlines() == [
        "swapping: 30% 30/100 frames, 1.00frame/s, 01:10 left",
        "swapping: 60% 60/100 frames, 1.00frame/s, 00:40 left",
        "swapping: 90% 90/100 frames, 1.00frame/s, 00:10 left",
        "swapping: 100% 100/100 frames, 1.00frame/s, 00:00 left",
    ]


def test_short_work_says_nothing_in_a_pipe(clock, capsys):
    work(clock, 29, total=29)
    assert capsys.readouterr().err == ""


def test_where_the_number_is_not_known(clock, capsys):
    work(clock, 61, total=None)
    assert capsys.readouterr().err.splitlines() == [
        f"swapping: {count} frames, 1.00frame/s" for count in (30, 60, 61)
    ]


def test_items_come_through_and_are_counted(clock, capsys):
    seen = []
    for item in progress_bar(range(5, 9), desc="swapping", unit="frame"):
        clock.now += 20
        seen.append(item)
    assert seen == [5, 6, 7, 8]
    assert "swapping: 50% 2/4 frames" in capsys.readouterr().err


def test_an_early_end_is_no_full_count(clock, capsys):
    with (
        pytest.raises(RuntimeError),
        progress_bar(range(100), desc="swapping", unit="frame") as progress,
    ):
        for _ in progress:
            clock.now += 31
            if clock.now > 1e9 + 100:
                raise RuntimeError
    assert "100%" not in capsys.readouterr().err


def test_a_message_between_two_lines_keeps_a_line_of_its_own(clock, capsys):
    with progress_bar(total=90, desc="swapping", unit="frame") as progress:
        for step in range(90):
            clock.now += 1
            progress.update()
            if step == 44:
                progress.write("ALARM")
    captured = capsys.readouterr()
    assert captured.out == "ALARM\n"
    assert all(line.startswith("swapping: ") for line in captured.err.splitlines())


def test_a_terminal_gets_a_bar(clock, capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    work(clock, 3, total=3)
    assert re.search(r"\rswapping: 100%\|█+\| 3/3 ", capsys.readouterr().err)


def test_nothing_of_ours_draws_its_own_bar():
    rooms = [path.parent for path in ROOT.glob("*/__init__.py")]
    assert rooms
    for path in (path for room in rooms for path in room.rglob("*.py")):
        assert path.name == "progress.py" or not re.search(r"(?<!\w)tqdm\(", path.read_text()), path
