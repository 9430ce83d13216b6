"""Settings of a command as a frozen dataclass whose every field is the flag of the same name.

    @dataclasses.dataclass(frozen=True)
    class Settings(TrustSettings):  # groups that several scripts share are base classes
        data: str = flag_field("", "folder of photographs", aliases=("data_dir",), needed=True)
        image_size: int = flag_field(256, "side of the crops in pixels", least=32, group="crops")
        source: tuple[Path, ...] = flag_field((), "photographs of the person")

    def main(settings: Settings) -> None: ...

    if __name__ == "__main__":
        run(main, Settings)  # utils.cli: defines, parses, checks, builds and calls

A field is a ``bool``, an ``int``, a ``float``, a ``str``, one of these or None, or a tuple of
strings, numbers or paths, which is given as A,B. `parse_flags` does the same for a program or a
test that has a list of arguments.
"""

import csv
import dataclasses
import io
import math
import types
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from absl import flags

from ..errors import UserError
from .aliases import refuse_two_words
from .files import expand_flagfiles
from .paths import PathListParser

Settings = TypeVar("Settings")

_EMPTY = (None, "", ())


def flag_field(
    default: Any,
    text: str,
    least: float | None = None,
    most: float | None = None,
    choices: Sequence[str] | None = None,
    aliases: tuple[str, ...] = (),
    group: str | None = None,
    needed: bool = False,
    stored: bool = True,
    origin: str = "",
) -> Any:
    """A field that is a flag.

    Args:
        default: what it is where it is not given.
        text: its help, without the default, range, choices and aliases: `--help` adds them.
        least, most: its range, both included.
        choices: its values, where they are few.
        aliases: other names of the same flag, on the command line and in flagfiles.
        group: the heading of `--help` under which it stands.
        needed: it must be given, and `--help` lists it first.
        stored: False of what says how a command is started and not what it makes: `to_flagfile`
            leaves it out.
        origin: the class that defines it, of a flag that was taken over by `changed_flag`.
    """
    metadata = {
        "help": text,
        "least": least,
        "most": most,
        "choices": None if choices is None else tuple(choices),
        "aliases": aliases,
        "group": group,
        "needed": needed,
        "stored": stored,
        "origin": origin,
    }
    return dataclasses.field(default=default, metadata=metadata)


def changed_flag(owner: type, name: str, **changes: Any) -> Any:
    """A field that is another dataclass's flag, but for what is given here.

    Args:
        owner: the dataclass that defines the flag.
        name: its field.
        changes: arguments of `flag_field`.
    """
    (field,) = (one for one in dataclasses.fields(owner) if one.name == name)
    facts = dict(field.metadata)
    facts["origin"] = facts["origin"] or definer_of(owner, name)
    text = facts.pop("help")
    return flag_field(**{"default": field.default, "text": text, **facts, **changes})


def definer_of(settings: type, name: str) -> str:
    """Names the class, of a dataclass and those that it inherits from, that a field is from."""
    owner = next(one for one in settings.__mro__ if name in vars(one).get("__annotations__", ()))
    return f"{owner.__module__}.{owner.__qualname__}"


def parse_flags(
    settings: type[Settings],
    arguments: Sequence[str],
    values: flags.FlagValues | None = None,
) -> tuple[Settings, list[str]]:
    """Builds the settings that a command line describes.

    Args:
        settings: a dataclass of `flag_field`.
        arguments: the command line without the command's name; flagfiles are expanded.
        values: flags that are taken beside those of the settings.

    Returns:
        The settings, and the arguments that are no flags.

    Raises:
        UserError: a needed flag is missing, a number is out of its range, two names of one flag
            differ, a flagfile is wrong, or the settings themselves refuse.
        flags.Error: a flag is unknown, or its value is no such value.
    """
    values = flags.FlagValues() if values is None else values
    define_flags(settings, values)
    values.set_gnu_getopt(True)
    names = names_of_flags(settings)
    expanded = expand_flagfiles(
        arguments, check=lambda given: refuse_two_words(given, names, values)
    )
    _, *rest = values(["", *expanded])
    built = settings(**read_flags(settings, values))
    missing = [
        f"--{field.name}"
        for field in dataclasses.fields(built)
        if field.metadata["needed"] and getattr(built, field.name) in _EMPTY
    ]
    if missing:
        raise UserError(f"missing {', '.join(missing)}: see --help")
    check_ranges(built)
    return built, rest


