"""Functions that a table names by their place, imported when they are called.

The files of such functions import TensorFlow. A table that only names them is light, and so is
`--help`, which shows its names.
"""

import importlib
from collections.abc import Callable
from typing import Any


def function_at(place: str, package: str) -> Callable[..., Any]:
    """Finds the function of a place.

    Args:
        place: the file in the package, a dot, the function: ``packaged.faceres``.
        package: the table's own, its ``__package__``.
    """
    file, _, name = place.partition(".")
    return getattr(importlib.import_module(f".{file}", package), name)
