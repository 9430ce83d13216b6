"""A whole run: what it leaves, what it refuses, and that no interruption shows in the result."""

import json
import os
import pickle
import random
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from facedancer.dataset.crops import plan
from facedancer.dataset.crops.job import start_job
from facedancer.dataset.crops.listing import read_crop_list
from facedancer.dataset.crops.local_engine import run_locally
from facedancer.dataset.crops.plan import run_settings
from facedancer.dataset.crops.settings import CropSettings
from facedancer.retinaface.detector import Face
from facedancer.utils.alignment import template
from facedancer.utils.errors import UserError
from facedancer.utils.images import read_image, write_image

SETTINGS = CropSettings(side=32, min_size=80, suffix=".png", faces="all")


class KnownFaces:
    """A stand-in search: a picture's first pixel says how many faces it has."""

    def find(self, images):
        return [self._find(int(image[0, 0, 0])) for image in images]

    def _find(self, count):
        faces = []
        for side in (40, 64)[:count]:
            points = template(side) + (5, 5)
            faces.append(Face(np.concatenate([points.min(0), points.max(0)]), points, 0.9))
        return SimpleNamespace(faces=tuple(faces), found_by="upright" if count else "nothing")


@pytest.fixture(autouse=True)
def known_faces(monkeypatch):
    monkeypatch.setattr(
        "facedancer.dataset.crops.local_engine.load_search", lambda job: KnownFaces()
    )


def photograph(path, faces, size=(96, 100)):
    """Noise of its own for each path, in which the search sees ``faces`` faces."""
    rng = np.random.default_rng(list(os.fsencode(path.name)))
    image = rng.integers(0, 256, (*size, 3), np.uint8)
    image[0, 0] = faces
    write_image(path, image)


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Everything that may lie in a folder of photographs."""
    folder = tmp_path_factory.mktemp("data") / "photos"
    for number in range(12):
        photograph(folder / f"person_{number % 3}" / f"{number:02d}.png", number % 3)
    photograph(folder / "loose.png", 1)
    photograph(folder / "tiny.png", 1, size=(60, 200))
    photograph(folder / "folder.jpg" / "inside.png", 1)
    photograph(folder / "new\nline.png", 1)
    photograph(folder / os.fsdecode(b"no text \xff.png"), 1)
    photograph(folder / "short.png", 2)
    (folder / "short.png").rename(folder / f"{'long' * 60}.png")
    (folder / "broken.jpg").write_bytes(b"nothing")
    (folder / "empty.png").touch()
    (folder / "self.jpg").symlink_to("self.jpg")
    (folder / "gone.jpg").symlink_to("nowhere.jpg")
    (folder / "person_0" / "above").symlink_to(folder)
    os.mkfifo(folder / "pipe.jpg")
    return folder


def content(folder):
    """Every file below the folder, with its bytes."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def finish(job):
    run_locally(job)
    job.merge()


@pytest.fixture(scope="module")
def undisturbed(photos, tmp_path_factory):
    target = tmp_path_factory.mktemp("undisturbed") / "crops"
    job = start_job(photos, target, SETTINGS, chunk_size=4)
    for number in job.pending():
        job.do_chunk(number, KnownFaces())
    job.merge()
    return target


def test_every_input_is_reported_and_every_crop_listed(undisturbed, photos):
    report = [json.loads(line) for line in (undisturbed / "report.jsonl").read_text().splitlines()]
    outcomes = {line["photograph"]: line["outcome"] for line in report}
    assert len(outcomes) == len(report) == 23
    assert list(outcomes) == sorted(outcomes, key=lambda path: path.split("/"))
    unreadable = {"broken.jpg", "empty.png", "self.jpg", "gone.jpg", "pipe.jpg"}
    assert {p for p, said in outcomes.items() if said == "not a readable image"} == unreadable
    assert outcomes["tiny.png"] == "photograph too small"
    assert outcomes["person_0/00.png"] == "no face found"
    assert outcomes["folder.jpg/inside.png"] == outcomes["new\nline.png"] == "cropped"
    assert not any(str(photos) in line["why"] for line in report)

    crops = read_crop_list(undisturbed)
    entries = [entry for line in report for entry in line["faces"]]
    assert [entry["crop"] for entry in entries] == list(crops)
    assert {"person_2/02.png", "person_2/02_face2.png", "loose.png"} <= set(crops)
    sheets = {f"contact_sheets/{name}.png" for name in ("crops", "no_face_found")}
    sheets |= {"contact_sheets/photograph_too_small.png"}
    own = {"crops.jsonl", "report.jsonl", "crop_align.json"}
    assert set(content(undisturbed)) == set(crops) | sheets | own
    assert all(read_image(undisturbed / path).shape == (32, 32, 3) for path in crops)
    assert run_settings(undisturbed)["side"] == 32


