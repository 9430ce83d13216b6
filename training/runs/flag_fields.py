"""A run's settings as a frozen dataclass whose every field is the flag of the same name."""

import dataclasses
import math
import typing
from typing import Any

from absl import flags

from facedancer.utils.errors import UserError


def flag_field(
    default: Any,  # noqa: ANN401 - a flag's default is of the field's own type
    text: str,
    least: float | None = None,
    most: float | None = None,
    choices: tuple[str, ...] | None = None,
) -> Any:  # noqa: ANN401
    """A field with its default, its help, its range and, where they are few, its values."""
    metadata = {"help": text, "least": least, "most": most, "choices": choices}
    return dataclasses.field(default=default, metadata=metadata)


def check_ranges(config: Any) -> None:  # noqa: ANN401 - any such dataclass
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
        if isinstance(value, float) and not math.isfinite(value):
            raise UserError(f"--{field.name} must be a finite number, not {value}")
        if least is not None and value < least:
            raise UserError(f"--{field.name} must be at least {least}, not {value}")
        if most is not None and value > most:
            raise UserError(f"--{field.name} must be at most {most}, not {value}")


def define_flags(settings: type, values: flags.FlagValues = flags.FLAGS) -> None:
    """Defines one absl flag for each field of such a dataclass."""
    types = typing.get_type_hints(settings)
    definers = {
        bool: flags.DEFINE_bool,
        int: flags.DEFINE_integer,
        float: flags.DEFINE_float,
        str: flags.DEFINE_string,
    }
    for field in dataclasses.fields(settings):
        text, choices = field.metadata["help"], field.metadata["choices"]
        if choices:
            flags.DEFINE_enum(field.name, field.default, choices, text, values)
        elif types[field.name] in definers:
            definers[types[field.name]](field.name, field.default, text, flag_values=values)
        else:
            flags.DEFINE_list(field.name, list(field.default), text, values)


def read_flags(settings: type, values: flags.FlagValues) -> dict[str, Any]:
    """The parsed flags by the names of the dataclass's fields, each of its field's type."""
    types = typing.get_type_hints(settings)
    fields = {field.name: values[field.name].value for field in dataclasses.fields(settings)}
    for name, value in fields.items():
        if types[name] == tuple[float, ...]:
            try:
                fields[name] = tuple(map(float, value))
            except ValueError as error:
                raise UserError(f"--{name} must be numbers, such as 3,1 ({error})") from error
        elif isinstance(value, list):
            fields[name] = tuple(value)
    return fields


def to_flagfile(config: Any) -> str:  # noqa: ANN401 - any such dataclass
    """The effective flags, one a line, to be given again by ``--flagfile``."""
    values = dataclasses.asdict(config)
    del values["resume"]  # How a run was started, not what it is.
    return "".join(f"--{name}={flag_text(value)}\n" for name, value in values.items())


def flag_text(value: Any) -> str:  # noqa: ANN401 - a flag's value is of the field's own type
    """A field's value as it is given on the command line."""
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
