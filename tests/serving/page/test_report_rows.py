"""The page's tables of a report: counts, and each face with whom it looks like."""

import pytest

from facedancer.inference.jobs.reports import Summary
from facedancer.serving.page.report_rows import FACE_HEADINGS, count_rows, face_rows


def face(left, swapped=True, track=None, cosines=None):
    record = {"box": [left, 0, left + 9, 9], "swapped": swapped}
    if track is not None:
        record["track"] = track
    if cosines:
        record["cosine_to_source"], record["cosine_to_target"] = cosines
    return record if swapped else {**record, "reason": "not the chosen face"}


def test_faces_of_a_picture_are_told_from_left_to_right():
    faces = [face(50, cosines=(0.514, 0.25)), face(3, swapped=False), face(90)]
    assert face_rows([{"faces": faces}, {"summary": {}}]) == (
        ("Face 1", "no: not the chosen face", "unknown", "unknown"),
        ("Face 2", "yes", "0.51", "0.25"),
        ("Face 3", "yes", "unknown", "unknown"),
    )
    assert len(FACE_HEADINGS) == 4


def test_faces_of_a_film_are_told_by_their_tracks():
    lines = [
        {"faces": [face(0, track=0, cosines=(0.5, 0.25)), face(40, track=1, swapped=False)]},
        {"faces": [face(0, track=0, cosines=(0.25, 0.75))]},
        {"faces": [face(0, track=0, swapped=False)]},
        {"skipped": "no reason"},
    ]
    assert face_rows(lines) == (
        ("Track 0", "2 of 3: not the chosen face", "0.38", "0.50"),
        ("Track 1", "no: not the chosen face", "unknown", "unknown"),
    )


@pytest.mark.parametrize("tracks", [[None] * 60, list(range(60))])
def test_a_crowd_is_cut_short(tracks):
    assert len(face_rows([{"faces": [face(n, track=one) for n, one in enumerate(tracks)]}])) == 50


def test_counts_and_reasons():
    summary = Summary()
    summary.add({"found": 2, "matched": 1, "swapped": 1, "faces": [face(0, swapped=False)]})
    assert dict(count_rows(vars(summary))) == {
        "pictures": "1",
        "pictures with a face": "1",
        "faces found": "2",
        "faces swapped": "1",
        "left alone: not the chosen face": "1",
    }
