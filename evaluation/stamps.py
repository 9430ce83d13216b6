"""Stamps of what computed a number: an old one is never taken for that of newer code."""

import ast
import functools
import hashlib
import importlib.util
import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np

from facedancer.utils.bounded_json import MEGABYTE, parse_json
from facedancer.utils.files import write_arrays, write_text

_PROJECT = "facedancer"
# Beside a part's arrays: the stamp of each of them.
_STAMPS = "stamps"
_MOST_STAMPS = 64 * MEGABYTE
# Of a folder of pictures.
_MADE_BY = ".made_by"


def stamp(content: object) -> str:
    """A checksum of anything that JSON can hold."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def code_of(*functions: Callable) -> str:
    """A checksum of the code that functions rest on.

    That is their modules, and what these import of this project, at the top or within a function.
    Comments, docstrings and line breaks don't count. Of a function from elsewhere, its own module.
    """
    modules = set()
    for function in functions:
        modules |= _rests_on(getattr(inspect.unwrap(function), "__module__", "") or "")
    return stamp({name: _meaning(name) for name in sorted(modules)})


def may_stay(folder: Path, made_by: str) -> bool:
    """Tells whether files that lie in a folder are of ``made_by``; an empty folder becomes its own.

    Where they are not, whoever has written all of them again calls `seal`.
    """
    path = folder / _MADE_BY
    if path.is_file():
        return path.read_text(encoding="utf-8") == made_by
    if folder.is_dir() and any(folder.iterdir()):
        return False
    seal(folder, made_by)
    return True


def seal(folder: Path, made_by: str) -> None:
    """Notes in a folder what its files are made by."""
    write_text(folder / _MADE_BY, made_by)


def read_part(path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The arrays of a file of `write_part`, and each one's stamp; of older files no stamps."""
    if not path.is_file():
        return {}, {}
    with np.load(path) as arrays:
        part = dict(arrays)
    text = part.pop(_STAMPS, None)
    return part, {} if text is None else parse_json(text.item(), _MOST_STAMPS)


def write_part(path: Path, arrays: Mapping[str, np.ndarray], stamps: Mapping[str, str]) -> None:
    """Writes arrays with what computed each of them."""
    write_arrays(path, {**arrays, _STAMPS: np.array(json.dumps(dict(stamps)))})


def code_of_module(name: str) -> str:
    """`code_of`, of a whole module, such as a command's."""
    return stamp({one: _meaning(one) for one in sorted(_rests_on(name))})


def outdated(stamps: Mapping[str, str], stored: Mapping[str, str]) -> list[str]:
    """Names whose stored stamp is another one, or is not there."""
    return [name for name, wanted in stamps.items() if stored.get(name) != wanted]


@functools.cache
def _rests_on(name: str) -> frozenset[str]:
    """A module, and all modules of the project that it leads to."""
    found, waiting = set(), [name]
    while waiting:
        one = waiting.pop()
        if one in found or _file_of(one) is None:
            continue
        found.add(one)
        waiting += _imports(one)
    return frozenset(found)


def _imports(name: str) -> Iterator[str]:
    path = _file_of(name)
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = importlib.util.resolve_name("." * node.level + base, package)
            # Of a package, what is imported may be a module itself.
            names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        else:
            continue
        yield from (one for one in names if one.split(".")[0] == _PROJECT)


@functools.cache
def _file_of(name: str) -> Path | None:
    """A module's source; None of what is no module, or has none."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, AttributeError, ValueError):
        return None
    path = Path(spec.origin) if spec and spec.origin else None
    return path if path and path.suffix == ".py" else None


@functools.cache
def _meaning(name: str) -> str:
    """A module's code without what only people read."""
    tree = ast.parse(_file_of(name).read_bytes())
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_text(body[0]):
            node.body = body[1:]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
