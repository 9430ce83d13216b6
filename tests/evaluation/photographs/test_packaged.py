"""Photographs out of packages: only those that are known, and each with its checksum."""

import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from facedancer.evaluation.photographs.packaged import PACKAGES, collect
from facedancer.utils.errors import UserError

SDIST = "face_recognition-1.3.0.tar.gz"


def test_without_packages_there_are_the_two_that_ship(tmp_path):
    written = {path.relative_to(tmp_path).as_posix() for path in collect([], tmp_path)}
    assert written == {"eileen_collins/astronaut.png", "grace_hopper/grace_hopper.jpg"}


def test_known_files_are_taken_to_their_people(tmp_path, monkeypatch):
    content = b"a picture"
    archive = tmp_path / SDIST
    with tarfile.open(archive, "w:gz") as tar:
        member = tarfile.TarInfo("folder/one.jpg")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    monkeypatch.setitem(PACKAGES, SDIST, ("folder", f"\n{'0' * 64} ann/one.jpg\n"))
    with pytest.raises(UserError, match="one.jpg has sha256"):
        collect([archive], tmp_path / "out")
    assert not (tmp_path / "out").exists()
    digest = hashlib.sha256(content).hexdigest()
    monkeypatch.setitem(PACKAGES, SDIST, ("folder", f"\n{digest} ann/one.jpg\n"))
    assert tmp_path / "out/ann/one.jpg" in collect([archive], tmp_path / "out")


def test_other_packages_are_refused(tmp_path):
    with pytest.raises(UserError, match="unknown package"):
        collect([Path("other.whl")], tmp_path)
    with pytest.raises(UserError, match="cannot be read"):
        collect([tmp_path / SDIST], tmp_path)
