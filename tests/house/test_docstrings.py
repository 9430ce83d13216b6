"""A docstring begins with a verb or a noun: it says at once what a thing does or is."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_QUESTIONS = {"How", "Of", "What", "When", "Where", "Whether", "Which", "Who", "Whose", "Why"}
_FOLDERS = sorted({"tests", *(path.parent.name for path in _ROOT.glob("[a-z]*/*.py"))})
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def find_questions(source: str) -> Iterator[str]:
    """Yields a line for each docstring that begins with a question word or with "Of"."""
    for node in ast.walk(ast.parse(source)):
        text = ast.get_docstring(node) if isinstance(node, _DOCUMENTED) else None
        if text and text.split()[0].strip(",.:;") in _QUESTIONS:
            yield f"{getattr(node, 'lineno', 1)}: {text.splitlines()[0]}"


@pytest.mark.parametrize("folder", _FOLDERS)
def test_docstrings_begin_with_a_verb_or_a_noun(folder: str):
    found = [
        f"{path.relative_to(_ROOT)}:{line}"
        for path in sorted((_ROOT / folder).rglob("*.py"))
        for line in find_questions(path.read_text())
    ]
    assert not found, "\n".join(found)


def test_a_question_is_found():
    assert list(find_questions('"""What it is."""\ndef f():\n    """Of two, the larger."""')) == [
        "1: What it is.",
        "2: Of two, the larger.",
    ]
    assert not list(find_questions('"""Tells what it is."""\ndef f(): pass'))
