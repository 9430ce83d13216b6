"""Tests which near-duplicates go; a hundred thousand; and the whole step on files."""

import json
import time
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from facedancer.dataset.cleaning.duplicates import find_duplicates, rank, remove_duplicates
from facedancer.dataset.crops.listing import Crop, read_crop_list, write_crop_list
from facedancer.utils.alignment import template
from facedancer.utils.errors import UserError
from facedancer.utils.images import read_image, write_image

SIDE = 64


def hashed(*flips):
    """Hashes that differ from the first one in the given bits."""
    bits = np.random.default_rng(0).integers(0, 2, (1, 256)).astype(bool)
    bits = np.repeat(bits, len(flips), 0)
    for row, flipped in zip(bits, flips, strict=True):
        row[list(flipped)] ^= True
    return np.packbits(bits, axis=1).view(np.uint64)


def test_the_best_stays_and_each_that_goes_is_told_with_whom():
    hashes = hashed([], range(100, 110), range(100, 112), range(90, 190))
    quality = np.array([1, 3, 2, 0])
    assert find_duplicates(hashes, quality, 32) == {0: (1, 10), 2: (1, 2)}
    assert find_duplicates(hashes, quality, 5) == {2: (1, 2)}


def test_a_film_does_not_shrink_to_one_picture():
    # Each is 20 bits from the next, 40 from the one after.
    film = hashed(*(range(70, 70 + 20 * n) for n in range(9)))
    found = find_duplicates(film, np.arange(9)[::-1], 32)
    assert sorted(found) == [1, 3, 5, 7]
    # The best one stands in the middle: its neighbours go, and the rest is thinned out on its own.
    assert sorted(find_duplicates(film, np.array([0, 1, 2, 3, 9, 4, 5, 6, 7]), 32)) == [1, 3, 5, 7]


def test_equals_share_a_fate():
    hashes = hashed([], [], range(100, 105), [])
    # The best of the equals stays, and so does nothing near it.
    assert find_duplicates(hashes, np.array([1, 9, 2, 5]), 8) == {0: (1, 0), 2: (1, 5), 3: (1, 0)}
    # The best of the equals goes for a better one, and the other equals with it.
    assert find_duplicates(hashes, np.array([1, 3, 9, 2]), 8) == {0: (2, 5), 1: (2, 5), 3: (2, 5)}
    assert find_duplicates(hashed([]), np.array([0]), 8) == {}


def test_a_hundred_thousand_in_seconds():
    rng = np.random.default_rng(0)
    often = np.clip(0.5 + rng.normal(0, 0.15, 256), 0.05, 0.95).astype(np.float32)
    bits = rng.random((100_000, 256), np.float32) < often
    bits[50_000:51_000] = bits[:1_000]
    bits[50_000:51_000, 200] ^= True
    hashes = np.packbits(bits, axis=1).view(np.uint64)
    start = time.perf_counter()
    found = find_duplicates(hashes, np.arange(100_000), 8)
    # About 1 s where nothing else runs; all pairs one after the other would be 5,000,000,000.
    assert time.perf_counter() - start < 60
    assert found == {row: (50_000 + row, 1) for row in range(1_000)}


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        # score, size of the face, sharpness
        ((0.95, 50, 1), (0.7, 500, 9)),
        ((0.95, 200, 1), (0.99, 50, 9)),
        ((0.95, 300, 9), (0.95, 900, 1)),
    ],
)
def test_what_makes_a_crop_the_better_one(better, worse):
    class Table(SimpleNamespace):
        def __len__(self):
            return 2

    for pair, expected in (([better, worse], [1, 0]), ([worse, better], [0, 1])):
        score, size, sharpness = np.array(pair, np.float32).T
        box = np.stack([0 * size, 0 * size, size, size / 2], 1)
        crops = Table(side=256, box=box, score=score, sharpness=sharpness)
        assert rank(crops).tolist() == expected


def picture(seed):
    """A smooth picture of its own for each number."""
    small = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8)
    return cv2.resize(small, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)