def test_any_order_and_doing_it_twice_give_the_same_bytes(undisturbed, photos, tmp_path):
    job = start_job(photos, tmp_path / "crops", SETTINGS, chunk_size=4)
    numbers = job.pending() * 2
    random.Random(1).shuffle(numbers)
    for number in numbers:
        assert pickle.loads(pickle.dumps(job)).do_chunk(number, KnownFaces()) == job.size(number)
    job.merge()
    assert content(tmp_path / "crops") == content(undisturbed)


class Killed(BaseException):
    """As if the process was gone: nobody catches it."""


def cut_off(monkeypatch, steps):
    """From here on only so many files come into place; the next one is as if the power went."""
    left = iter(range(steps))
    rename = Path.replace

    def counted(self, target):
        if next(left, None) is None:
            raise Killed
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", counted)
    return left


@pytest.fixture(scope="module")
def steps(photos, tmp_path_factory):
    """Counts the files that a whole run puts into place."""
    with pytest.MonkeyPatch.context() as patched:
        left = cut_off(patched, 1000)
        job = start_job(photos, tmp_path_factory.mktemp("steps") / "crops", SETTINGS, chunk_size=4)
        for number in job.pending():
            job.do_chunk(number, KnownFaces())
        job.merge()
    return 1000 - len(list(left))


@pytest.mark.parametrize("share", np.linspace(0, 1, 16).round(2))
def test_a_kill_at_any_step_loses_nothing(undisturbed, photos, tmp_path, monkeypatch, steps, share):
    target = tmp_path / "crops"
    with monkeypatch.context() as patched, pytest.raises(Killed):
        cut_off(patched, round(share * (steps - 1)))
        finish(start_job(photos, target, SETTINGS, chunk_size=4))
    with pytest.raises(UserError, match=r"did not finish; run dataset/crop_align\.py again"):
        read_crop_list(target)
    # A run that goes on keeps its chunks; one that had not begun takes the new size.
    finish(start_job(photos, target, SETTINGS, chunk_size=7 if share else 4))
    assert content(target) == content(undisturbed)


def test_a_finished_run_is_left_alone(undisturbed, photos):
    before = content(undisturbed)
    job = start_job(photos, undisturbed, SETTINGS)
    assert job.is_finished
    assert job.pending() == []
    finish(job)
    assert content(undisturbed) == before


@pytest.mark.parametrize("is_finished", [False, True])
def test_another_run_is_refused_by_name(tmp_path, is_finished):
    photograph(tmp_path / "photos" / "a.png", 1)
    target = tmp_path / "crops"
    job = start_job(tmp_path / "photos", target, SETTINGS)
    if is_finished:
        finish(job)
    state = "finished" if is_finished else "unfinished"
    with pytest.raises(UserError, match=f"{state} run with side=32, not 64; .*--overwrite"):
        start_job(tmp_path / "photos", target, CropSettings(side=64))
    photograph(tmp_path / "photos" / "b.png", 1)
    with pytest.raises(UserError, match=r"over other photographs or labels \(1 then, 2 now\)"):
        start_job(tmp_path / "photos", target, SETTINGS)


@pytest.mark.parametrize("done", [0, 1, 2])
def test_overwrite_leaves_nothing_of_the_older_run(tmp_path, done):
    photos, target = tmp_path / "photos", tmp_path / "crops"
    for name in ("a/one.png", "a/two.png"):
        photograph(photos / name, 2)
    job = start_job(photos, target, SETTINGS, chunk_size=1)
    for number in job.pending()[:done]:
        job.do_chunk(number, KnownFaces())
    if done == 2:
        job.merge()
    (target / "a").mkdir(exist_ok=True)
    (target / "a" / "notes.txt").write_text("keep me")
    (photos / "a" / "two.png").unlink()
    finish(start_job(photos, target, CropSettings(side=16, min_size=80), overwrite=True))
    assert {path for path in content(target) if path.startswith("a/")} == {
        *("a/one.jpg", "a/notes.txt"),
    }
    assert read_crop_list(target)["a/one.jpg"].side == 16


