import base64
import hashlib
import subprocess
import sys

import numpy as np
import pytest

from facedancer.lab import build_environments
from facedancer.lab.drawing.environments import ASSET
from facedancer.utils.errors import UserError


def test_asset_is_the_one_that_its_source_names():
    source = (ASSET.parent / "SOURCE_environments.txt").read_text()
    assert hashlib.sha256(ASSET.read_bytes()).hexdigest() in source
    assert build_environments.PACKAGE_SHA256 in source
    assert "CC0 1.0" in (ASSET.parent / "LICENCE_environments.txt").read_text()
    assert ASSET.stat().st_size < 1e6
    with np.load(ASSET) as file:
        assert file["maps"].shape == (18, 64, 128, 3)
        assert (file["maps"] >= 0).all()
        assert np.isfinite(file["maps"]).all()
        assert len(set(file["names"])) == 18


def test_pictures_are_taken_out_of_their_modules():
    module = b"export default 'data:application/exr;base64,%s'" % base64.b64encode(b"v/1\x01..")
    assert build_environments.exr_of(module) == b"v/1\x01.."
    for broken in (b"export default 'nothing'", b"'data:;base64,###'"):
        with pytest.raises(UserError, match="no base64"):
            build_environments.exr_of(broken)


def test_blocks_are_averaged_without_negative_light():
    picture = np.zeros((128, 256, 3), np.float32)
    picture[:2, :2] = [[[4.0], [0.0]], [[-8.0], [0.0]]]
    small = build_environments.reduced(picture)
    assert small.shape == (64, 128, 3)
    assert small.dtype == np.float16
    np.testing.assert_array_equal(small[0, 0], 1)
    assert small[1:].max() == 0


def test_other_files_are_refused(tmp_path):
    settings = build_environments.Settings(package=str(tmp_path / "a.tgz"), output=str(tmp_path))
    with pytest.raises(UserError, match="no package at .*: download it with npm pack"):
        build_environments.main(settings)
    (tmp_path / "a.tgz").write_bytes(b"other")
    with pytest.raises(UserError, match="is not pmndrs-assets"):
        build_environments.main(settings)
    assert [path.name for path in tmp_path.iterdir()] == ["a.tgz"]


@pytest.mark.long
def test_script_writes_the_same_bytes(tmp_path):
    """Fetches the package (14 MB) from npm."""
    pytest.importorskip("OpenEXR", reason="OpenEXR, which only the maker needs, is not installed")
    subprocess.run(["npm", "pack", "@pmndrs/assets@1.7.0"], cwd=tmp_path, check=True)
    package, output = tmp_path / build_environments.PACKAGE, tmp_path / "assets"
    script = ASSET.parents[1] / "build_environments.py"
    command = [sys.executable, script, f"--package={package}", f"--output={output}"]
    subprocess.run(command, check=True)
    for name in ("environments.npz", "SOURCE_environments.txt", "LICENCE_environments.txt"):
        assert (output / name).read_bytes() == (ASSET.parent / name).read_bytes()
