"""Places that cannot be written are told before the work."""

import pytest

from facedancer.utils.errors import UserError
from facedancer.utils.places import check_folder, check_place, check_there


def test_what_can_be_made(tmp_path):
    (tmp_path / "there.png").touch()
    for path in ("new.png", "there.png", "new/folder/new.png"):
        check_place(tmp_path / path)
    for path in (".", "new", "new/folder"):
        check_folder(tmp_path / path)
    assert [path.name for path in tmp_path.iterdir()] == ["there.png"]


@pytest.mark.parametrize("path", ["file/new.png", "file/new/new.png"])
def test_below_a_file(tmp_path, path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"cannot write .*new\.png: .*file is a file"):
        check_place(tmp_path / path)
    with pytest.raises(UserError, match="is a file"):
        check_folder(tmp_path / "file")


def test_without_permission(tmp_path, monkeypatch):
    # The tests' user may be root, who may write everywhere.
    monkeypatch.setattr("os.access", lambda place, mode: place != tmp_path)
    with pytest.raises(UserError, match="no permission to write in"):
        check_place(tmp_path / "new" / "new.png")


def test_a_relative_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check_place("new.png")
    check_there(".", "folder")
    with pytest.raises(UserError, match="no such pair list: new.json"):
        check_there("new.json", "pair list")
    with pytest.raises(UserError, match="no such folder"):
        check_there("n" * 300, "folder")
