"""The order of imports: each folder only what stands to its left in the order below."""

import ast
import importlib.metadata
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ORDER = [
    {"utils"},
    {"networks", "losses", "retinaface", "arcface_model"},
    {"dataset"},
    {"inference"},
    {"evaluation"},
    {"training"},
    {"export", "lab", "serving"},
    {"benchmarks"},
]
RANK = {folder: rank for rank, group in enumerate(ORDER) for folder in group}
FILES = sorted(path for folder in RANK for path in (ROOT / folder).rglob("*.py"))


def imported_folders(source: str) -> set[str]:
    """The project folders that a file's absolute imports name."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level != 1:
            # Two dots lead out of the folder, to the package itself.
            module = ".".join(filter(None, ["facedancer" if node.level else "", node.module]))
            names |= {f"{module}.{alias.name}" for alias in node.names}
    return {name.split(".")[1] for name in names if name.startswith("facedancer.")} & set(RANK)


def violations(folder: str, source: str) -> set[str]:
    """Folders that ``source``, lying in ``folder``, imports although it must not."""
    return {
        other
        for other in imported_folders(source)
        if other != folder and RANK[other] >= RANK[folder]
    }


def test_imports_only_to_the_left():
    found = {path: violations(path.relative_to(ROOT).parts[0], path.read_text()) for path in FILES}
    assert {str(path): folders for path, folders in found.items() if folders} == {}


def test_no_file_beside_a_script_is_called_like_a_package():
    # Python puts a script's own folder first: it would be found in the package's place.
    packages = set(importlib.metadata.packages_distributions()) | sys.stdlib_module_names
    scripts = {path for path in ROOT.glob("*/*.py") if '__name__ == "__main__"' in path.read_text()}
    beside = {path for script in scripts for path in script.parent.iterdir()}
    named = {path for path in beside if path.suffix == ".py" or (path / "__init__.py").is_file()}
    assert scripts
    assert {str(path) for path in named if path.stem in packages} == set()


def test_every_folder_is_covered():
    assert {path.relative_to(ROOT).parts[0] for path in FILES} == set(RANK)


def test_only_scripts_import_the_command_line():
    sources = {path: path.read_text() for path in FILES if path.parts[len(ROOT.parts)] != "utils"}
    libraries = {p: text for p, text in sources.items() if '__name__ == "__main__"' not in text}
    named = ("utils.cli", "utils import cli")
    assert [str(p) for p, text in libraries.items() if any(n in text for n in named)] == []


@pytest.mark.parametrize(
    ("folder", "line", "wrong"),
    [
        ("losses", "from facedancer.networks.generator import get_generator", {"networks"}),
        ("losses", "import facedancer.training.step", {"training"}),
        ("losses", "from facedancer import dataset", {"dataset"}),
        ("losses", "from ..networks.blocks import conv", {"networks"}),
        ("losses", "from .. import training", {"training"}),
        ("losses", "from .identity import identity_loss", set()),
        ("training", "from facedancer.losses.ifsr import MARGINS", set()),
    ],
)
def test_the_rule_itself(folder, line, wrong):
    assert violations(folder, line) == wrong
