"""Flags of several paths whose names may hold commas."""

import pytest

from facedancer.utils.flags.paths import PathListParser, split_paths


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in ("Doe, Jane.jpg", "a.jpg", "b.jpg", "x,y", " c.jpg"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("Doe, Jane.jpg", ["Doe, Jane.jpg"]),
        ("a.jpg,b.jpg", ["a.jpg", "b.jpg"]),
        (" a.jpg , b.jpg ", ["a.jpg", "b.jpg"]),
        ("a.jpg,Doe, Jane.jpg,b.jpg", ["a.jpg", "Doe, Jane.jpg", "b.jpg"]),
        ("x,y,Doe, Jane.jpg", ["x,y", "Doe, Jane.jpg"]),
        (" c.jpg,a.jpg", [" c.jpg", "a.jpg"]),
        ("gone.jpg,a.jpg", ["gone.jpg", "a.jpg"]),
        ("a.jpg,,b.jpg,", ["a.jpg", "b.jpg"]),
        ("", []),
    ],
)
def test_what_exists_is_one_path(folder, text, paths):
    assert split_paths(text) == paths


def test_absolute_paths(folder):
    assert split_paths(f"{folder}/Doe, Jane.jpg,{folder}/a.jpg") == [
        f"{folder}/Doe, Jane.jpg",
        f"{folder}/a.jpg",
    ]


@pytest.mark.parametrize(
    ("argument", "paths"),
    [
        ("Doe, Jane.jpg", ["Doe, Jane.jpg"]),
        ('"not, there.jpg",a.jpg', ["not, there.jpg", "a.jpg"]),
    ],
)
def test_a_list_may_be_quoted_as_in_csv(folder, argument, paths):
    assert PathListParser().parse(argument) == paths
