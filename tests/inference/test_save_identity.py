"""The command that saves an identity: what it writes, and what it refuses early."""

from pathlib import Path

import numpy as np
import pytest

from facedancer.inference import save_identity
from facedancer.inference.faces.identity_file import read_identity
from facedancer.utils.errors import UserError
from facedancer.utils.images import write_image


def test_the_mean_of_crops_is_written(tmp_path, capsys):
    rng = np.random.default_rng(0)
    for number in range(2):
        write_image(tmp_path / f"{number}.png", rng.integers(0, 256, (112, 112, 3), np.uint8))
    output = tmp_path / "out" / "anna.identity"
    output.parent.mkdir()
    settings = save_identity.Settings(
        encoder="untrained_small", output=str(output), align_source=False
    )
    save_identity.main(settings, [str(tmp_path)])
    saved = read_identity(output)
    assert (saved.pictures, saved.encoder.name) == (2, "untrained_small")
    assert "of 2 pictures, by untrained_small" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("paths", "output", "words"),
    [
        ([], "anna.identity", "name the person's photographs"),
        (["none.jpg"], "anna.identity", "no such image file: none.jpg"),
        (["none.jpg"], "anna.json", r"must end with \.identity"),
        (["none.jpg"], "nowhere.txt/anna.identity", "nowhere.txt"),
    ],
)
def test_what_is_refused_before_networks_are_loaded(tmp_path, paths, output, words):
    Path(tmp_path / "nowhere.txt").touch()
    settings = save_identity.Settings(encoder="none.h5", output=str(tmp_path / output))
    with pytest.raises(UserError, match=words):
        save_identity.main(settings, paths)
