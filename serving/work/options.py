"""Options of a request: those of the swap commands' flags that a stranger may choose."""

import dataclasses
import types
import typing
from collections.abc import Mapping

from facedancer.inference.blending.masks import MASKS
from facedancer.inference.swap_flags import SwapFlags
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import check_ranges, fields_of

# Whatever names a file here, switches marking off or chooses networks is the operator's to say.
OPTIONS = (
    "seed",
    "which",
    "nth",
    "track",
    "match_threshold",
    "min_score",
    "min_face",
    "strength",
    "mask",
    "colour_match",
    "texture",
    "blend",
    "keep",
    "mask_padding",
    "detail",
    "label",
    "tag",
    "compare",
    "likeness",
    "start",
    "end",
    "fps",
    "scale",
    "steady",
    "codec",
    "crf",
    "preset",
)
# Where nobody chose anything.
NO_FLAGS = SwapFlags()
NO_OPTIONS: Mapping[str, object] = types.MappingProxyType({})
_MOST_VALUES = 64
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_Scalar = bool | int | float | str


def read_options(given: Mapping[str, object], defaults: SwapFlags = NO_FLAGS) -> SwapFlags:
    """Builds the settings of one request.

    Args:
        given: options by name; values as JSON has them, or as text.
        defaults: what the operator chose.

    Raises:
        UserError: there is no such option, or its value is none of its values.
    """
    fields = {field.name: (field, kind) for field, kind in fields_of(SwapFlags)}
    chosen: dict[str, _Scalar | tuple[_Scalar, ...]] = {}
    for name, value in given.items():
        if name not in OPTIONS:
            raise UserError(f"no option {name[:40]!r}: use {', '.join(OPTIONS)}")
        field, kind = fields[name]
        choices = tuple(MASKS) if name == "mask" else field.metadata["choices"]
        parts = typing.get_args(kind)
        chosen[name] = _tuple(name, value, parts[0]) if parts else _typed(name, value, kind)
        if choices and chosen[name] not in choices:
            raise UserError(f"{name} must be one of {', '.join(choices)}, not {str(value)[:40]!r}")
    settings = dataclasses.replace(defaults, **chosen)
    check_ranges(settings)
    return settings


def option_schemas() -> dict[str, dict[str, object]]:
    """The options as JSON Schema has them, with their help, for the description of the server."""
    names = {bool: "boolean", int: "integer", float: "number", str: "string"}
    schemas: dict[str, dict[str, object]] = {}
    for field, kind in fields_of(SwapFlags):
        if field.name not in OPTIONS:
            continue
        more = field.metadata
        choices = tuple(MASKS) if field.name == "mask" else more["choices"]
        parts = typing.get_args(kind)
        schema = {
            "type": "array" if parts else names[kind],
            "items": {"type": names[parts[0]]} if parts else None,
            "description": more["help"].replace("--", ""),
            "default": field.default,
            "minimum": more["least"],
            "maximum": more["most"],
            "enum": list(choices) if choices else None,
        }
        schemas[field.name] = {key: value for key, value in schema.items() if value is not None}
    return schemas


def _tuple(name: str, value: object, kind: type) -> tuple[_Scalar, ...]:
    """The values of an option that has several: a list, or text with commas."""
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    several = value if isinstance(value, list) else [value]
    if len(several) > _MOST_VALUES:
        raise UserError(f"{name} has {len(several)} values: give at most {_MOST_VALUES}")
    return tuple(_typed(name, one, kind) for one in several)


def _typed(name: str, value: object, kind: type) -> _Scalar:
    """A value of the option's type.

    Raises:
        UserError: it cannot be one.
    """
    try:
        if kind is bool:
            return value if isinstance(value, bool) else _BOOLEANS[str(value).lower()]
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError
        if kind is int and isinstance(value, float) and not value.is_integer():
            raise ValueError
        return kind(value)
    except (ValueError, KeyError, OverflowError) as error:
        words = {bool: "true or false", int: "a whole number", float: "a number", str: "a word"}
        raise UserError(f"{name} must be {words[kind]}, not {str(value)[:40]!r}") from error
