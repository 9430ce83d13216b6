"""Tests which of several looks' readings of one picture is taken for which face."""

import numpy as np
import pytest

from facedancer.lab.pictures.render import render
from facedancer.retinaface.detector import Detector
from facedancer.retinaface.face import Face
from facedancer.retinaface.scales import coarser_sizes, with_large, with_small
from facedancer.retinaface.search import FaceSearch


def face(x, y, side, score):
    box = np.array([x - side / 2, y - side / 2, x + side / 2, y + side / 2], np.float32)
    return Face(box, np.tile(np.float32([x, y]), (5, 1)), score)


@pytest.mark.parametrize(
    ("size", "picture", "expected"),
    [
        ((640, 480), (640, 480), [((160, 120), 340)]),
        ((640, 480), (1280, 960), [((160, 120), 680)]),
        ((1600, 640), (1600, 640), [((400, 160), 340), ((100, 40), 1360)]),
        ((339, 200), (339, 200), []),
        ((400, 2), (400, 2), [((100, 1), 340)]),
    ],
)
def test_coarser_sizes(size, picture, expected):
    assert list(coarser_sizes(size, picture)) == expected


LARGE = face(300, 300, 500, 0.95)


@pytest.mark.parametrize(
    ("fine", "coarse", "expected"),
    [
        ([], [LARGE], [LARGE]),
        # The same face, read worse though with a higher score.
        ([face(310, 250, 400, 0.99)], [LARGE], [LARGE]),
        # Parts of it, that score less; and somebody beside it.
        ([face(300, 180, 150, 0.8), one := face(600, 60, 80, 0.7)], [LARGE], [LARGE, one]),
        # A small face in what is hardly one; and one as sure as the large one.
        ([two := face(300, 180, 60, 0.99)], [LARGE], [two]),
        ([three := face(300, 180, 60, 0.96)], [LARGE], [three, LARGE]),
        # What the coarse look has to say about faces that are not large is not asked.
        ([four := face(300, 300, 250, 0.7)], [face(300, 300, 260, 0.9)], [four]),
    ],
)
def test_large_faces_are_taken_from_the_coarse_look(fine, coarse, expected):
    assert with_large(fine, coarse, 300) == expected


def test_small_faces_are_taken_from_the_tiles():
    large, small = face(300, 300, 200, 0.9), face(800, 300, 40, 0.7)
    tiles = [
        again := face(801, 301, 42, 0.99),
        new := face(1000, 300, 30, 0.95),
        face(1004, 302, 28, 0.9),  # the same, cut by a tile's border
        face(300, 330, 80, 0.8),  # a part of the large one
    ]
    assert with_small([large, small], tiles, 1.0) == [again, new, large]


def test_small_faces_beside_large_ones_are_found_once(detector, scenes, reference):
    collins = scenes["collins at 640"]
    picture = np.full((1300, 2100, 3), 127, np.uint8)
    small = reference.fit(collins, 160)
    # Across borders of the tiles too.
    corners = [(0, 1500), (500, 830), (560, 1400), (1140, 1940)]
    reference.place([collins, *[small] * 4], [(400, 0), *corners], picture)
    plain = FaceSearch(detector).find([picture])[0].faces
    found = FaceSearch(detector, small=True).find([picture])[0]
    assert (len(plain), len(found.faces), found.found_by) == (1, 5, "upright")
    expected = Detector(detector.model, max_side=None).detect(small)[0].landmarks
    for row, column in corners:
        shifted = expected + (column, row)
        eyes = np.linalg.norm(expected[1] - expected[0])
        away = min(np.linalg.norm(f.landmarks - shifted, axis=1).mean() for f in found.faces)
        assert away < 0.2 * eyes


def test_a_face_that_fills_the_picture_is_read_right(detector):
    image, labels = render(7, 9106, 0, 256)
    landmarks = np.array(labels["landmarks"]).reshape(5, 2)
    eyes = np.linalg.norm(landmarks[1] - landmarks[0])
    side = round(3 * eyes)
    left, top = (landmarks.mean(0) - side / 2).round().astype(int)
    part = image[max(top, 0) : top + side, max(left, 0) : left + side]
    large = part.repeat(9, axis=0).repeat(9, axis=1)
    expected = 9 * (landmarks - (max(left, 0), max(top, 0))) + 4
    for found in (detector.detect(large), FaceSearch(detector).find([large])[0].faces):
        away = np.linalg.norm(found[0].landmarks - expected, axis=1).mean()
        assert len(found) == 1
        assert away < 0.2 * 9 * eyes