def check_ranges(config: Any) -> None:
    """Refuses numbers beyond their fields' ranges.

    Raises:
        UserError: one is, or is not finite.
    """
    for field in dataclasses.fields(config):
        value, least, most = (
            getattr(config, field.name),
            field.metadata["least"],
            field.metadata["most"],
        )
        if value is None:
            continue
        if isinstance(value, float) and not math.isfinite(value):
            raise UserError(f"--{field.name} must be a finite number, not {value}")
        if least is not None and value < least:
            raise UserError(f"--{field.name} must be at least {least}, not {value}")
        if most is not None and value > most:
            raise UserError(f"--{field.name} must be at most {most}, not {value}")


def define_flags(settings: type, values: flags.FlagValues = flags.FLAGS) -> None:
    """Defines one absl flag for each field of such a dataclass, and one for each alias."""
    definers = {
        bool: flags.DEFINE_bool,
        int: flags.DEFINE_integer,
        float: flags.DEFINE_float,
        str: flags.DEFINE_string,
    }
    for field, kind in fields_of(settings):
        text, choices, default = field.metadata["help"], field.metadata["choices"], field.default
        if choices:
            flags.DEFINE_enum(field.name, default, choices, text, values)
        elif kind in definers:
            definers[kind](field.name, default, text, flag_values=values)
        elif kind == tuple[Path, ...]:
            parser, serializer = PathListParser(), flags.CsvListSerializer(",")
            paths = [str(path) for path in default]
            flags.DEFINE(parser, field.name, paths, text, values, serializer)
        else:
            flags.DEFINE_list(field.name, [str(one) for one in default], text, values)
        for alias in field.metadata["aliases"]:
            flags.DEFINE_alias(alias, field.name, values)


def fields_of(settings: type) -> list[tuple[dataclasses.Field, Any]]:
    """Fields of such a dataclass with their types; ``T | None`` counts as ``T``."""
    kinds = typing.get_type_hints(settings)
    return [(field, _without_none(kinds[field.name])) for field in dataclasses.fields(settings)]


def _without_none(kind: Any) -> Any:
    if not isinstance(kind, types.UnionType):
        return kind
    (kind,) = (one for one in typing.get_args(kind) if one is not types.NoneType)
    return kind


def read_flags(settings: type, values: flags.FlagValues) -> dict[str, Any]:
    """The parsed flags by the names of the dataclass's fields, each of its field's type."""
    found = {}
    for field, kind in fields_of(settings):
        value = values[field.name].value
        if isinstance(value, list):
            value = _tuple_of(typing.get_args(kind)[0], field.name, value)
        found[field.name] = value
    return found


def _tuple_of(kind: type, name: str, parts: list[str]) -> tuple[Any, ...]:
    try:
        return tuple(kind(part) for part in parts)
    except ValueError as error:
        raise UserError(f"--{name} must be numbers, such as 3,1 ({error})") from error


def to_flagfile(config: Any) -> str:
    """The effective flags, one a line, to be given again by ``--flagfile``."""
    values = {
        field.name: getattr(config, field.name)
        for field in dataclasses.fields(config)
        if field.metadata["stored"]
    }
    return "".join(
        f"--{name}={flag_text(value)}\n" for name, value in values.items() if value is not None
    )


def flag_text(value: Any) -> str:
    """A field's value as it is given on the command line."""
    if not isinstance(value, tuple):
        return str(value)
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(value)
    return line.getvalue()


def names_of_flags(settings: type) -> dict[str, str]:
    """All names that may be typed, aliases too, and the field's name that each stands for."""
    return {
        name: field.name
        for field in dataclasses.fields(settings)
        for name in (field.name, *field.metadata["aliases"])
    }
