"""JSON that others may have written: bounded in size and depth, and free of what JSON is not.

Python's own reader follows any nesting until its stack ends, reads ``NaN``, and of a key that
stands twice silently keeps the last: each is a ValueError here.
"""

import json
import math
from typing import Any, NoReturn

MEGABYTE = 2**20
_MOST_DEPTH = 64
_SHOWN = 40


def parse_json(text: str | bytes, most_bytes: int = MEGABYTE, with_nan: bool = False) -> Any:
    """Reads a text.

    Args:
        text: UTF-8, where it is bytes.
        most_bytes: longer ones are refused unread.
        with_nan: take ``NaN`` as Python writes it, for a number that is not known.

    Raises:
        ValueError: it is longer or no JSON, nested more than 64 deep, says a key twice, or a number
            that no float64 holds.
    """
    if len(text) > most_bytes:
        raise ValueError(f"more than {most_bytes:,} bytes of JSON")
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig")
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_nan if with_nan else _refuse_constant,
            parse_float=_finite,
            parse_int=_whole,
        )
    except RecursionError as error:
        raise ValueError("JSON that is nested too deep") from error
    _check_depth(value)
    return value


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for number, key in enumerate(keys) if key in keys[:number])
        raise ValueError(f"the key {twice[:_SHOWN]!r} stands there twice")
    return found


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")


def _nan(text: str) -> float:
    return math.nan if text == "NaN" else _refuse_constant(text)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"the number {text[:_SHOWN]} is too large")
    return value


def _whole(text: str) -> int:
    _finite(text)
    return int(text)


def _check_depth(value: object) -> None:
    level = [value]
    for _ in range(_MOST_DEPTH + 1):
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, dict | list)
        ]
        if not level:
            return
    raise ValueError("JSON that is nested too deep")
