"""Pictures and folders through the whole core: what is written, and what is said."""

import dataclasses
import json

import numpy as np
import pytest

from facedancer.inference.blending.blender import Blending
from facedancer.inference.faces.choosing import Choice, Role
from facedancer.inference.jobs.run import swap_all
from facedancer.inference.jobs.settings import SwapSettings
from facedancer.inference.jobs.sources import identity_from, read_mapping, roles_of_mapping
from facedancer.inference.jobs.targets import find_tasks
from facedancer.inference.marking import watermark
from facedancer.inference.marking.marker import Marking
from facedancer.inference.swapper import NoFaceError
from facedancer.utils.errors import UserError
from facedancer.utils.images import read_image, write_image

from .conftest import COLLINS, HOPPER, PHOTOS

UNMARKED = SwapSettings(marking=Marking(is_on=False))
EVERYBODY = Choice([Role(np.ones(512, np.float32))])


@pytest.fixture
def blank(tmp_path):
    path = tmp_path / "in" / "blank.png"
    write_image(path, np.full((120, 160, 3), 128, np.uint8))
    return path


def swap(swapper, target, output, settings=UNMARKED, choice=EVERYBODY):
    (outcome,) = swap_all(swapper, find_tasks([target], output), choice, settings)
    return outcome


def test_the_written_picture_is_changed_at_the_face_alone(make_swapper, tmp_path):
    output = tmp_path / "new_folder" / "swapped.png"
    # In the negative's own colours.
    settings = dataclasses.replace(UNMARKED, blending=Blending(colour="off"))
    outcome = swap(make_swapper(), HOPPER, output, settings)
    assert (outcome.output, outcome.summary.swapped) == (output, 1)
    before, after = read_image(HOPPER).astype(int), read_image(output).astype(int)
    record = json.loads(outcome.report.read_text().splitlines()[0])
    left, top, right, bottom = (round(n) for n in record["faces"][0]["box"])
    # His cheeks and nose turn into the negative of a resampled crop; flag and medals stay.
    x, y = (left + right) // 2, (top + bottom) // 2
    middle = np.s_[y : y + 40, x - 40 : x + 40]
    assert np.abs(after[middle] - (255 - before[middle])).mean() < 20
    changed_rows, changed_columns = np.nonzero((after != before).any(axis=2))
    assert top - 20 < changed_rows.min() < changed_rows.max() < bottom + 20
    assert left - 40 < changed_columns.min() < changed_columns.max() < right + 40


def test_marking_is_on_unless_switched_off(make_swapper, tmp_path):
    settings = SwapSettings(marking=Marking(c2pa=False))
    outcome = swap(make_swapper(), HOPPER, tmp_path / "out.png", settings)
    assert outcome.marks[:2] == (
        "invisible watermark: in every picture from 128 px a side",
        "XMP: digital source type compositeWithTrainedAlgorithmicMedia",
    )
    assert SwapSettings().marking.is_on
    before, after = read_image(HOPPER), read_image(outcome.output)
    corner = np.s_[:64, :64]
    assert (before[corner] != after[corner]).any(), "the watermark lies in the whole picture"


def test_a_folder_keeps_its_names_and_says_what_it_skipped(make_swapper, tmp_path, blank):
    folder = blank.parent
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no more")
    (folder / "sub").mkdir()
    (folder / "sub" / "hopper.jpg").write_bytes(HOPPER.read_bytes())
    outcome = swap(make_swapper(), folder, tmp_path / "out")
    *records, last = map(json.loads, (tmp_path / "out" / "report.jsonl").read_text().splitlines())
    assert [record["picture"][len(str(folder)) + 1 :] for record in records] == [
        "blank.png",
        "broken.jpg",
        "sub/hopper.jpg",
    ]
    assert [record.get("swapped") for record in records] == [0, None, 1]
    assert "broken.jpg" in records[1]["skipped"]
    assert (last["summary"]["frames"], last["summary"]["skipped"]) == (3, 1)
    assert outcome.summary.swapped == 1
    written = {path.relative_to(tmp_path / "out") for path in (tmp_path / "out").rglob("*.*")}
    assert {str(path) for path in written} == {"report.jsonl", "sub/hopper.jpg"}


