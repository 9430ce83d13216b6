"""Photographs and videos as inputs: who is who, what is left out and why, and going on."""

import shutil
from pathlib import Path

import av
import numpy as np
import pytest

from facedancer.evaluation.swaps import picture_faces
from facedancer.evaluation.swaps.pairs import SwapPairs
from facedancer.evaluation.swaps.picture_faces import faces_of_pictures
from facedancer.evaluation.swaps.swappers import is_results, load_results
from facedancer.evaluation.swaps.video_frames import count_frames, even_frames, read_frames
from facedancer.retinaface.detector import Face
from facedancer.utils.alignment import template
from facedancer.utils.errors import UserError
from facedancer.utils.images import write_image

SIDE = 64


def write_video(path, brightness, size=96):
    """One grey frame for each number."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width = stream.height = size
        stream.bit_rate = 4_000_000
        for value in brightness:
            picture = np.full((size, size, 3), value, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


class Detector:
    """Two faces in every picture, the second larger; none in a black one."""

    def __init__(self):
        self.searched = 0

    def detect_batch(self, pictures):
        self.searched += len(pictures)
        return [self._faces(picture) for picture in pictures]

    def _faces(self, picture):
        if picture.max() < 10:
            return []
        return [
            Face(np.array([x, y, x + s, y + s], np.float32), template(s) + np.float32([x, y]), 0.9)
            for x, y, s in ((0, 0, 20), (20, 10, SIDE))
        ]


@pytest.fixture
def detector(monkeypatch):
    detector = Detector()
    monkeypatch.setattr(picture_faces, "load_detector", lambda: detector)
    return detector


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    folder = tmp_path / "pictures"
    for name in ("ann/1.png", "ann/2.png", "bob.png", "carl.png"):
        write_image(folder / name, rng.integers(50, 256, (96, 96, 3), np.uint8))
    write_image(folder / "dark.png", np.zeros((50, 50, 3), np.uint8))
    (folder / "broken.jpg").write_bytes(b"nothing")
    write_video(folder / "film.mp4", np.repeat(30 + np.arange(12) * 18, 2))
    return folder


def test_frames_are_even():
    assert even_frames(100, 10) == [5, 15, 25, 35, 45, 55, 65, 75, 85, 95]
    assert even_frames(7, 10) == list(range(7))
    for count in range(11, 60):
        frames = even_frames(count, 10)
        assert len(set(frames)) == 10 and frames[0] < count / 10 and frames[-1] < count


def test_frames_of_a_video(tmp_path):
    write_video(tmp_path / "film.mp4", np.arange(20) * 12)
    assert count_frames(tmp_path / "film.mp4") == 20
    found = [frame.mean() for frame in read_frames(tmp_path / "film.mp4", [3, 11])]
    np.testing.assert_allclose(found, [36, 132], atol=3)
    (tmp_path / "no.mp4").write_bytes(b"no video")
    with pytest.raises(UserError, match="as a video"):
        count_frames(tmp_path / "no.mp4")


def test_who_is_who_and_what_is_left_out(folder, detector, tmp_path):
    faces = faces_of_pictures(folder, SIDE, tmp_path / "keep")
    names = ["ann/1.png", "ann/2.png", "bob.png", "carl.png"]
    assert list(faces.names[:4]) == names
    assert [name.split("#")[0] for name in faces.names[4:]] == ["film.mp4"] * 10
    a = faces.identity
    assert a[0] == a[1] and len({a[0], a[2], a[3], a[4]}) == 4 and len(set(a[4:])) == 1
    assert faces.skipped == {"no face found": 1, "not readable": 1}
    # The larger face, cut out exactly.
    picture = picture_faces.read_image(folder / "bob.png")
    np.testing.assert_array_equal(faces.read([2])[0], picture[10:74, 20:84])


def test_clips_of_videos(folder, detector, tmp_path):
    faces = faces_of_pictures(folder, SIDE, tmp_path / "keep")
    assert faces.videos == ("",) * 4 + ("film.mp4",) * 10
    # The frames' brightness tells their numbers: 30 + 18 for every second one of 24.
    means = [frame.mean() for frame in faces.clip("film.mp4", 4)]
    np.testing.assert_allclose(means, 30 + np.array([5, 5, 6, 6]) * 18, atol=4)
    assert len(faces.clip("film.mp4", 100)) == 24


def test_goes_on_where_it_was(folder, detector, tmp_path):
    first = faces_of_pictures(folder, SIDE, tmp_path / "keep")
    searched = detector.searched
    # As a kill leaves it: the last line is cut off.
    path = tmp_path / "keep" / "faces.jsonl"
    path.write_text(path.read_text()[:-9])
    again = faces_of_pictures(folder, SIDE, tmp_path / "keep")
    assert again.names == first.names
    assert detector.searched == searched + 10  # the film, which came last
    faces_of_pictures(folder, SIDE, tmp_path / "keep")
    assert detector.searched == searched + 10


def test_results_may_be_whole_pictures(folder, detector, tmp_path):
    faces = faces_of_pictures(folder, SIDE, tmp_path / "keep")
    pairs = SwapPairs(np.array([2, 3]), np.array([0, 0]), seed=0)
    results = tmp_path / "results"
    whole = 255 - picture_faces.read_image(folder / "bob.png")
    write_image(results / "000.png", whole)
    crop = np.full((128, 128, 3), 77, np.uint8)
    write_image(results / "001.png", crop)
    assert is_results(str(results)) and not is_results(str(folder / "ann" / "none"))
    swapper = load_results(str(results), faces, pairs)
    targets = faces.read(pairs.targets)
    changed = swapper.swap(targets, targets, np.arange(2))
    np.testing.assert_array_equal(changed[0], 255 - targets[0])
    assert changed.shape == (2, SIDE, SIDE, 3) and (changed[1] == 77).all()
    write_image(results / "001.png", np.zeros((90, 70, 3), np.uint8))
    with pytest.raises(UserError, match="must have its target's size, or be a square crop"):
        swapper.swap(targets, targets, np.arange(2))


def test_nothing_to_find(folder, detector, tmp_path):
    with pytest.raises(UserError, match="no such folder"):
        faces_of_pictures(tmp_path / "nowhere", SIDE, tmp_path / "keep")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="no photographs or videos"):
        faces_of_pictures(tmp_path / "empty", SIDE, tmp_path / "keep")
    shutil.copy(folder / "dark.png", tmp_path / "empty")
    with pytest.raises(UserError, match="no face in any of 1 pictures"):
        faces_of_pictures(tmp_path / "empty", SIDE, tmp_path / "keep")


def test_the_sample_photographs(tmp_path):
    photographs = Path(__file__).parents[3] / "assets" / "photos"
    faces = faces_of_pictures(photographs, 112, tmp_path / "keep")
    assert faces.count == 2 and len(set(faces.identity)) == 2 and not faces.skipped


def test_a_picture_that_changed_is_searched_again(folder, detector, tmp_path, caplog):
    before = faces_of_pictures(folder, SIDE, tmp_path / "kept")
    searched = detector.searched
    assert faces_of_pictures(folder, SIDE, tmp_path / "kept").names == before.names
    assert detector.searched == searched and not caplog.text
    write_image(folder / "bob.png", np.full((96, 96, 3), 70, np.uint8))
    after = faces_of_pictures(folder, SIDE, tmp_path / "kept")
    assert detector.searched == searched + 1
    assert "1 files have changed" in caplog.text
    row = before.names.index("bob.png")
    assert after.contents[row] != before.contents[row]
    assert (after.read([row]) == 70).any()


def test_crops_of_another_size_are_made_again(folder, detector, tmp_path):
    faces_of_pictures(folder, SIDE, tmp_path / "kept")
    larger = faces_of_pictures(folder, 2 * SIDE, tmp_path / "kept")
    assert larger.read([0]).shape == (1, 2 * SIDE, 2 * SIDE, 3)


def test_people_are_named(folder, detector, tmp_path):
    faces = faces_of_pictures(folder, SIDE, tmp_path / "kept")
    people = dict(zip(faces.names, faces.people, strict=True))
    assert people["ann/1.png"] == people["ann/2.png"] == "ann"
    assert people["bob.png"] == "bob.png" and people["film.mp4#1"] == "film.mp4"
