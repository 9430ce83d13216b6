"""The documents: commands name flags that exist, links lead somewhere, README is short."""

import ast
import dataclasses
import importlib
import re
import shlex
from functools import cache
from pathlib import Path

import pytest

from facedancer import __version__
from facedancer.utils.command_table import SUB_COMMANDS, find_sub_command

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    {
        path
        for pattern in ("*.md", "docs/*.md", "*/README.md", "*/*/README.md", "lab/REPORT.md")
        for path in ROOT.glob(pattern)
        if "demo_out" not in path.parts and not path.parts[-2].startswith(".")
    }
)
FLAGFILES = sorted((ROOT / "flags").rglob("*.cfg"))
# Commands there stand as they were given when it was measured.
RECORDS = {ROOT / "lab" / "REPORT.md"}
EVERYWHERE = {"flagfile", "help", "verbosity"}
LONGEST_README = 150
STIFF = re.compile(r"\b(?:anew|beside|of which|thereof|wherein)\b", re.IGNORECASE)


def name_of(path):
    return str(path.relative_to(ROOT))


def commands(text, is_markdown):
    """Yields the commands of a page's code, of a flagfile's head or of a Makefile, one a line."""
    joined = re.sub(r"\\\n[ \t#]*", " ", text)
    if not is_markdown:
        yield from (line.lstrip("#@\t ") for line in joined.splitlines())
        return
    inside = False
    for line in joined.splitlines():
        if line.lstrip().startswith("```"):
            inside = not inside
        elif inside:
            yield line.strip()
        else:
            yield from re.findall(r"`([^`]+)`", line)


def parse(command):
    """The script that a command starts and the flags that it gives; None if it is none of ours."""
    command = command.replace("$(BIN)/", "").split(" | ")[0].split(" && ")[-1]
    try:
        words = shlex.split(command, comments=True)
    except ValueError:
        words = command.split()
    while words and re.match(r"[A-Z_]+=|\w+/python$", words[0]):
        words.pop(0)
    if words[:1] == ["facedancer"] and (found := find_sub_command(words[1:])):
        script, rest = SUB_COMMANDS[found[0]].script, found[1]
    elif words[:1] == ["python"] and len(words) > 1 and words[1].endswith(".py"):
        script, rest = words[1], words[2:]
    elif words[:2] == ["python", "-m"] and words[2].startswith("facedancer."):
        script, rest = words[2].split(".", 1)[1].replace(".", "/") + ".py", words[3:]
    else:
        return None
    return script, [re.split("[= ]", word[2:])[0] for word in rest if re.match("--[a-z]", word)]


@cache
def flags_of(script):
    """Names of a script's flags, other names too, -> the name that `--help` shows.

    None of a script that has no settings.
    """
    tree = ast.parse((ROOT / script).read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    runs = [one for one in calls if getattr(one.func, "id", "") == "run" and len(one.args) > 1]
    if not runs:
        return None
    module = importlib.import_module(f"facedancer.{script.removesuffix('.py').replace('/', '.')}")
    fields = dataclasses.fields(getattr(module, runs[0].args[1].id))
    shown = {}
    for field in fields:
        names = (field.name, *field.metadata["aliases"])
        shown |= dict.fromkeys((*names, *(f"no{name}" for name in names)), field.name)
    return shown


def faults(text, is_markdown, is_record=False):
    """Yields a line for each command that names a script or a flag that is not there.

    Other names of a flag are faults, too, but in a record.
    """
    for command in commands(text, is_markdown):
        found = parse(command)
        if found is None:
            continue
        script, given = found
        if not (ROOT / script).is_file():
            yield f"no script {script}: {command}"
            continue
        known = flags_of(script)
        for flag in given:
            if known is None or flag in EVERYWHERE:
                continue
            if flag not in known:
                yield f"{script} has no --{flag}: {command}"
            elif not is_record and known[flag] not in (flag, flag.removeprefix("no")):
                yield f"--{flag} of {script} is called --{known[flag]}: {command}"


def slug(heading):
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def broken_links(path):
    """Yields each relative link of a page whose file, or whose heading in it, is not there."""
    prose = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", prose)):
        if re.match("[a-z]+:", target):
            continue
        place, _, anchor = target.partition("#")
        file = (path.parent / place).resolve() if place else path
        if not file.exists():
            yield target
        elif anchor and file.suffix == ".md":
            headings = re.findall(r"^#+ (.*)$", file.read_text(), re.MULTILINE)
            if anchor not in map(slug, headings):
                yield target


@pytest.mark.parametrize("path", [*PAGES, *FLAGFILES, ROOT / "Makefile"], ids=name_of)
def test_commands_name_flags_that_exist(path):
    found = list(faults(path.read_text(), path.suffix == ".md", path in RECORDS))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_links_lead_somewhere(path):
    assert not list(broken_links(path))


def test_every_page_is_in_the_index():
    index = (ROOT / "docs" / "README.md").read_text()
    pages = [path.name for path in (ROOT / "docs").glob("*.*") if path.suffix in (".md", ".ipynb")]
    assert not [page for page in pages if f"({page})" not in index and page != "README.md"]


@pytest.mark.parametrize("path", [p for p in PAGES if p.name != "CHANGELOG.md"], ids=name_of)
def test_english_is_plain(path):
    assert not STIFF.findall(path.read_text())


def test_the_citation_names_this_version():
    assert f"version: {__version__}\n" in (ROOT / "CITATION.cff").read_text()


def test_readme_is_short():
    assert len((ROOT / "README.md").read_text().splitlines()) <= LONGEST_README


@pytest.mark.parametrize(
    ("command", "fault"),
    [
        ("python inference/swap.py a.jpg --source=b.jpg --nomark", None),
        ("facedancer swap a.jpg --sorce=b.jpg", "has no --sorce"),
        ("facedancer swap a.jpg --swap_source=b.jpg", "is called --source"),
        ("python inference/swop.py a.jpg", "no script inference/swop.py"),
        ("python -m facedancer.inference.swap a.jpg --nothing", "has no --nothing"),
    ],
)
def test_faults_are_found(command, fault):
    (found,) = list(faults(f"```bash\n{command}\n```", True)) or [None]
    assert (fault is None) == (found is None)
    assert fault is None or fault in found


def test_a_broken_link_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# One, two\n[a](#one-two) [b](page.md#three) ![c](no.png) [d](https://x.org)")
    assert list(broken_links(page)) == ["page.md#three", "no.png"]
