"""The command `facedancer`: its list, its scripts, and what it says the user typed."""

import subprocess
import sys
from pathlib import Path

import pytest

from facedancer.utils import commands
from facedancer.utils.command_table import SUB_COMMANDS, find_sub_command

ROOT = Path(__file__).parents[2]
# As pip writes it.
INSTALLED = """#!{}
import sys
from facedancer.__main__ import main
if __name__ == "__main__":
    sys.argv[0] = sys.argv[0].removesuffix(".exe")
    sys.exit(main())
"""


@pytest.fixture(params=["installed", "-m"])
def facedancer(request, tmp_path):
    """Calls it; ``facedancer.typed`` is what stands before the sub-command."""
    command = [sys.executable, "-m", "facedancer"]
    if request.param == "installed":
        script = tmp_path / "facedancer"
        script.write_text(INSTALLED.format(sys.executable))
        command = [sys.executable, str(script)]

    def call(*arguments):
        ended = subprocess.run([*command, *arguments], cwd=ROOT, capture_output=True, text=True)
        assert "Traceback" not in ended.stderr
        return ended.returncode, ended.stdout, ended.stderr

    call.typed = "facedancer" if request.param == "installed" else "python -m facedancer"
    return call


@pytest.mark.parametrize("words", [[], ["--help"]])
def test_it_lists_its_commands(facedancer, words):
    status, out, err = facedancer(*words)
    assert (status, err) == (0, "")
    assert f"\nusage: {facedancer.typed} COMMAND" in out
    assert [name for name in SUB_COMMANDS if f"\n  {name} " not in out] == []
    assert out.endswith(f"\n{facedancer.typed} COMMAND --help explains one of them.\n")


def test_it_is_itself_quiet_and_light():
    code = (
        "import sys; sys.argv = ['-m']; sys.orig_argv = ['python', '-m', 'facedancer']\n"
        "import facedancer.utils.quiet as quiet\n"
        "quiet_from_start = sys.stderr.fileno() != 2\n"
        "import facedancer.__main__\n"
        "heavy = {'tensorflow', 'keras', 'cv2', 'numpy'} & set(sys.modules)\n"
        "print(quiet_from_start, sorted(heavy))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (ended.stdout, ended.stderr) == ("True []\n", "")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["nonsense"], "error: no command 'nonsense': choose from download, swap, "),
        (["--flag=1"], "error: no command '--flag=1'"),
        (["verify", "gone.jpg"], "error: no such file: gone.jpg"),
        (["verify", "--nonsense", "gone.jpg"], "error: Unknown command line flag 'nonsense'"),
    ],
)
def test_what_it_refuses(facedancer, words, line):
    status, out, err = facedancer(*words)
    assert (status, out) == (2, "")
    assert err.startswith(line.format(facedancer.typed))
    assert err.count("\n") == 1 and err.endswith("\n")


@pytest.mark.parametrize("name", SUB_COMMANDS)
def test_every_command_is_a_script(name):
    script = ROOT / SUB_COMMANDS[name].script
    assert 'if __name__ == "__main__":\n    run(main' in script.read_text()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["swap", "a.jpg"], ("swap", ["a.jpg"])),
        (["train", "encoder", "--x"], ("train encoder", ["--x"])),
        (["train", "--x"], ("train", ["--x"])),
        (["convert", "weights", "a.h5"], ("convert weights", ["a.h5"])),
        (["nonsense", "--x"], None),
        (["lab", "nonsense"], ("lab", ["nonsense"])),
    ],
)
def test_the_longer_name_counts(words, found):
    assert find_sub_command(words) == found


def test_other_commands_are_named_as_the_user_would_type_them(monkeypatch):
    monkeypatch.setattr(commands, "_front_door", "facedancer")
    monkeypatch.setattr(commands, "_sub_command", "swap")
    assert commands.program() == "facedancer swap"
    assert commands.start_of("model_zoo/download.py") == "facedancer download"
    assert commands.start_of("model_zoo/convert_retinaface.py").startswith("python ")


@pytest.mark.parametrize(
    ("name", "text", "is_ours"),
    [
        ("facedancer", INSTALLED, True),
        ("facedancer", "import facedancer\n", False),
        ("other", INSTALLED, False),
    ],
)
def test_the_installed_command_is_told_from_a_program_of_that_name(tmp_path, name, text, is_ours):
    (tmp_path / name).write_text(text)
    assert commands.is_front_door(tmp_path / name) is is_ours
    assert not commands.is_front_door(tmp_path / "gone" / "facedancer")
