"""docs/api.md is what docs/write_api.py writes today."""

import ast
import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def writer():
    spec = importlib.util.spec_from_file_location("write_api", ROOT / "docs" / "write_api.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_current(writer):
    assert writer.PAGE.read_text() == writer.page(), "run python docs/write_api.py"


def test_base_classes_methods_are_there(writer):
    assert "**`Swapper.identity_of`**" in writer.page()


def test_an_unknown_name_is_an_error(writer):
    with pytest.raises(LookupError, match="0 definitions of Nothing in losses/"):
        writer.find("losses", "Nothing")


def test_docstrings_become_lists(writer):
    code = '''
def scale(image, factor):
    """Scales it.

    Args:
        image: ``[H, W, 3]``, and
            more of it.
        factor: above 0.

    Returns:
        As large
        as told.
    """
'''
    text = writer._markdown(ast.parse(code).body[0])
    assert "- `image`: `[H, W, 3]`, and more of it.\n- `factor`: above 0." in text
    assert text.endswith("*Returns* As large as told.\n")
