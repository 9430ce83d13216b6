"""Tests what is known about crops, with a list and without one."""

from dataclasses import replace

import numpy as np
import pytest

from facedancer.dataset.crops.listing import Crop, write_crop_list
from facedancer.dataset.crops.table import read_crop_table
from facedancer.utils.alignment import template
from facedancer.utils.errors import UserError
from facedancer.utils.images import write_image

IMAGE = np.zeros((16, 16, 3), np.uint8)


def crop(path, **changes):
    number = int(path[-5])
    known = Crop(
        path=path,
        source_path=f"photographs/{number}.webp",
        identity=path.rpartition("/")[0],
        landmarks=tuple((float(number), float(n)) for n in range(5)),
        box=(1.0, 2.0, 30.0, 40.0 + number),
        score=0.5,
        matrix=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
        side=16,
        shrink_factor=0.8,
        yaw=-10.0 * number,
        sharpness=number + 0.5,
        found_by="upright",
    )
    return replace(known, **changes)


def make(folder, *crops, others=()):
    """A folder with these crops and their list, and with further pictures."""
    for path in (*(crop.path for crop in crops), *others):
        write_image(folder / path, IMAGE)
    write_crop_list(folder, crops)
    return folder


def test_a_list_is_stored_in_order_of_paths(tmp_path):
    labels = [{"yaw": [7.0], "expression": [1.0, 2.0]}, {}, {"yaw": [9.0]}]
    paths = ["bob/2.png", "ada/1.png", "0.png"]
    crops = [crop(path, labels=known) for path, known in zip(paths, labels, strict=True)]
    table = read_crop_table(make(tmp_path, *crops))
    assert list(table.paths) == paths[::-1]
    assert (table.identities, table.identity.tolist()) == (("ada", "bob"), [-1, 0, 1])
    assert (table.side, table.shrink_factor) == (16, 0.8)
    assert table.label_names == ("expression/0", "expression/1", "yaw")
    assert table.yaw.tolist() == [0, -10, -20]
    record = table.record(2, b"the file", 16)
    assert (record.image, record.identity, record.side) == (b"the file", "bob", 16)
    assert (record.source_path, record.score) == ("photographs/2.webp", 0.5)
    np.testing.assert_array_equal(record.landmarks, crops[0].landmarks)
    np.testing.assert_array_equal(record.box, crops[0].box)
    assert (record.yaw, record.sharpness) == (-20, 2.5)
    np.testing.assert_array_equal(record.labels, [1, 2, 7])
    np.testing.assert_array_equal(table.record(1, b"", 16).labels, [np.nan] * 3)
    np.testing.assert_array_equal(table.record(0, b"", 16).labels, [np.nan, np.nan, 9])


def test_several_crops_of_one_photograph(tmp_path):
    crops = [crop(f"a/x_face{n}.png", source_path="a/x.jpg") for n in (1, 2)]
    assert list(read_crop_table(make(tmp_path, *crops)).source_paths) == ["a/x.jpg"] * 2


def test_a_plain_folder_has_the_templates_landmarks(tmp_path):
    for path in ("ada/deep/1.png", "ada/2.jpg", "3.png"):
        write_image(tmp_path / path, IMAGE)
    table = read_crop_table(tmp_path, shrink_factor=0.75)
    assert list(table.paths) == ["3.png", "ada/2.jpg", "ada/deep/1.png"]
    assert [table.identity_name(row) for row in range(3)] == ["", "ada", "ada"]
    assert (table.side, table.label_names) == (None, ())
    record = table.record(2, b"", 16)
    np.testing.assert_array_equal(record.landmarks, template(16, 0.75))
    assert record.source_path == "ada/deep/1.png"
    for value in (record.score, record.yaw, record.sharpness, *record.box):
        assert np.isnan(value)


def test_a_crop_that_a_person_removed_is_counted(tmp_path, caplog):
    make(tmp_path, crop("a/1.png"), crop("a/2.png"))
    (tmp_path / "a/1.png").unlink()
    assert list(read_crop_table(tmp_path).paths) == ["a/2.png"]
    assert caplog.messages == [f"1 of the crops listed in {tmp_path} are not there"]


def test_contact_sheets_are_no_crops(tmp_path):
    make(tmp_path, crop("a/1.png"), others=["contact_sheets/crops.png"])
    assert list(read_crop_table(tmp_path).paths) == ["a/1.png"]


@pytest.mark.parametrize(
    ("crops", "others", "message"),
    [
        ([crop("a/1.png")], ["a/2.png"], r"a/2\.png is not in crops\.jsonl"),
        ([crop("a/1.png"), crop("a/1.png")], [], r"names a/1\.png twice"),
        ([crop("a/1.png"), crop("a/2.png", side=32)], [], r"2\.png has side 32, but a/1\.png"),
        (
            [crop("a/1.png"), crop("a/2.png", shrink_factor=1.0)],
            [],
            r"2\.png has shrink_factor 1\.0, but a/1\.png",
        ),
        (
            [crop("a/1.png", labels={"x": [1.0]}), crop("a/2.png", labels={"x": [1.0, 2.0]})],
            [],
            r"label 'x' has 2 numbers for a/2\.png and 1 for a/1\.png",
        ),
    ],
)
def test_crops_that_do_not_belong_together(tmp_path, crops, others, message):
    make(tmp_path, *crops, others=others)
    with pytest.raises(UserError, match=message):
        read_crop_table(tmp_path)


def test_none_of_the_listed_crops_is_there(tmp_path):
    make(tmp_path, crop("a/1.png"), others=["contact_sheets/crops.png"])
    (tmp_path / "a/1.png").unlink()
    with pytest.raises(UserError, match=r"none of the crops in .*crops\.jsonl exists"):
        read_crop_table(tmp_path)


def test_a_damaged_list_and_an_unfinished_run(tmp_path):
    make(tmp_path, crop("a/1.png"))
    (tmp_path / "crops.jsonl").write_text('{"path": "a.png"\n')
    with pytest.raises(UserError, match=r"crops\.jsonl, line 1 is damaged"):
        read_crop_table(tmp_path)
    (tmp_path / ".unfinished").mkdir()
    with pytest.raises(UserError, match=r"did not finish; run dataset/crop_align\.py again"):
        read_crop_table(tmp_path)