@pytest.fixture
def crops(tmp_path):
    """A folder of five crops: b/copy.png is a.png's darker copy, a/again.jpg its JPEG."""
    folder = tmp_path / "crops"
    pictures = {
        "a/one.png": (picture(0), 0.9, 8.0),
        "a/again.jpg": (picture(0), 0.9, 7.0),
        "a/two.png": (picture(1), 0.9, 9.0),
        "b/copy.png": (cv2.convertScaleAbs(picture(0), alpha=0.9), 0.5, 9.0),
        "b/three.png": (picture(2), 0.9, 9.0),
    }
    listed = []
    for path, (image, score, sharpness) in pictures.items():
        write_image(folder / path, image)
        points = tuple(map(tuple, template(SIDE).tolist()))
        listed.append(
            Crop(
                path=path,
                source_path=path,
                identity=path[0],
                landmarks=points,
                box=(0.0, 0.0, 60.0, 60.0),
                score=score,
                matrix=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
                side=SIDE,
                shrink_factor=1.0,
                yaw=0.0,
                sharpness=sharpness,
                found_by="upright",
            )
        )
    write_crop_list(folder, listed)
    return folder


def files(folder):
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_duplicates_are_moved_reported_and_no_longer_listed(crops):
    before = (crops / "crops.jsonl").read_text().splitlines()
    contents = {path: (crops / path).read_bytes() for path in files(crops)}
    summary = remove_duplicates(crops)
    gone = {"a/again.jpg", "b/copy.png"}
    assert {removal.path for removal in summary.removals} == gone
    assert (summary.crops, summary.mixed) == (5, 1)
    removed = crops.with_name("crops_removed")
    assert files(removed) == gone | {"removed.jsonl", "duplicates.png"}
    assert files(crops) == {"a/one.png", "a/two.png", "b/three.png", "crops.jsonl"}
    assert all((removed / path).read_bytes() == contents[path] for path in gone)
    assert set(read_crop_list(crops)) == files(crops) - {"crops.jsonl"}
    report = [json.loads(line) for line in (removed / "removed.jsonl").read_text().splitlines()]
    for line in report:
        assert (line["reason"], line["other"]) == ("near-duplicate", "a/one.png")
        assert 0 <= line["value"] <= 32
    # A crop can be put back as it was.
    assert {json.dumps(line["crop"]) for line in report} < set(before)
    # Pairs: each that goes beside the one that stays.
    assert read_image(removed / "duplicates.png").shape[1] > 4 * 128

    again = remove_duplicates(crops)
    assert (again.crops, again.removals) == (3, [])
    assert len((removed / "removed.jsonl").read_text().splitlines()) == 2


@pytest.mark.parametrize("damaged", ["[" * 10_000, "half a li", "[]", "{}"])
def test_a_damaged_report_is_named_and_nothing_is_moved(crops, damaged):
    removed, before = crops.with_name("crops_removed"), files(crops)
    removed.mkdir()
    (removed / "removed.jsonl").write_text(f"{damaged}\n")
    with pytest.raises(UserError, match=r"removed\.jsonl, line 1 is damaged .* --removed_dir"):
        remove_duplicates(crops)
    assert files(crops) == before


def test_a_dry_run_only_shows(crops):
    before = files(crops)
    summary = remove_duplicates(crops, dry_run=True)
    assert len(summary.removals) == 2
    assert files(crops) == before
    assert files(crops.with_name("crops_removed")) == {"duplicates.png"}


def test_a_removal_that_was_killed_is_taken_up(crops, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("facedancer.dataset.cleaning.removal.write_crop_list", killed)
        with pytest.raises(KeyboardInterrupt):
            remove_duplicates(crops)
    assert len(read_crop_list(crops)) == 5
    remove_duplicates(crops)
    removed = crops.with_name("crops_removed")
    assert files(removed) == {"a/again.jpg", "b/copy.png", "removed.jsonl", "duplicates.png"}
    assert len((removed / "removed.jsonl").read_text().splitlines()) == 2
    assert len(read_crop_list(crops)) == 3


def test_refusals(crops, tmp_path):
    with pytest.raises(UserError, match="lies in --data.*choose a folder outside"):
        remove_duplicates(crops, crops / "removed")
    (crops / "crops.jsonl").unlink()
    with pytest.raises(UserError, match="no crops.jsonl in .*: make the crops with"):
        remove_duplicates(crops)
