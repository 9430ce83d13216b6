"""Names as they are told, and names beside others."""

import json
import os
from pathlib import Path

import pytest

from facedancer.utils.naming import beside, shown


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (b"caf\xe9.jpg", "caf\\xe9.jpg"),
        (b"two\nlines.jpg", "two\\nlines.jpg"),
        ("\u202egpj.exe".encode(), "\\u202egpj.exe"),
        ("Zoë 顔 👩\u200d🚀 שלום.jpg".encode(), "Zoë 顔 👩\u200d🚀 שלום.jpg"),
        (b"-v. .jpg ", "-v. .jpg "),
    ],
)
def test_shown(name, expected):
    text = shown(Path(os.fsdecode(name)))
    assert text == expected
    assert json.loads(json.dumps({"picture": text}, ensure_ascii=False).encode())


@pytest.mark.parametrize("name", ["x" * 255, "顔" * 85, os.fsdecode(b"\xe9" * 255)])
def test_beside_fits_whatever_the_name(tmp_path, name):
    path = tmp_path / name
    path.touch()
    other = beside(beside(path, ".", ".unfinished"), ".", ".signed")
    other.touch()
    assert other.parent == tmp_path
    assert other != beside(beside(path.with_name(name[:-1]), ".", ".unfinished"), ".", ".signed")


def test_beside_keeps_what_fits():
    assert beside(Path("a/b.jpg"), ".", ".unfinished") == Path("a/.b.jpg.unfinished")
