"""Flags that hold several paths, separated by commas, of files whose names may hold commas too."""

import os
from collections.abc import Sequence

from absl import flags


def split_paths(text: str) -> list[str]:
    """Paths separated by commas; what exists as it stands is one path, commas and all.

    ``Doe, Jane.jpg,b.jpg`` is two paths if there is a file ``Doe, Jane.jpg``, else three. Of
    several ways to read a part, the longest existing name is taken.
    """
    paths, pieces = [], text.split(",")
    while pieces:
        count = next((n for n in range(len(pieces), 0, -1) if _exists(_joined(pieces[:n]))), 1)
        name = _joined(pieces[:count])
        del pieces[:count]
        if name:
            paths.append(name)
    return paths


class PathListParser(flags.ListParser):
    """Paths separated by commas; see `split_paths`."""

    def parse(self, argument: str | list[str] | None) -> list[str]:
        if isinstance(argument, str) and ('"' not in argument or _exists(argument)):
            return split_paths(argument)
        return super().parse(argument)  # Quoted, as in CSV.


def _joined(pieces: Sequence[str]) -> str:
    text = ",".join(pieces)
    return text if _exists(text) else text.strip()


def _exists(text: str) -> bool:
    # pathlib's raises where a list of many paths is too long to be the name of one.
    return os.path.exists(text)  # noqa: PTH110
