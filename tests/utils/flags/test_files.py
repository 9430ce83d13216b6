"""Files of flags: nested, looked up, refused."""

from pathlib import Path

import pytest

from facedancer.utils.commands import HOUSE
from facedancer.utils.errors import UserError
from facedancer.utils.flags.files import expand_flagfiles


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.cfg"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def test_nested_flagfiles_in_order(tmp_path):
    write(
        tmp_path,
        base="# common\n--a=1\n\n   --b=1\n",
        sub__small="--flagfile=../base.cfg\n--b=2\n",
        sub__smaller="--flagfile small.cfg\n".replace(" ", "=") + "--c=3\n",
    )
    arguments = ["--x=0", f"--flagfile={tmp_path}/sub/smaller.cfg", "--c=4"]
    assert expand_flagfiles(arguments) == ["--x=0", "--a=1", "--b=1", "--b=2", "--c=3", "--c=4"]


def test_a_flagfile_may_be_given_in_two_words_and_with_one_dash(tmp_path):
    write(tmp_path, base="--a=1\n")
    path = f"{tmp_path}/base.cfg"
    assert expand_flagfiles(["--flagfile", path, "--b"]) == ["--a=1", "--b"]
    assert expand_flagfiles([f"-flagfile={path}"]) == ["--a=1"]


def test_the_neighbour_is_preferred_to_the_working_directory(tmp_path, monkeypatch):
    write(
        tmp_path, base="--a=working\n", sub__base="--a=sub\n", sub__config="--flagfile=base.cfg\n"
    )
    monkeypatch.chdir(tmp_path)
    assert expand_flagfiles(["--flagfile=sub/config.cfg"]) == ["--a=sub"]
    (tmp_path / "sub" / "base.cfg").unlink()
    assert expand_flagfiles(["--flagfile=sub/config.cfg"]) == ["--a=working"]


def test_one_file_may_be_included_twice_side_by_side(tmp_path):
    write(tmp_path, base="--a=1\n", one="--flagfile=base.cfg\n", two="--flagfile=base.cfg\n")
    arguments = [f"--flagfile={tmp_path}/one.cfg", f"--flagfile={tmp_path}/two.cfg"]
    assert expand_flagfiles(arguments) == ["--a=1", "--a=1"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"main": "--flagfile=main.cfg\n"}, r"main\.cfg includes itself"),
        (
            {"main": "--flagfile=b.cfg\n", "b": "--flagfile=main.cfg\n"},
            r"main\.cfg includes itself",
        ),
        ({"main": "--flagfile=gone.cfg\n"}, r"no such flagfile: gone\.cfg"),
        ({"main": "a=1\n"}, r"main\.cfg: 'a=1' is not a flag; write --name=value"),
    ],
)
def test_flagfile_errors(tmp_path, files, message):
    write(tmp_path, **files)
    with pytest.raises(UserError, match=message):
        expand_flagfiles([f"--flagfile={tmp_path}/main.cfg"])


def test_flagfile_without_a_path():
    with pytest.raises(UserError, match="--flagfile needs a path"):
        expand_flagfiles(["--flagfile"])


@pytest.mark.parametrize("name", ["small", "photographs/64"])
def test_what_ships_is_found_from_any_folder(name, tmp_path, monkeypatch):
    def shipped() -> dict[str, str]:
        flags = dict(
            one.split("=", 1) for one in expand_flagfiles([f"--flagfile=flags/{name}.cfg"])
        )
        return {flag: value for flag, value in flags.items() if "model_zoo/" in value}

    monkeypatch.chdir(HOUSE)
    at_home = shipped()
    assert at_home and all(value.startswith("model_zoo/") for value in at_home.values())
    monkeypatch.chdir(tmp_path)
    assert shipped() == {flag: str(HOUSE / value) for flag, value in at_home.items()}
    # A user's own of that name is meant; so is a user's own flagfile.
    for value in at_home.values():
        (tmp_path / value).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / value).touch()
    assert shipped() == at_home
    write(tmp_path, mine="--encoder=model_zoo/README.md\n--run_dir=runs/mine\n")
    mine = ["--encoder=model_zoo/README.md", "--run_dir=runs/mine"]
    assert expand_flagfiles(["--flagfile=mine.cfg"]) == mine


def test_what_ships_is_found_among_several(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    judges = f"--judges=faceres,{HOUSE / 'model_zoo/lab/cosface.keras'}"
    assert judges in expand_flagfiles(["--flagfile=flags/eval/groups.cfg"])
