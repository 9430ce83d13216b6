"""The table and the contact sheets of a run."""

import json

import cv2
import numpy as np
import pytest

from facedancer.dataset.crops import report
from facedancer.dataset.crops.report import (
    sheet_paths,
    summarise,
    summary_table,
    write_contact_sheets,
)
from facedancer.utils.errors import UserError
from facedancer.utils.images import read_image, write_image


def face(outcome, **known):
    landmarks = [[40, 50], [70, 50], [55, 65], [43, 85], [67, 85]]
    return {"outcome": outcome, "why": "", "score": 0.9, "yaw": 3.0, "landmarks": landmarks} | known


def line(path, outcome, *faces):
    return {
        **{"photograph": path, "outcome": outcome, "why": "", "found_by": "upright"},
        "faces": list(faces),
    }


def write_report(folder, lines):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_counts_and_shares(tmp_path):
    lines = [line(f"{n}.png", "cropped", face("cropped"), face("blurred")) for n in range(3)]
    write_report(tmp_path, [*lines, line("x.png", "no face found")])
    summary = summarise(tmp_path)
    assert summary.outcomes == {"cropped": 3, "no face found": 1}
    assert summary.faces == {"cropped": 3, "blurred": 3}
    assert summary.found_by == {"upright": 3}
    rows = [row.split(maxsplit=2) for row in summary_table(summary).splitlines()]
    assert rows[0] == ["4", "photographs"]
    assert rows[1:3] == [["3", "75.0%", "cropped"], ["1", "25.0%", "no face found"]]
    assert rows[3:6] == [["6", "faces"], ["3", "50.0%", "cropped"], ["3", "50.0%", "blurred"]]
    assert rows[7] == ["3", "100.0%", "upright"]


@pytest.mark.parametrize(
    "damaged", ["[" * 10_000, "half a li", "[]", '{"outcome": "cropped", "faces": [{}]}']
)
def test_a_damaged_line_is_named(tmp_path, damaged):
    write_report(tmp_path, [line("x.png", "no face found")])
    with (tmp_path / "report.jsonl").open("a") as file:
        file.write(f"{damaged}\n")
    with pytest.raises(UserError, match=r"report\.jsonl, line 2 is damaged .* --overwrite"):
        summarise(tmp_path)


def test_the_table_of_nothing_found(tmp_path):
    write_report(tmp_path, [line("x.png", "no face found")])
    assert len(summary_table(summarise(tmp_path)).splitlines()) == 2


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Twenty photographs, of a grey level each, of four outcomes; a sheet shows six at most."""
    monkeypatch.setattr(report, "_MOST_CROPS", 6)
    monkeypatch.setattr(report, "_MOST_REJECTS", 6)
    lines = []
    for number in range(20):
        name = f"{number:02d}.png"
        image = np.full((140, 130, 3), 50 + 10 * number, np.uint8)
        write_image(tmp_path / "photos" / name, image)
        if number < 9:
            write_image(tmp_path / "crops" / name, image[:64, :64])
            lines.append(line(name, "cropped", face("cropped", crop=name)))
        elif number < 18:
            lines.append(line(name, "turned away", face("turned away", why="yaw 50")))
        else:
            lines.append(line(name, "no face found"))
    lines.append(line("broken.png", "not a readable image"))
    lines.append(line("gone.png", "score too low", face("score too low")))
    write_report(tmp_path / "crops", lines)
    return tmp_path


def shown_levels(path):
    """The grey levels that a sheet shows in larger areas: which photographs they are of."""
    counts = np.bincount(cv2.cvtColor(read_image(path), cv2.COLOR_RGB2GRAY).ravel(), minlength=256)
    return {level for level in range(50, 250, 10) if counts[level] > 1000}


def test_a_sheet_for_each_reason(run):
    write_contact_sheets(run / "photos", run / "crops")
    sheets = run / "crops" / "contact_sheets"
    names = {path.name for path in sheets.iterdir()}
    # Of what cannot be read, or is gone, there is nothing to show.
    assert names == {"crops.png", "turned_away.png", "no_face_found.png"}
    assert {f"contact_sheets/{name}" for name in names} <= set(sheet_paths())
    assert len(shown_levels(sheets / "crops.png")) == 6
    assert shown_levels(sheets / "crops.png") < {50 + 10 * number for number in range(9)}
    assert len(shown_levels(sheets / "turned_away.png")) == 6
    assert shown_levels(sheets / "turned_away.png") < {50 + 10 * n for n in range(9, 18)}
    assert shown_levels(sheets / "no_face_found.png") == {230, 240}


def test_the_same_ones_are_shown_whatever_the_order(run):
    write_contact_sheets(run / "photos", run / "crops")
    sheets = sorted((run / "crops" / "contact_sheets").iterdir())
    before = [path.read_bytes() for path in sheets]
    lines = (run / "crops" / "report.jsonl").read_text().splitlines()
    write_report(run / "crops", [json.loads(line) for line in reversed(lines)])
    write_contact_sheets(run / "photos", run / "crops")
    assert [path.read_bytes() for path in sheets] == before


def test_a_face_whose_points_coincide_is_shown_in_its_photograph(run):
    points = [[9, 9]] * 5
    broken = face("landmarks cannot be aligned", landmarks=points, yaw=None)
    write_report(run / "crops", [line("03.png", "landmarks cannot be aligned", broken)])
    write_contact_sheets(run / "photos", run / "crops")
    sheet = run / "crops" / "contact_sheets" / "landmarks_cannot_be_aligned.png"
    assert shown_levels(sheet) == {80}
