"""Missing files are told before any network is loaded."""

import pytest

from facedancer.export import convert
from facedancer.export.savedmodel import version_folder
from facedancer.export.swap_networks import load_networks
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import parse_flags


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--output=file/out"], "file is a file"),
        (["--output=file"], "file is a file"),
        (["--data=none"], "no such folder: none"),
        (["--generator=a.keras"], "--encoder is missing"),
        (["--facedancer_path=a.keras"], "--encoder is missing"),
        (["--detector="], "nothing to convert"),
        (["--retina_path="], "nothing to convert"),
        (["--format=onnx", "--precision=float16"], "ONNX files are float32: leave out --precision"),
        (["--precision=int8"], "--precision=int8 needs --data"),
    ],
)
def test_refusals(tmp_path, monkeypatch, flags, words):
    def load(*_):
        raise AssertionError("networks were loaded")

    monkeypatch.setattr("facedancer.export.swap_networks.load_networks", load)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    settings, _ = parse_flags(convert.Settings, ["--output=out", "--encoder=b.h5"])
    with pytest.raises(AssertionError, match="networks were loaded"):
        convert.main(settings)
    settings, _ = parse_flags(convert.Settings, ["--output=out", *flags])
    with pytest.raises(UserError, match=words):
        convert.main(settings)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_version_below_a_file(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="file is a file"):
        version_folder(tmp_path / "file" / "model", None)


def test_a_missing_detector_is_told_first(monkeypatch):
    monkeypatch.setattr("facedancer.export.swap_networks.load_encoder", None)
    with pytest.raises(UserError, match="no such detector: none.h5"):
        load_networks("", "untrained_small", "none.h5")
