"""Tests what lies at a path is told by its content, and looked at once."""

import keras
import pytest

from facedancer.utils.errors import UserError
from facedancer.utils.weights import kinds
from facedancer.utils.weights.kinds import Kind, recognise


def model():
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])


@pytest.fixture
def looks(monkeypatch):
    """Counts how often a file's inside is looked at."""
    found = []
    for name in ("open_archive", "read_hdf5"):
        look = getattr(kinds, name)

        def counted(path, look=look, **options):
            found.append(path)
            return look(path, **options)

        monkeypatch.setattr(kinds, name, counted)
    return found


@pytest.mark.parametrize(
    ("name", "save", "kind"),
    [
        ("network.keras", "save", Kind.KERAS),
        ("network.weights.h5", "save_weights", Kind.WEIGHTS),
    ],
)
def test_a_file_is_looked_at_once_until_it_changes(tmp_path, looks, name, save, kind):
    path = tmp_path / name
    getattr(model(), save)(path)
    for words in ("generator", "detector", "generator"):
        assert recognise(path, words, "").kind is kind
    assert looks == [path]
    path.write_text("other")
    with pytest.raises(UserError, match="neither a Keras nor an HDF5 file"):
        recognise(path, "generator", "")


def test_each_refusal_names_what_was_wanted(tmp_path):
    path = tmp_path / "page"
    path.write_text("<html>")
    for accepted in ("give this", "give that"):
        with pytest.raises(UserError, match=f"page is a web page, .*; {accepted}$"):
            recognise(path, "generator", accepted)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is an empty file"),
        (b"\x89HDF\r\n", "is a damaged HDF5 file, cut short perhaps"),
        (b"version https://git-lfs.github.com/spec/v1\n", "is a Git LFS pointer"),
        (b"\nPK", "is neither a Keras nor an HDF5 file"),
        (b"\0\0\0\0TFL3", None),
    ],
)
def test_what_comes_in_place_of_a_network_is_told(tmp_path, content, words):
    path = tmp_path / "file"
    path.write_bytes(content)
    if words is None:
        assert recognise(path, "generator", "").kind is Kind.LITE
        return
    with pytest.raises(UserError, match=words):
        recognise(path, "generator", "")
