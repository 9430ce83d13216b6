"""Flags of several paths whose names may hold commas."""

import pytest
from absl import flags

from facedancer.utils.path_flags import DEFINE_paths, split_paths


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
def test_the_flag_is_of_the_script_that_defines_it(folder, argument, paths):
    try:
        DEFINE_paths("photographs_of_this_test", None, "Some.")
        flag = flags.FLAGS["photographs_of_this_test"]
        assert flag in flags.FLAGS.get_key_flags_for_module(__name__)
        flag.parse(argument)
        assert flag.value == paths
    finally:
        delattr(flags.FLAGS, "photographs_of_this_test")
