"""A network is read by a table: forms that are taken, that are refused in words, and the rest."""

import pytest

from facedancer.utils.errors import UserError
from facedancer.utils.weights.kinds import Kind, ModelFile
from facedancer.utils.weights.reading import NetworkReader


def damaged(found):
    raise KeyError("layers")


READER = NetworkReader(
    "identity encoder",
    "give another",
    {Kind.KERAS: lambda found: found.path.name, Kind.PUBLISHED: damaged},
    {Kind.LITE: "has no gradients"},
)


def read(tmp_path, kind):
    return READER.read(ModelFile(tmp_path / "file", kind))


def test_a_form_that_is_taken(tmp_path):
    assert read(tmp_path, Kind.KERAS) == "file"


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Kind.PUBLISHED, r"^\S+/file is not an identity encoder \('layers'\); give another$"),
        (Kind.LITE, r"^LiteRT file \S+/file has no gradients$"),
        (Kind.WEIGHTS, r"^Keras weights \S+/file is not an identity encoder; give another$"),
    ],
)
def test_others_are_refused_in_one_line(tmp_path, kind, message):
    with pytest.raises(UserError, match=message):
        read(tmp_path, kind)


def test_nothing_there(tmp_path):
    with pytest.raises(UserError, match="no such identity encoder: .*; give another"):
        READER.find(tmp_path / "nothing")
