import json
from dataclasses import replace

import pytest

from facedancer.dataset.crops.photograph_list import list_photographs
from facedancer.lab.people.sessions import PICTURES
from facedancer.lab.pictures.render import render
from facedancer.lab.pictures.rendering_job import (
    Settings,
    as_jpeg,
    render_faces,
    render_person,
)
from facedancer.utils.errors import UserError
from facedancer.utils.images import read_image

SETTINGS = Settings(identities=2, first_identity=7, images=2, side=32, seed=1)


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.*")}


def test_a_stopped_run_goes_on_and_workers_change_nothing(tmp_path, monkeypatch, capsys):
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    render_faces(whole, SETTINGS, workers=2)
    assert len(list(whole.rglob("*.jpg"))) == 4

    def stops(target, settings, number):
        if number == 8:
            (target / f"{number:07d}").mkdir()
            (target / f"{number:07d}" / "0000.jpg").write_bytes(b"half")
            raise KeyboardInterrupt
        return render_person(target, settings, number)

    monkeypatch.setattr("facedancer.lab.pictures.rendering_job.render_person", stops)
    with pytest.raises(KeyboardInterrupt):
        render_faces(stopped, SETTINGS, workers=1)
    assert not (stopped / "labels.jsonl").exists()
    monkeypatch.undo()
    render_faces(stopped, SETTINGS, workers=1)
    assert contents(stopped) == contents(whole)

    capsys.readouterr()
    render_faces(stopped, SETTINGS, workers=1)
    assert "finished: 4 pictures" in capsys.readouterr().out


def test_labels_are_read_by_the_crop_tool(tmp_path):
    settings = Settings(identities=1, first_identity=4, images=2, side=32, seed=1)
    render_faces(tmp_path / "faces", settings, workers=1)
    photographs = list_photographs(tmp_path / "faces", ".jpg")
    assert [photograph.path for photograph in photographs] == [
        "0000004/0000.jpg",
        "0000004/0001.jpg",
    ]
    assert all(photograph.labels["identity"] == [4.0] for photograph in photographs)
    assert all(len(photograph.labels["landmarks"]) == 10 for photograph in photographs)


def test_clean_pictures_have_the_same_labels(tmp_path):
    settings = Settings(identities=1, first_identity=4, images=1, side=64, seed=1)
    for name, is_clean in (("as_taken", False), ("clean", True)):
        render_faces(tmp_path / name, replace(settings, clean=is_clean), workers=1)
    labels = [(tmp_path / name / "labels.jsonl").read_text() for name in ("as_taken", "clean")]
    assert labels[0] == labels[1]
    pictures = [read_image(tmp_path / name / "0000004/0000.jpg") for name in ("as_taken", "clean")]
    assert (pictures[0] != pictures[1]).any()
    assert "clean" not in (tmp_path / "as_taken" / "render.json").read_text()


def test_another_folder_s_pictures_are_not_mixed_in(tmp_path):
    (tmp_path / "render.json").write_text(json.dumps({"side": 64}))
    with pytest.raises(UserError, match="holds pictures made with other flags"):
        render_faces(tmp_path, SETTINGS, workers=1)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "holiday.jpg").write_bytes(b"")
    with pytest.raises(UserError, match="not empty"):
        render_faces(tmp_path / "full", SETTINGS, workers=1)


def test_pictures_may_be_one_of_each_session(tmp_path):
    render_faces(tmp_path / "faces", replace(SETTINGS, one_a_session=True), workers=1)
    second, _ = render(SETTINGS.seed, 8, PICTURES, SETTINGS.side)
    assert (tmp_path / "faces/0000008/0001.jpg").read_bytes() == as_jpeg(second)
