"""Stills of every kind through the swap: what the result keeps, and what is said."""

import dataclasses
import json
import os

import numpy as np
import pytest
from PIL import Image

from facedancer.inference.faces.choosing import Choice, Role
from facedancer.inference.jobs.run import swap_all
from facedancer.inference.jobs.settings import SwapSettings
from facedancer.inference.jobs.sources import identity_from
from facedancer.inference.jobs.targets import find_tasks
from facedancer.inference.marking.marker import Marking
from facedancer.inference.verify import find_marks
from facedancer.retinaface.detector import Detector

from .conftest import HOPPER

UNMARKED = SwapSettings(marking=Marking(is_on=False))
EVERYBODY = Choice([Role(np.ones(512, np.float32))])


@pytest.fixture(scope="module")
def hopper():
    """Grace Hopper, 204 x 240."""
    with Image.open(HOPPER) as image:
        return image.convert("RGB").resize((204, 240), Image.Resampling.LANCZOS)


@pytest.fixture
def swap(make_swapper, tmp_path):
    """``swap(target, name)``: the outcomes of a swap to a name in a folder of its own."""

    def one(target, output, settings=UNMARKED):
        tasks = find_tasks([target], tmp_path / "out" / output)
        return list(swap_all(make_swapper(), tasks, EVERYBODY, settings))

    return one