def test_compare_puts_both_side_by_side(make_swapper, tmp_path):
    settings = SwapSettings(marking=Marking(is_on=False), compare=True)
    both = read_image(swap(make_swapper(), HOPPER, tmp_path / "both.png", settings).output)
    before = read_image(HOPPER)
    np.testing.assert_array_equal(both[:, : before.shape[1]], before)
    assert both.shape[1] == 2 * before.shape[1]
    assert (both[:, before.shape[1] :] != before).any()


def test_a_compared_picture_is_marked_as_a_whole(make_swapper, tmp_path):
    settings = SwapSettings(marking=Marking(c2pa=False, tag=7), compare=True)
    both = read_image(swap(make_swapper(), HOPPER, tmp_path / "both.png", settings).output)
    assert watermark.read([both]).tag == 7


def test_no_face_writes_nothing_but_the_report(make_swapper, tmp_path, blank):
    outcome = swap(make_swapper(), blank, tmp_path / "out.png")
    assert outcome.output is None and outcome.summary.swapped == 0
    assert outcome.lines[-1].startswith("nothing was swapped, so nothing was written")
    assert {path.name for path in tmp_path.iterdir()} == {"in", "out.png.report.jsonl"}


def test_a_source_without_a_face_is_named(make_swapper, blank):
    with pytest.raises(NoFaceError, match="source picture .*blank.png: no face found"):
        identity_from(make_swapper(), [COLLINS, blank])
    assert identity_from(make_swapper(), [blank], align=False).shape == (512,)


def test_a_mapping_gives_everybody_their_own(make_swapper, tmp_path):
    swapper = make_swapper()
    entry = {"name": "grace", "reference": str(HOPPER), "source": [str(COLLINS)]}
    (tmp_path / "who.json").write_text(json.dumps([entry]))
    (role,) = roles_of_mapping(swapper, read_mapping(tmp_path / "who.json"))
    np.testing.assert_array_equal(role.identity, identity_from(swapper, [COLLINS]))
    np.testing.assert_array_equal(role.reference, identity_from(swapper, [HOPPER]))
    outcome = swap(swapper, HOPPER, tmp_path / "out.png", choice=Choice([role], threshold=0.99))
    record = json.loads(outcome.report.read_text().splitlines()[0])
    assert record["faces"][0]["person"] == "grace"


@pytest.mark.parametrize("content", ["nothing", "{}", '[{"name": "a"}]', "[]", "[1]"])
def test_what_is_no_mapping_is_refused(make_swapper, tmp_path, content):
    (tmp_path / "who.json").write_text(content)
    with pytest.raises(UserError, match=r"who.json is (not a|an empty) mapping"):
        read_mapping(tmp_path / "who.json")


@pytest.mark.parametrize(
    ("targets", "output", "message"),
    [
        (["missing.png"], "out.png", "no such file or folder: missing.png"),
        ([HOPPER], HOPPER, "is one of the inputs"),
        ([HOPPER, COLLINS, HOPPER], "out", "would both be written to"),
        ([HOPPER], "out.mp4", "cannot write the picture .* as .*out.mp4"),
        ([PHOTOS], PHOTOS, "holds the inputs"),
    ],
)
def test_bad_paths_are_refused_before_models_are_loaded(tmp_path, targets, output, message):
    from pathlib import Path

    with pytest.raises(UserError, match=message):
        find_tasks([Path(target) for target in targets], tmp_path / output)


def test_an_output_that_cannot_be_written_is_one_clear_line(make_swapper, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises((UserError, NotADirectoryError, FileExistsError)):
        swap(make_swapper(), HOPPER, tmp_path / "file" / "out.png")
