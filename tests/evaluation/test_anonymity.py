"""Recognition of people in changed pictures, where it is known who is found."""

import numpy as np
import pytest

from facedancer.evaluation.encoders.interface import FaceEncoder
from facedancer.evaluation.reidentification import measure_change, nearest_people
from facedancer.evaluation.swaps.face_set import FaceSet

# Two pictures of each of three people, who are told by their colour.
COLOURS = np.array(
    [[200, 0, 0], [190, 20, 0], [0, 200, 0], [20, 190, 0], [0, 0, 200], [0, 20, 190]]
)
PICTURES = np.broadcast_to(COLOURS[:, None, None], (6, 8, 8, 3)).astype(np.uint8)
JUDGE = FaceEncoder("colour", {"sha256": ""}, lambda images: images.mean((1, 2), dtype=np.float32))


@pytest.fixture
def faces():
    return FaceSet(
        names=tuple("abcdef"),
        identity=np.array([0, 0, 1, 1, 2, 2]),
        side=8,
        read=lambda numbers: PICTURES[list(numbers)],
        place=None,
        origin={},
    )


@pytest.mark.parametrize(
    ("change", "found", "cosine"),
    [
        (lambda pictures: pictures, 1.0, 1.0),
        # Everybody gets the first one's face: only their own people are still found.
        (lambda pictures: np.broadcast_to(PICTURES[:1], pictures.shape), 1 / 3, None),
        # Nobody's colour: all are alike, and a tie tells nothing.
        (lambda pictures: np.full_like(pictures, 100), 0.0, None),
    ],
)
def test_the_share_of_people_who_are_found(faces, change, found, cosine):
    share, low, high, own = measure_change(faces, change, {"colour": JUDGE})["colour"]
    assert share == pytest.approx(found) and low <= share <= high
    if cosine is not None:
        assert own == pytest.approx(cosine)


def test_how_near_drawn_identities_come_to_anybody():
    embeddings = np.array([[1.0, 0, 0], [2, 0, 0], [0, 1, 0], [0.6, 0.8, 0]])
    drawn = np.array([[0, 0, 1.0], [0, 0, 2], [0, 3, 4]])
    nobodys, others = nearest_people(embeddings, np.array([0, 0, 1, 2]), drawn)
    # The third is the only one that is like anybody; real ones come to 0.6, 0.6, 0.8 and 0.8.
    assert nobodys == pytest.approx(0) and others == pytest.approx(0.7)
