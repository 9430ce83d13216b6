"""What is missing is told before a network is loaded."""

import types

import pytest

from facedancer.export import convert
from facedancer.export.swap_networks import load_networks
from facedancer.export.versions import version_folder
from facedancer.utils.errors import UserError

GIVEN = {
    "facedancer_path": "",
    "arcface_path": "b.h5",
    "retina_path": "",
    "export_dir": "out",
    "data": "",
    "any_encoder": False,
}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"export_dir": "file/out"}, "file is a file"),
        ({"export_dir": "file"}, "file is a file"),
        ({"data": "none"}, "no such folder: none"),
        ({"facedancer_path": "a.keras", "arcface_path": ""}, "--arcface_path is missing"),
        ({"arcface_path": ""}, "nothing to convert"),
    ],
)
def test_paths(tmp_path, monkeypatch, change, words):
    monkeypatch.setattr(convert, "load_networks", lambda *_: ["loaded"])
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    assert convert.networks_of_flags(types.SimpleNamespace(**GIVEN)) == ["loaded"]
    with pytest.raises(UserError, match=words):
        convert.networks_of_flags(types.SimpleNamespace(**GIVEN | change))


def test_a_version_below_a_file(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="file is a file"):
        version_folder(tmp_path / "file" / "model", None)


def test_a_missing_detector_is_told_first(monkeypatch):
    monkeypatch.setattr("facedancer.export.swap_networks.load_encoder", None)
    with pytest.raises(UserError, match="no such detector: none.h5"):
        load_networks("", "untrained_small", "none.h5")
