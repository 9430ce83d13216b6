"""A new file of a package is never ignored: git must show what was written."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def git(*arguments, text=""):
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, input=text, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def folders():
    """Every folder that holds a file of the project."""
    listed = git("ls-files")
    if listed.returncode:
        pytest.skip("no git repository")
    return sorted({str(Path(name).parent) for name in listed.stdout.splitlines()} - {"."})


def ignored(paths):
    # --no-index: what git tracks already would count as not ignored.
    return git("check-ignore", "--no-index", "--stdin", text="\n".join(paths)).stdout.splitlines()


def test_new_files_in_every_folder(folders):
    paths = [f"{folder}/new_{kind}" for folder in folders for kind in ("file.py", "page.md")]
    assert ignored(paths) == []


def test_folders_of_results_are_ignored_at_the_top_alone(folders):
    lines = (ROOT / ".gitignore").read_text().splitlines()
    # Those that Python and its tools write anywhere.
    anywhere = {"__pycache__/", "*.egg-info/", ".pytest_cache/", ".ruff_cache/"}
    names = [line.strip("/") for line in lines if line.endswith("/") and line not in anywhere]
    assert {"runs", "build", "demo_out", "lab_out"} <= set(names)
    assert ignored([f"{name}/file" for name in names]) == [f"{name}/file" for name in names]
    deeper = [f"{folder}/{name}/new_file.py" for folder in folders for name in names]
    assert ignored(deeper) == []
