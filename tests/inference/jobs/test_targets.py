"""Tests what of files and folders is swapped, and what is told of the rest."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from facedancer.inference.faces.choosing import Choice, Role
from facedancer.inference.jobs.run import swap_all
from facedancer.inference.jobs.settings import SwapSettings
from facedancer.inference.jobs.targets import find_tasks
from facedancer.inference.marking.marker import Marking
from facedancer.utils.errors import UserError

HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64)


def picture(path, size=(40, 30), **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    file = io.BytesIO()
    form = {".avif": "AVIF", ".webp": "WEBP", ".png": "PNG"}.get(path.suffix.lower(), "JPEG")
    Image.new("RGB", size, (90, 120, 150)).save(file, form, **options)
    path.write_bytes(file.getvalue())
    return path


def test_a_folder_gives_all_that_is_media_and_names_the_rest(tmp_path, clip):
    folder = tmp_path / "in"
    for name in ("a.jpg", "b.jpe", "saved.JFIF", "photo.avif"):
        picture(folder / name)
    for name in ("cam.MTS", "sub/win.wmv", "old.3gp", "x.m4v", "y.ts"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(clip.read_bytes())
    for name in (".hidden.jpg", "._a.jpg", "Thumbs.db", ".git/c.jpg", "__MACOSX/d.jpg"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    (folder / "phone.heic").write_bytes(HEIC)
    (folder / "named.jpg").write_bytes(HEIC)
    (folder / "notes.txt").write_text("text")
    tasks = find_tasks([folder], tmp_path / "out")
    assert [task.output.name for task in tasks.pictures] == [
        "a.jpg",
        "b.jpe",
        "photo.avif",
        "saved.JFIF",
    ]
    results = {task.output.relative_to(tmp_path / "out").as_posix() for task in tasks.videos}
    assert results == {"cam.MTS.mp4", "sub/win.wmv.avi", "old.3gp.mov", "x.m4v", "y.ts.mp4"}
    told = {one.file.name: one.reason for one in tasks.passed_over}
    assert told.keys() == {"phone.heic", "named.jpg", "notes.txt"}
    assert "HEIC picture, which is not read: convert it" in told["phone.heic"]
    assert "HEIC" in told["named.jpg"]
    assert told["notes.txt"] == "its suffix is not one of a picture or video"


def test_the_report_and_one_last_line_name_what_is_passed_over(make_swapper, tmp_path):
    picture(tmp_path / "in" / "a.jpg")
    for name in ("b.heic", "c.heic", "d.txt", "e.txt"):
        (tmp_path / "in" / name).write_bytes(HEIC)
    tasks = find_tasks([tmp_path / "in"], tmp_path / "out")
    settings = SwapSettings(marking=Marking(is_on=False))
    choice = Choice([Role(np.ones(512, np.float32))])
    pictures, others = swap_all(make_swapper(), tasks, choice, settings)
    *records, last = map(json.loads, pictures.report.read_text().splitlines())
    assert [record.get("passed_over", "")[:6] for record in records] == ["", *4 * ["a HEIC"]]
    assert (last["summary"]["frames"], last["summary"]["passed_over"]) == (1, 4)
    assert others.lines == [
        "passed over: 4 files (b.heic, c.heic, d.txt, ...); the report says why",
        f"report: {pictures.report}",
    ]


def test_where_there_are_only_videos_the_rest_has_a_report_too(make_swapper, tmp_path, clip):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.mp4").write_bytes(b"no video, whatever it says")
    (folder / "b.heic").write_bytes(HEIC)
    tasks = find_tasks([folder], tmp_path / "out")
    (tmp_path / "out").mkdir()
    choice = Choice([Role(np.ones(512, np.float32))])
    with pytest.raises(UserError, match=r"a\.mp4"):  # of the only one, the fault is the run's
        list(swap_all(make_swapper(), tasks, choice, SwapSettings()))
    (folder / "c.mp4").write_bytes(b"nor this one")
    tasks = find_tasks([folder], tmp_path / "out")
    *_, others = swap_all(make_swapper(), tasks, choice, SwapSettings())
    assert others.lines[0].startswith(f"passed over: {folder / 'b.heic'} (a HEIC picture")
    record = json.loads((tmp_path / "out" / "report.jsonl").read_text().splitlines()[0])
    assert record["file"] == str(folder / "b.heic")


@pytest.mark.parametrize("output", ["o.jpg", "o.mp4", "o"])
@pytest.mark.parametrize("name", ["phone.heic", "named.jpg", "named"])
def test_heic_is_named_whatever_the_file_is_called(tmp_path, name, output):
    (tmp_path / name).write_bytes(HEIC)
    with pytest.raises(UserError, match=rf"{name} is a HEIC picture, .*convert it to JPEG"):
        find_tasks([tmp_path / name], tmp_path / output)


def test_a_folder_of_nothing_that_is_read_says_what_there_is(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.heic").write_bytes(HEIC)
    with pytest.raises(UserError, match=r"no pictures or videos below .*in; .*a\.heic: a HEIC"):
        find_tasks([tmp_path / "in"], tmp_path / "out")


@pytest.mark.parametrize(("suffix", "longest"), [(".webp", 16383), (".jpg", 65500)])
def test_what_is_too_large_for_its_format_is_told_before_the_work(tmp_path, suffix, longest):
    wide = picture(tmp_path / "in" / "wide.png", (longest + 1, 2))
    with pytest.raises(UserError, match=f"holds at most {longest} a side: write it as PNG"):
        find_tasks([wide], tmp_path / f"o{suffix}")
    find_tasks([wide], tmp_path / "o.png")


def test_what_is_only_read_is_not_written(tmp_path, clip):
    with pytest.raises(UserError, match=r"cannot write the video .* as .*o\.mts: use one of \.mp4"):
        find_tasks([clip], tmp_path / "o.mts")


def test_an_animated_png_stays_one_and_a_video_does_not_become_one(tmp_path, clip):
    frames = [Image.new("RGB", (40, 30), (n, 0, 0)) for n in (1, 9)]
    frames[0].save(tmp_path / "a.png", save_all=True, append_images=frames[1:])
    tasks = find_tasks([tmp_path / "a.png"], tmp_path / "out")
    assert [task.output.name for task in tasks.videos] == ["a.png"]
    with pytest.raises(UserError, match="cannot write the video"):
        find_tasks([clip], tmp_path / "o.png")
