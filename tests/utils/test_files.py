"""Files appear whole or not at all, whatever they are called, and say what they hold."""

import errno
import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from facedancer.utils import files
from facedancer.utils.errors import UserError
from facedancer.utils.files import (
    digest_of,
    move_whole,
    set_aside,
    whole_text,
    write_arrays,
    write_bytes,
    write_figure,
    write_json,
    write_text,
    written_whole,
)
from facedancer.utils.images import write_image


@pytest.mark.parametrize("name", ["a.txt", "x" * 255, "顔" * 85])
def test_a_file_appears_when_it_is_whole(tmp_path, name):
    path = tmp_path / "new" / name
    with written_whole(path) as unfinished:
        unfinished.write_text("half")
        assert unfinished.name.startswith(".") and unfinished.name.endswith(".unfinished")
        assert not path.exists()
    assert path.read_text() == "half" and list(path.parent.iterdir()) == [path]


def test_libraries_that_look_at_the_suffix_find_it(tmp_path):
    with written_whole(tmp_path / ("x" * 240 + ".weights.h5"), ".weights.h5") as unfinished:
        assert unfinished.name.endswith(".unfinished.weights.h5")
        unfinished.touch()


def test_many_may_write_the_same_file(tmp_path):
    path, folder = tmp_path / "a.txt", tmp_path / "work"
    folder.mkdir()
    with written_whole(path, within=folder) as one, written_whole(path, within=folder) as other:
        assert one != other and one.parent == other.parent == folder
        one.write_text("one")
        other.write_text("other")
    assert path.read_text() == "one" and not any(folder.iterdir())


@pytest.mark.parametrize(
    ("write", "wanted"),
    [
        (lambda path: write_bytes(path, b"\0\1"), b"\0\1"),
        (lambda path: write_text(path, "é\n"), "é\n".encode()),
        (lambda path: write_json(path, {"a": [1, None]}), b'{\n "a": [\n  1,\n  null\n ]\n}\n'),
    ],
    ids=["bytes", "text", "json"],
)
def test_what_is_written_is_there_and_on_the_disk(tmp_path, monkeypatch, write, wanted):
    flushed = []
    monkeypatch.setattr(files, "flush", lambda path: flushed.append(path.name))
    write(tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == wanted
    # The file before it gets its name, then the folder that lists it.
    assert flushed == [".file.unfinished", tmp_path.name]


def test_pictures_by_the_thousand_do_not_wait_for_the_disk(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "fsync")
    write_bytes(tmp_path / "a", b"a", is_durable=False)
    assert (tmp_path / "a").read_bytes() == b"a"


def test_a_text_written_piece_by_piece_appears_in_the_end(tmp_path):
    path = tmp_path / "a.jsonl"
    with whole_text(path) as file:
        file.write("é\n")
        assert not path.exists()
    assert path.read_bytes() == "é\n".encode()


def test_arrays_and_figures_are_read_again(tmp_path):
    values = np.zeros(1000)
    write_arrays(tmp_path / "a.npz", {"one": values})
    write_arrays(tmp_path / "b.npz", {"one": values}, is_compressed=True)
    write_figure(tmp_path / "c.png", Figure())
    for name in ("a.npz", "b.npz"):
        assert np.array_equal(np.load(tmp_path / name)["one"], values)
    assert (tmp_path / "b.npz").stat().st_size < (tmp_path / "a.npz").stat().st_size / 4
    assert (tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")


def test_json_holds_no_nan(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", [float("nan")])
    assert not any(tmp_path.iterdir())


def test_the_digest_is_that_of_the_bytes(tmp_path):
    (tmp_path / "a").write_bytes(b"bytes")
    assert digest_of(tmp_path / "a") == hashlib.sha256(b"bytes").hexdigest()
    assert digest_of(tmp_path / "a", "md5") == hashlib.md5(b"bytes").hexdigest()


def test_a_failure_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("before")
    with pytest.raises(ValueError, match="mine"), written_whole(path) as unfinished:
        unfinished.write_text("half")
        raise ValueError("mine")
    assert path.read_text() == "before" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "make room there"),
        (errno.EDQUOT, "make room there"),
        (errno.EFBIG, "no file may be as large there"),
        (errno.EROFS, "choose another place"),
    ],
)
def test_what_the_place_refuses_is_one_line_with_advice(tmp_path, number, advice):
    path = tmp_path / "a.txt"
    with pytest.raises(UserError, match=advice), written_whole(path) as unfinished:
        unfinished.write_text("half")
        raise OSError(number, "refused")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fails_when_it_is_waited_for_is_one_line(tmp_path, monkeypatch):
    def fail(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(UserError, match="make room there"):
        write_text(tmp_path / "a.txt", "text")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP])
