import numpy as np
import pytest

from facedancer.retinaface.detector import Detector, Face
from facedancer.retinaface.search import TURNS, FaceSearch
from facedancer.utils.alignment import template

BLANK = np.full((300, 200, 3), 127, np.uint8)
NOISE = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8)


def assert_same_faces(faces, others, tolerance=1e-3):
    assert len(faces) == len(others)
    for face, other in zip(faces, others, strict=True):
        np.testing.assert_allclose(face.landmarks, other.landmarks, rtol=0, atol=tolerance)
        np.testing.assert_allclose(face.box, other.box, rtol=0, atol=tolerance)
        assert face.score == pytest.approx(other.score, abs=min(tolerance, 0.1))


@pytest.fixture(scope="module")
def pictures(scenes, reference):
    collins = scenes["collins at 640"]
    return {
        "fits the grid": collins,
        "padded below": scenes["hopper at 640"],
        "padded on both sides": scenes["small face, odd size"],
        "reduced": collins.repeat(2, axis=0).repeat(2, axis=1),
        "four faces": scenes["four faces"],
        "nothing": NOISE,
    }


def test_upright_pictures_of_any_sizes_give_what_the_detector_gives(detector, pictures):
    found = FaceSearch(detector, batch_size=3).find(list(pictures.values()))
    assert [result.found_by for result in found] == ["upright"] * 5 + ["nothing"]
    for picture, result in zip(pictures.values(), found, strict=True):
        # The network sees a little more of the space around a picture that was padded.
        assert_same_faces(result.faces, detector.detect(picture), tolerance=0.1)


def test_a_picture_gives_the_same_in_any_company(detector, pictures):
    images = list(pictures.values())
    first = FaceSearch(detector, batch_size=8).find(images)
    alone = [FaceSearch(detector, batch_size=1).find([image])[0] for image in images]
    backwards = FaceSearch(detector, batch_size=2).find(images[::-1])[::-1]
    for result, *others in zip(first, alone, backwards, strict=True):
        for other in others:
            assert result.found_by == other.found_by
            assert_same_faces(result.faces, other.faces)
    assert FaceSearch(detector).find([]) == []


@pytest.mark.parametrize("scene", ["collins at 640", "hopper at 640", "four faces"])
def test_turned_photographs_are_found_where_the_upright_ones_are(detector, scenes, scene):
    upright = scenes[scene]
    expected = FaceSearch(detector).find([upright])[0]
    turned = [np.ascontiguousarray(np.rot90(upright, quarters)) for quarters in (1, 2, 3)]
    found = FaceSearch(detector).find(turned)
    assert [result.found_by for result in found] == list(TURNS.values())
    # np.rot90 turns counter-clockwise: x' = y, y' = W - 1 - x.
    bottom, right = upright.shape[0] - 1, upright.shape[1] - 1
    to_turned = (
        np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, right]]),
        np.array([[-1.0, 0.0, right], [0.0, -1.0, bottom]]),
        np.array([[0.0, -1.0, bottom], [1.0, 0.0, 0.0]]),
    )
    for result, matrix in zip(found, to_turned, strict=True):
        assert_same_faces(result.faces, [face.moved(matrix) for face in expected.faces])


def test_turned_pictures_are_left_alone_where_not_asked_for(detector, scenes):
    turned = np.rot90(scenes["collins at 640"])
    (found,) = FaceSearch(detector, turned=False).find([turned])
    # This is what the turns are for: a confident answer, and no face's eyes.
    assert found.found_by == "upright"
    assert found.faces[0].score > 0.9
    (right,) = FaceSearch(detector).find([turned])
    eyes = np.linalg.norm(right.faces[0].landmarks[1] - right.faces[0].landmarks[0])
    miss = np.linalg.norm(found.faces[0].landmarks - right.faces[0].landmarks, axis=1)
    assert miss.mean() > 0.2 * eyes