def test_overwrite_can_be_cut_off(tmp_path, monkeypatch):
    photograph(tmp_path / "photos" / "a.png", 1)
    photograph(tmp_path / "photos" / "b.png", 1)
    target = tmp_path / "crops"
    finish(start_job(tmp_path / "photos", target, SETTINGS))

    def killed(target_dir):
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(plan, "discard_plan", killed)
        start_job(tmp_path / "photos", target, CropSettings(side=16, min_size=80), overwrite=True)
    with pytest.raises(UserError, match="did not finish"):
        read_crop_list(target)
    finish(start_job(tmp_path / "photos", target, SETTINGS, overwrite=True))
    assert set(read_crop_list(target)) == {"a.png", "b.png"}


def test_foreign_images_are_never_touched(tmp_path):
    photograph(tmp_path / "photos" / "a.png", 1)
    photograph(tmp_path / "mine" / "deep" / "a.png", 1)
    for overwrite in (False, True):
        with pytest.raises(UserError, match="did not make, such as deep/a.png: choose another"):
            start_job(tmp_path / "photos", tmp_path / "mine", SETTINGS, overwrite=overwrite)
    assert set(content(tmp_path / "mine")) == {"deep/a.png"}


def test_crops_never_go_among_the_photographs(tmp_path):
    photograph(tmp_path / "a.png", 1)
    for target in (tmp_path, tmp_path / "crops"):
        with pytest.raises(UserError, match=r"is inside --data.*choose a folder outside"):
            start_job(tmp_path, target, SETTINGS)


def test_a_full_disk_is_one_line_and_the_rest_is_kept(undisturbed, photos, tmp_path, monkeypatch):
    target = tmp_path / "crops"
    job = start_job(photos, target, SETTINGS, chunk_size=4)
    job.do_chunk(0, KnownFaces())
    write = Path.write_bytes

    def full(self, data):
        if self.name.endswith(".unfinished"):
            raise OSError(28, "No space left on device", str(self))
        return write(self, data)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        with pytest.raises(UserError, match=r"\(No space left on device\); finished work is kept"):
            run_locally(job)
    assert 0 not in job.pending()
    finish(start_job(photos, target, SETTINGS))
    assert content(target) == content(undisturbed)


def test_a_damaged_part_is_named(photos, tmp_path):
    job = start_job(photos, tmp_path / "crops", SETTINGS)
    for number in job.pending():
        job.do_chunk(number, KnownFaces())
    part = tmp_path / "crops" / ".unfinished" / "part_000000.jsonl"
    part.write_text("[" * 10_000 + "\n")
    with pytest.raises(UserError, match=r"part_000000\.jsonl, line 1 is damaged"):
        job.merge()
    part.unlink()
    job.do_chunk(0, KnownFaces())
    job.merge()


def test_a_damaged_plan_is_named(photos, tmp_path):
    job = start_job(photos, tmp_path / "crops", SETTINGS)
    (tmp_path / "crops" / ".unfinished" / "photographs.jsonl").write_text("[" * 10_000 + "\n")
    with pytest.raises(UserError, match=r"photographs\.jsonl is damaged .* --overwrite"):
        job.do_chunk(0, KnownFaces())


def test_a_place_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    photograph(tmp_path / "photos" / "a.png", 1)
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"cannot write below .*crops \(Not a directory\)"):
        start_job(tmp_path / "photos", tmp_path / "file" / "crops", SETTINGS)


def test_ctrl_c_says_how_to_go_on(photos, tmp_path, monkeypatch, capsys):
    class Interrupted(KnownFaces):
        def find(self, images):
            if any(image[0, 0, 0] == 2 for image in images):
                raise KeyboardInterrupt
            return super().find(images)

    monkeypatch.setattr(
        "facedancer.dataset.crops.local_engine.load_search", lambda job: Interrupted()
    )
    with pytest.raises(KeyboardInterrupt):
        run_locally(start_job(photos, tmp_path / "crops", SETTINGS, chunk_size=4))
    assert "stopped: 4 of 23 photographs are done and kept; the same" in capsys.readouterr().err


def test_merging_too_early_is_refused(photos, tmp_path):
    job = start_job(photos, tmp_path / "crops", SETTINGS, chunk_size=4)
    job.do_chunk(2, KnownFaces())
    with pytest.raises(ValueError, match="5 chunks are still to be done, such as 0"):
        job.merge()