def test_a_mount_that_cannot_wait_is_written_to(tmp_path, monkeypatch, number):
    def fail(descriptor):
        raise OSError(number, "not supported")

    monkeypatch.setattr(os, "fsync", fail)
    write_text(tmp_path / "a.txt", "text")
    assert (tmp_path / "a.txt").read_text() == "text"


def test_a_name_too_long_and_a_file_for_a_folder_are_one_line(tmp_path):
    image = np.zeros((2, 2, 3), np.uint8)
    with pytest.raises(UserError, match="choose a shorter name"):
        write_image(tmp_path / f"{'x' * 252}.png", image)
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="choose another place"):
        write_image(tmp_path / "file" / "a.png", image)


def test_the_content_is_json_for_others(tmp_path):
    write_json(tmp_path / "a.json", {"name": "\udce9"})
    assert json.loads(Path(tmp_path / "a.json").read_text()) == {"name": "\udce9"}


@pytest.fixture
def other_disk(monkeypatch):
    """Files cannot be renamed from a folder called `here`, as if it were on another disk."""
    rename = Path.rename

    def refuse(path, target):
        if path.parent.name == "here":
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)


def test_a_file_moves_whole_to_another_disk(tmp_path, other_disk, monkeypatch):
    source, place = tmp_path / "here" / "a.png", tmp_path / "there" / "deep" / "a.png"
    write_bytes(source, b"all of it")

    def stop(copied, unfinished):
        unfinished.write_bytes(b"all")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(files.shutil, "copy2", stop)
        with pytest.raises(KeyboardInterrupt):
            move_whole(source, place)
    assert source.read_bytes() == b"all of it" and list(place.parent.iterdir()) == []
    move_whole(source, place)
    assert place.read_bytes() == b"all of it" and not source.exists()
    move_whole(place, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes() == b"all of it"


def test_a_move_that_cannot_be_is_refused_in_one_line(tmp_path):
    write_text(tmp_path / "a", "a")
    write_text(tmp_path / "file", "in the way")
    with pytest.raises(UserError, match=r"cannot write .*file.*; choose another place"):
        move_whole(tmp_path / "a", tmp_path / "file" / "a")
    with pytest.raises(UserError, match=r"cannot write .*file: .*; choose another place"):
        set_aside(tmp_path / "a", tmp_path / "file", "a")
    assert (tmp_path / "a").read_text() == "a"


def test_set_aside_replaces_nothing(tmp_path):
    former = tmp_path / "former"
    for number in (1, 2, 3):
        write_text(tmp_path / "run" / "state", str(number))
        assert set_aside(tmp_path / "run", former, "run") == former / f"run.{number}"
    (former / "run.1" / "state").unlink()
    (former / "run.1").rmdir()
    write_text(tmp_path / "run", "a file")
    # Fewer lie there than numbers were given: the free one is taken, and "run.2" stays.
    assert set_aside(tmp_path / "run", former, "run") == former / "run.1"
    assert (former / "run.2" / "state").read_text() == "2"