def test_tiny_faces_are_found_at_a_larger_scale(detector, scenes, reference):
    small = reference.fit(scenes["collins at 640"], 160)
    large = np.full((1300, 2100, 3), 127, np.uint8)
    # One of them across borders of tiles at the picture's own size.
    corners = [(0, 0), (1000, 1000), (500, 830), (1140, 1940)]
    reference.place([small] * 4, corners, large)
    plain = FaceSearch(detector, enlarged=False).find([large])[0]
    assert (plain.faces, plain.found_by) == ((), "nothing")
    found = FaceSearch(detector, batch_size=3).find([large, BLANK])
    assert [result.found_by for result in found] == ["enlarged", "nothing"]
    # The same scale without tiles, through the detector's own way back to the picture's pixels. The
    # network's cells lie elsewhere on a face then; a wrong tile would be 32 px off and more.
    expected = Detector(detector.model, max_side=None).detect(large)
    assert len(expected) == len(corners)
    by_place = [sorted(faces, key=lambda face: face.box[0]) for faces in (found[0].faces, expected)]
    assert_same_faces(*by_place, tolerance=3.0)


class ScriptedDetector(Detector):
    """Finds what it is told to, call by call, and remembers the batches it was given."""

    def __init__(self, *answers, max_side=64):
        super().__init__(lambda images, training: None, max_side=max_side)
        self.answers = iter(answers)
        self.batches = []

    def detect_in(self, batch, areas):
        self.batches.append(batch.shape)
        return next(self.answers, [[]] * len(batch))


def face_that_leans(tilt, score, misfit=0.0):
    angle = np.deg2rad(tilt)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = (template(64) - 32) * 0.5
    points[2, 0] += misfit * 64
    landmarks = (points @ turn.T + 32).astype(np.float32)
    return Face(np.array([16, 16, 48, 48], np.float32), landmarks, score)


SQUARE = np.full((64, 64, 3), 127, np.uint8)


@pytest.mark.parametrize(
    ("first", "turned", "found_by"),
    [
        # In the turned pictures faces lean as seen there.
        ([face_that_leans(20, 0.7)], None, "upright"),
        ([face_that_leans(160, 0.9), face_that_leans(0, 0.7)], None, "upright"),
        ([face_that_leans(90, 0.99)], [[], [], [face_that_leans(0, 0.9)]], "turned 270"),
        ([face_that_leans(40, 0.9)], [[], [], [face_that_leans(-50, 0.8)]], "upright"),
        ([face_that_leans(40, 0.8)], [[], [], [face_that_leans(-49, 0.9)]], "turned 270"),
        ([face_that_leans(0, 0.7, misfit=0.9)], [[], [face_that_leans(0, 0.8)], []], "turned 180"),
        ([face_that_leans(0, 0.7, misfit=0.9)], [[], [], []], "upright"),
        ([face_that_leans(90, 0.7)], [[face_that_leans(180, 0.8)], [], []], "turned 90"),
        ([], [[face_that_leans(0, 0.7)], [face_that_leans(5, 0.8)], []], "turned 180"),
        ([], [[face_that_leans(0, 0.7)], [face_that_leans(95, 0.99)], []], "turned 90"),
        ([], [[], [], []], "nothing"),
    ],
)
def test_which_reading_is_taken(first, turned, found_by):
    detector = ScriptedDetector([first], turned)
    (found,) = FaceSearch(detector).find([SQUARE])
    assert found.found_by == found_by
    assert len(detector.batches) == (1 if turned is None else 2)


def test_memory_is_bounded():
    rng = np.random.default_rng(0)
    detector = ScriptedDetector(max_side=96)
    images = [np.zeros((*rng.integers(1, 400, 2), 3), np.uint8) for _ in range(40)]
    found = FaceSearch(detector, batch_size=4).find(images)
    assert {result.found_by for result in found} == {"nothing"}
    sides = {side for batch in detector.batches for side in batch[1:3]}
    assert sides == {32, 64, 96}
    assert max(batch[0] for batch in detector.batches) == 4


@pytest.mark.parametrize("image", [NOISE[..., 0], NOISE.astype(np.float32), NOISE[:0]])
def test_wrong_pictures_are_refused(detector, image):
    with pytest.raises(ValueError, match="want a"):
        FaceSearch(detector).find([NOISE, image])


def test_wrong_batch_size_is_refused(detector):
    with pytest.raises(ValueError, match="batch_size"):
        FaceSearch(detector, batch_size=0)
