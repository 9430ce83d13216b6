"""Settings that are read from a command line: kinds, names, ranges, needed ones, stored ones."""

import dataclasses
from pathlib import Path

import pytest
from absl import flags

from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import flag_field, parse_flags, to_flagfile


@dataclasses.dataclass(frozen=True)
class Shared:
    """A group that scripts share."""

    encoder: str = flag_field("", "the identity encoder", aliases=("arcface_path",))


@dataclasses.dataclass(frozen=True)
class Settings(Shared):
    """Every kind of field."""

    data: str = flag_field("", "a folder", aliases=("data_dir", "train_data"), needed=True)
    size: int = flag_field(256, "pixels", 32, 512, aliases=("im_size",))
    share: float | None = flag_field(None, "a share", 0, 1)
    kind: str = flag_field("jpg", "a format", choices=("jpg", "png"))
    marked: bool = flag_field(True, "a switch", aliases=("labelled",))
    source: tuple[Path, ...] = flag_field((), "photographs")
    weights: tuple[float, ...] = flag_field((1.0,), "numbers")
    names: tuple[str, ...] = flag_field(("a", "b"), "words")
    resume: bool = flag_field(False, "go on", stored=False)


def parsed(*arguments):
    return parse_flags(Settings, arguments)[0]


def test_defaults():
    assert parsed("--data=here") == Settings(data="here")


def test_every_kind_of_field():
    settings, rest = parse_flags(
        Settings,
        ["one", "--data", "here", "--size=64", "--share=0.5", "--kind=png", "--nomarked",
         "--source=a.jpg,b.jpg", "--weights=3,1", "--names=", "two"],
    )  # fmt: skip
    assert settings == Settings(
        "", "here", 64, 0.5, "png", False, (Path("a.jpg"), Path("b.jpg")), (3.0, 1.0), ()
    )
    assert rest == ["one", "two"]


def test_a_path_may_hold_a_comma(tmp_path):
    (tmp_path / "Doe, Jane.jpg").touch()
    source = (tmp_path / "Doe, Jane.jpg", Path("gone, too.jpg"), Path("c.jpg"))
    assert parsed("--data=x", f"--source={source[0]},c.jpg").source == source[::2]
    stored = to_flagfile(Settings(data="x", source=source)).splitlines()
    assert parsed(*stored).source == source


@pytest.mark.parametrize(
    "arguments",
    [
        ["--data_dir=x", "--im_size=64", "--arcface_path=e", "--nolabelled"],
        ["--train_data", "x", "--im_size", "64", "--arcface_path", "e", "--labelled=false"],
        ["--data_dir=x", "--data=x", "--im_size=64", "--encoder=e", "--nomarked"],
    ],
)
def test_old_names_are_taken(arguments, tmp_path):
    expected = Settings(data="x", size=64, encoder="e", marked=False)
    assert parsed(*arguments) == expected
    (tmp_path / "old.cfg").write_text("\n".join(one for one in arguments if "=" in one) + "\n")
    rest = [one for one in arguments if one.startswith("--no")]
    if all("=" in one or one in rest for one in arguments):
        assert parsed(f"--flagfile={tmp_path}/old.cfg", *rest) == expected


@pytest.mark.parametrize(
    "arguments",
    [
        ["--data_dir=x", "--data=y"],
        ["--data", "x", "--train_data", "y"],
        ["--data_dir=x", "--size=64", "-train_data=y"],
    ],
)
def test_two_names_with_different_values_are_refused(arguments, tmp_path):
    with pytest.raises(UserError, match="are the same flag: give only --data"):
        parsed(*arguments)
    (tmp_path / "two.cfg").write_text("--data_dir=x\n--data=y\n")
    with pytest.raises(UserError, match="are the same flag: give only --data"):
        parsed(f"--flagfile={tmp_path}/two.cfg")


def test_the_command_line_wins_over_a_flagfile_of_the_old_names(tmp_path):
    (tmp_path / "old.cfg").write_text("--train_data=old\n--im_size=64\n")
    settings = parsed(f"--flagfile={tmp_path}/old.cfg", "--data=new")
    assert (settings.data, settings.size) == ("new", 64)


@pytest.mark.parametrize(
    ("argument", "line"),
    [
        ("--size=16", "--size must be at least 32, not 16"),
        ("--im_size=1024", "--size must be at most 512, not 1024"),
        ("--share=nan", "--share must be a finite number, not nan"),
        ("--share=-1", "--share must be at least 0, not -1.0"),
        ("--weights=3,many", "--weights must be numbers, such as 3,1"),
        ("--data=", "missing --data: see --help"),
    ],
)
def test_values_that_are_refused(argument, line):
    with pytest.raises(UserError, match=line):
        parsed("--data=x", argument)


@pytest.mark.parametrize("argument", ["--kind=gif", "--size=many", "--marked=perhaps", "--gone=1"])
def test_what_is_no_such_value(argument):
    with pytest.raises(flags.Error):
        parsed("--data=x", argument)


def test_what_is_stored_is_read_again():
    settings = Settings("e", "x", 64, None, "png", False, (Path("a"),), (3.0, 0.1), (), True)
    text = to_flagfile(settings)
    assert "resume" not in text and "share" not in text
    assert parsed(*text.splitlines()) == dataclasses.replace(settings, resume=False)
