"""Missing files are told before any network is loaded."""

import dataclasses

import pytest

from facedancer.evaluation.settings import TaskSettings
from facedancer.evaluation.swaps.task import prepare
from facedancer.utils.errors import UserError


@pytest.mark.parametrize(
    ("change", "output", "words"),
    [
        ({"targets": "none"}, "out", "no such folder: none"),
        ({"sources": "none"}, "out", "no such folder: none"),
        ({"pair_list": "none.json"}, "out", "no such pair list: none.json"),
        ({}, "file/out", "file is a file"),
    ],
)
def test_paths(tmp_path, monkeypatch, change, output, words):
    def load(*_):
        raise AssertionError("a network was loaded")

    monkeypatch.setattr("facedancer.evaluation.swaps.task.load_swapper", load)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    config = TaskSettings(
        targets=str(tmp_path), swapper="a.keras", encoder="b.h5", output=str(tmp_path / "out")
    )
    with pytest.raises(AssertionError, match="a network was loaded"):
        prepare(config)
    with pytest.raises(UserError, match=words):
        prepare(dataclasses.replace(config, output=str(tmp_path / output), **change))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
