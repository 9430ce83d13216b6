"""What is missing is told before a network is loaded."""

import dataclasses

import pytest

from facedancer.evaluation.swaps.task import TaskConfig, prepare
from facedancer.utils.errors import UserError


@pytest.mark.parametrize(
    ("change", "out_dir", "words"),
    [
        ({"targets": "none"}, "out", "no such folder: none"),
        ({"sources": "none"}, "out", "no such folder: none"),
        ({"pair_list": "none.json"}, "out", "no such pair list: none.json"),
        ({}, "file/out", "file is a file"),
    ],
)
def test_paths(tmp_path, monkeypatch, change, out_dir, words):
    def load(*_):
        raise AssertionError("a network was loaded")

    monkeypatch.setattr("facedancer.evaluation.swaps.task.load_swapper", load)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    config = TaskConfig(targets=str(tmp_path), swapper="a.keras", arcface_path="b.h5")
    with pytest.raises(AssertionError, match="a network was loaded"):
        prepare(config, tmp_path / "out")
    with pytest.raises(UserError, match=words):
        prepare(dataclasses.replace(config, **change), tmp_path / out_dir)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
