"""The face's shape: results that reach the bars, and results that miss each."""

import numpy as np
import pytest

from facedancer.lab.reports import figures
from facedancer.lab.reports.face_shape import HEADING, PICTURE, face_shape_part
from facedancer.lab.reports.seed_groups import grouped

from .conftest import result

C = result("c", shape_silhouette=0.06, shape_inner=0.2, pose=3.0, id_top1=90.0)


def row_of(name, **values):
    text = "\n\n".join(face_shape_part(grouped([C, result("c_twins", **values)]), {}))
    assert text.startswith(HEADING)
    (line,) = (
        line for line in text.splitlines() if line.startswith(f"| {name} | ") and ": " in line
    )
    return line.strip("| ").split(" | ")


def test_what_reaches_the_bars():
    row = row_of("C (twins)", shape_silhouette=0.7, shape_inner=0.9, pose=2.8, id_top1=91.0)
    assert [cell.split(":")[0] for cell in row[1:]] == ["met", "met", "held", "held"]


@pytest.mark.parametrize(
    ("number", "worse", "said"),
    [
        (1, {"shape_silhouette": 0.3}, "**missed**"),
        (1, {"shape_silhouette": 0.52}, "undecided"),
        (2, {"shape_inner": 0.5}, "**missed**"),
        (3, {"pose": 4.0}, "**not held**"),
        (4, {"id_top1": 80.0}, "**not held**"),
    ],
)
def test_what_misses_one(number, worse, said):
    good = {"shape_silhouette": 0.7, "shape_inner": 0.9, "pose": 2.8, "id_top1": 91.0}
    row = row_of("C (twins)", **(good | worse))
    assert row[number].startswith(f"{said}: ")


def test_the_part_shows_the_picture_and_the_rows_that_swap_nothing():
    rows = [result("target", shape_inner=0.0), result("truth", shape_inner=1.0), C]
    assert face_shape_part(grouped(rows), {PICTURE: "results/answers.png"}) == []
    rows.append(result("c_shape", shape_inner=0.4))
    text = "\n\n".join(face_shape_part(grouped(rows), {PICTURE: "results/answers.png"}))
    assert "(results/answers.png)" in text
    for name in ("output = target", "output = truth", "C", "C (shape loss)"):
        assert f"| {name} | " in text


def test_the_picture_has_each_difference_below_its_picture():
    faces = {
        name: np.full((2, 8, 8, 3), value, np.uint8)
        for name, value in (("target", 10), ("source", 20), ("truth", 40), ("c/swaps", 35))
    }
    sheet = figures.compare_answers(faces)
    height = sheet.shape[0] // 4
    centres = [
        [int(sheet[60 + row * height, 70 + column * 134, 0]) for column in range(4)]
        for row in range(2)
    ]
    assert centres == [[20, 10, 35, 40], [60, 90, 15, 0]]
