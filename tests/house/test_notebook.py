"""docs/swap.ipynb runs as it stands, here without Jupyter: its cells are plain Python."""

import ast
import json
from pathlib import Path

import matplotlib as mpl
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def cells():
    notebook = json.loads((ROOT / "docs" / "swap.ipynb").read_text())
    return ["".join(one["source"]) for one in notebook["cells"] if one["cell_type"] == "code"]


def test_its_imports_are_there(cells):
    for node in ast.walk(ast.parse("\n".join(cells))):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("facedancer."):
            place = ROOT.joinpath(*node.module.split(".")[1:])
            init = place / "__init__.py"
            text = (init if init.exists() else place.with_suffix(".py")).read_text()
            missing = [one.name for one in node.names if one.name not in text]
            assert not missing, f"{node.module} lacks {missing}"


@pytest.mark.long
def test_it_runs(cells, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    space = {}
    with mpl.rc_context({"backend": "Agg"}):
        for cell in cells:
            exec(compile(cell, "docs/swap.ipynb", "exec"), space)
    assert (tmp_path / "swapped.png").is_file()
    assert len(list((tmp_path / "swapped_album").glob("*.png"))) == 3
    assert "swapped: 3" in capsys.readouterr().out


def test_it_names_no_machine():
    assert not any(
        place in (ROOT / "docs" / "swap.ipynb").read_text() for place in ("/work", "/home", "/tmp")
    )
