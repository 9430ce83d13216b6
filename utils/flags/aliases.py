"""Two names of one flag: both are taken, but one command names a thing once."""

from collections.abc import Mapping, Sequence

from absl import flags

from ..errors import UserError


def refuse_two_words(
    arguments: Sequence[str], names: Mapping[str, str], values: flags.FlagValues
) -> None:
    """Refuses a flag that is given by two of its names with different values.

    Args:
        arguments: one command line, or the lines of one flagfile: of several, the later wins.
        names: every name that may be typed, and the flag that it stands for.
        values: the flags, by all these names.

    Raises:
        UserError: it is.
    """
    given: dict[str, tuple[str, str]] = {}
    pending = list(arguments)
    while pending:
        argument = pending.pop(0)
        if argument == "--":
            return
        name, equals, value = argument.lstrip("-").partition("=")
        if not argument.startswith("-") or name not in names or values[name].boolean:
            continue
        if not equals:
            value = pending.pop(0) if pending else ""
        former, before = given.get(names[name], (name, value))
        if former != name and before != value:
            raise UserError(
                f"--{former}={before} and --{name}={value} are the same flag: give only "
                f"--{names[name]}"
            )
        given[names[name]] = (name, value)