def records_of(outcome):
    text = outcome.report.read_bytes().decode("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def changed(before, after):
    return np.abs(np.asarray(before).astype(int) - np.asarray(after)).max(axis=2) > 0


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_a_cut_out_stays_one(hopper, swap, tmp_path, mode):
    cut = hopper.copy()
    alpha = Image.new("L", hopper.size, 0)
    alpha.paste(255, (30, 10, 180, 200))
    alpha.paste(90, (30, 150, 180, 200))
    cut.putalpha(alpha)
    path = tmp_path / "cut.png"
    if mode == "P":
        alpha = alpha.point(lambda value: 255 * (value > 0))
        paletted = hopper.quantize(255)
        paletted.paste(255, mask=alpha.point(lambda value: 255 - value))
        paletted.save(path, transparency=255)
    else:
        cut.convert(mode).save(path)
    (outcome,) = swap(path, "o.png")
    assert outcome.summary.swapped == 1 and outcome.notes == ()
    before, after = Image.open(path).convert("RGBA"), Image.open(outcome.output)
    assert after.mode == "RGBA"
    before, after = np.asarray(before), np.asarray(after)
    np.testing.assert_array_equal(after[..., 3], before[..., 3])
    difference = changed(before[..., :3], after[..., :3])
    assert difference.any() and not difference[before[..., 3] == 0].any()


def test_a_cut_out_as_jpeg_is_told(hopper, swap, tmp_path):
    cut = hopper.copy()
    cut.putalpha(200)
    cut.save(tmp_path / "cut.webp", lossless=True)
    (outcome,) = swap(tmp_path / "cut.webp", "o.jpg")
    assert outcome.notes == ("its transparency was laid over white: jpg holds none",)
    record, last = records_of(outcome)
    assert record["notes"] == last["summary"]["notes"] == list(outcome.notes)


def test_all_pages_of_a_tiff(hopper, swap, tmp_path):
    path = tmp_path / "pages.tif"
    blank = Image.new("RGB", (60, 60), (9, 99, 199))
    mirrored = hopper.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    hopper.save(path, save_all=True, append_images=[blank, mirrored])
    (outcome,) = swap(path, "o.tif", SwapSettings(marking=Marking(c2pa=True)))
    record = records_of(outcome)[0]
    assert (record["pages"], record["found"], record["swapped"]) == (3, 2, 2)
    assert [face["page"] for face in record["faces"]] == [1, 3]
    with Image.open(outcome.output) as after:
        assert after.n_frames == 3
        for page, before in enumerate((hopper, blank, mirrored)):
            after.seek(page)
            assert changed(before, after).any() == (page != 1)
    assert find_marks(outcome.output, 1).is_marked
    (outcome,) = swap(path, "o.png")
    assert outcome.notes == ("left out: 2 pages, which png does not hold",)


def test_a_page_that_is_damaged_is_told(hopper, swap, tmp_path):
    path = tmp_path / "pages.tif"
    hopper.save(path, save_all=True, append_images=[hopper, hopper], compression="tiff_lzw")
    data = bytearray(path.read_bytes())
    with Image.open(path) as image:
        image.seek(2)
        at = image.tag_v2[273][0]
    data[at : at + 3000] = bytes(3000)
    path.write_bytes(data)
    (outcome,) = swap(path, "o.tif")
    assert outcome.notes == ("left out: 1 page that cannot be read",)
    with Image.open(outcome.output) as after:
        assert after.n_frames == 2


def test_a_motion_photo_and_further_pictures_are_told(hopper, swap, tmp_path):
    path = tmp_path / "phone.jpg"
    hopper.save(path, "MPO", save_all=True, append_images=[hopper.resize((50, 50))])
    path.write_bytes(path.read_bytes() + b"MotionPhoto_Data" + b"\0\0\0\x18ftypmp42")
    (outcome,) = swap(path, "o.jpg")
    assert [note.split(" (")[0] for note in outcome.notes] == [
        "left out: 1 further picture within the file",
        "left out: the clip of the motion photo",
    ]


def test_avif(hopper, swap, tmp_path):
    path = tmp_path / "photo.avif"
    hopper.save(path, quality=90)
    (outcome,) = swap(path, "o.avif", SwapSettings())
    assert outcome.summary.swapped == 1
    assert any(mark.startswith("C2PA: signed") for mark in outcome.marks)
    found = find_marks(outcome.output, 1)
    assert found.source_types == ("compositeWithTrainedAlgorithmicMedia",)
    assert found.manifest is not None and len(found.readings) == 1


def test_an_animated_avif_gives_its_first_frame_and_says_so(hopper, swap, tmp_path):
    path = tmp_path / "moving.avif"
    hopper.save(path, save_all=True, append_images=[hopper, hopper], duration=100)
    (outcome,) = swap(path, "o.avif")
    assert outcome.notes[0].startswith("left out: 2 further frames of the animation")


@pytest.mark.parametrize(
    "name",
    [
        b"caf\xe9.jpg",
        b"two\nlines.jpg",
        b"-v.jpg",
        "שלום 👩\u200d🚀.jpg".encode(),
        b" a .jpg",
        b"x" * 245 + b".jpg",
        "顔".encode() * 80 + b".jpg",
    ],
    ids=["latin-1", "line end", "dash", "rtl and emoji", "spaces", "x245", "244 bytes"],
)
def test_any_name_is_written_and_reported(hopper, swap, tmp_path, name):
    folder = tmp_path / "in" / os.fsdecode(b"caf\xe9")
    folder.mkdir(parents=True)
    hopper.save(tmp_path / "hopper.jpg")
    (tmp_path / "hopper.jpg").rename(folder / os.fsdecode(name))
    (outcome,) = swap(folder / os.fsdecode(name), ".", SwapSettings())
    assert outcome.output.name == os.fsdecode(name) and outcome.output.is_file()
    text = "\n".join(outcome.lines)
    text.encode("utf-8")
    assert outcome.lines[-1].startswith("written: ") and "\n" not in outcome.lines[-1]
    record = records_of(outcome)[0]
    record["picture"].encode("utf-8")
    assert {
        path.name.encode("utf-8", "surrogateescape") for path in outcome.output.parent.iterdir()
    } == {
        name,
        outcome.report.name.encode("utf-8", "surrogateescape"),
    }


def test_a_folder_of_hard_names_is_done_to_the_end(hopper, swap, tmp_path):
    folder = tmp_path / os.fsdecode(b"\xe9")
    folder.mkdir()
    names = ["1.jpg", f"{'x' * 245}.jpg", os.fsdecode(b"\xe9.jpg"), "z.jpg"]
    for name in names:
        hopper.save(tmp_path / "one.jpg")
        (tmp_path / "one.jpg").rename(folder / name)
    (folder / os.fsdecode(b"\xe8.jpg")).write_bytes(b"no picture")
    (outcome,) = swap(folder, ".")
    assert outcome.summary.swapped == len(names) and outcome.summary.skipped == 1
    assert all((tmp_path / "out" / name).is_file() for name in names)
    assert "\\xe8.jpg" in json.dumps(records_of(outcome), ensure_ascii=False)


def test_a_source_may_have_any_name(hopper, make_swapper, tmp_path):
    hopper.save(tmp_path / "one.jpg")
    path = (tmp_path / "one.jpg").rename(tmp_path / os.fsdecode(b"-caf\xe9\n.jpe"))
    assert identity_from(make_swapper(), [path]).shape == (512,)
    assert identity_from(make_swapper(), [tmp_path]).shape == (512,)


def test_a_result_that_does_not_fit_is_skipped_and_the_others_are_made(
    hopper, make_swapper, tmp_path
):
    (tmp_path / "in").mkdir()
    hopper.save(tmp_path / "in" / "a.jpg")
    # Side by side, as wide again: only then is it too wide for a WebP.
    wide = Image.new("RGB", (9000, 240))
    wide.paste(hopper, (0, 0))
    wide.paste(hopper, (4000, 0))
    wide.save(tmp_path / "in" / "wide.webp", quality=80)
    settings = dataclasses.replace(UNMARKED, compare=True)
    tasks = find_tasks([tmp_path / "in"], tmp_path / "out")
    swapper = make_swapper()
    swapper.detector = Detector(swapper.detector.model, 0.3, max_side=9000)
    (outcome,) = swap_all(swapper, tasks, EVERYBODY, settings)
    first, second, _ = records_of(outcome)
    assert first["swapped"] == 1
    assert "18000x240 pixels, but WEBP holds at most 16383 a side" in second["skipped"]
