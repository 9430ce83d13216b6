"""The project's scripts and the settings that each reads, without TensorFlow."""

import ast
import importlib
from pathlib import Path

from facedancer.utils.flags.fields import names_of_flags

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted(
    str(path.relative_to(ROOT))
    for room in ROOT.glob("*/__init__.py")
    for path in room.parent.rglob("*.py")
    if "from facedancer.utils.cli import" in path.read_text()
    and '__name__ == "__main__"' in path.read_text()
)


def module_of(script: str) -> str:
    """The name by which a script is imported."""
    return f"facedancer.{script.removesuffix('.py').replace('/', '.')}"


def settings_of(script: str) -> type | None:
    """Finds the dataclass that a script hands to `cli.run`; None where it defines flags itself."""
    calls = [
        node
        for node in ast.walk(ast.parse((ROOT / script).read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "run" and len(node.args) > 1
    ]
    if not calls:
        return None
    return getattr(importlib.import_module(module_of(script)), ast.unparse(calls[0].args[1]))


def flags_of(script: str) -> set[str]:
    """All names of flags that a script takes, aliases and ``--noNAME`` included."""
    names = set(names_of_flags(settings_of(script)))
    return names | {f"no{name}" for name in names}
