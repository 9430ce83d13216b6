"""The part that scripts share: read flags and flagfiles, and answer bad input with one line."""

import logging
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from absl import app, flags
from absl import logging as absl_logging

from .commands import program, start_of
from .errors import ADVICE, UserError
from .flags.fields import parse_flags
from .flags.help import help_text
from .flags.trust import TrustSettings, trust_saved_models

EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130  # what shells report for Ctrl-C
_HELP = {"--help", "-help", "-h", "-?"}


def run(
    main: Callable[..., int | None],
    settings: type,
    positional: str = "",
    elsewhere: Mapping[str, str] | None = None,
) -> NoReturn:
    """Parses the command line, calls ``main(settings)`` and exits with its status (None is 0).

    ``settings`` is a dataclass of `flags.fields.flag_field`; that module shows how a script looks.

    With ``positional``, the words for them in the usage line such as ``"PICTURES..."``, arguments
    that are no flags are handed on, ``main(settings, arguments)``, and flags may stand before,
    between and after them; without, they are refused.

    ``elsewhere`` names flags that other commands have, and what is given here in their place, for
    one who mixes them up.

    ``--help`` is made of the docstring of main's module and of the settings.

    A `UserError`, a wrong flag and a place that cannot be written (full, forbidden, of too long a
    name) print one line on stderr and exit with `EXIT_BAD_INPUT`; any other exception is a fault of
    ours and keeps its traceback.
    """
    built: list[Any] = []

    def parse(argv: Sequence[str]) -> list[str]:
        if not _HELP.isdisjoint(argv[1:]):
            _show_help(main, settings, positional)
        values = flags.FlagValues()
        values["verbosity"] = flags.FLAGS["verbosity"]
        flags.FLAGS(argv[:1])
        try:
            one, rest = parse_flags(settings, argv[1:], values)
            built.append(one)
        except flags.Error as error:
            if isinstance(error, flags.UnrecognizedFlagError) and elsewhere:
                name = error.flagname.removeprefix("no")
                if name in elsewhere:
                    _refuse(f"there is no --{name} here: give {elsewhere[name]}")
            _refuse(f"{error}{_hint(argv)}")
        except UserError as error:
            _refuse(str(error))
        if not flags.FLAGS["verbosity"].present:
            # Others' notes on how they work would bury what our commands say.
            absl_logging.set_verbosity(absl_logging.WARNING)
            logging.getLogger("tensorflow").setLevel(logging.WARNING)
        if rest and not positional:
            _refuse(f"unexpected argument {rest[0]!r}: every option is given as --name=value")
        return rest

    # A file's name may hold bytes that are no text; to print it is not worth a traceback.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")

    def guarded(rest: list[str]) -> int | None:
        try:
            if any(isinstance(one, TrustSettings) and one.trust_savedmodel for one in built):
                trust_saved_models()
            return main(*built, rest) if positional else main(*built)
        except UserError as error:
            _refuse(str(error))
        except OSError as error:
            if error.errno not in ADVICE:
                raise
            place = "" if error.filename is None else f": {error.filename}"
            _refuse(f"{error.strerror}{place}; {ADVICE[error.errno]}")
        except KeyboardInterrupt:
            print("\ninterrupted", file=sys.stderr)
            sys.exit(EXIT_INTERRUPTED)

    app.run(guarded, flags_parser=parse)


def _show_help(main: Callable[..., int | None], settings: type, positional: str) -> NoReturn:
    docstring = sys.modules[main.__module__].__doc__ or ""
    # The examples are those of a checkout; here they are what this user would type.
    docstring = re.sub(r"python (\w+/\w+\.py)", lambda found: start_of(found[1]), docstring)
    print(help_text(settings, docstring, program(), positional), end="")
    sys.exit(0)


def _hint(argv: Sequence[str]) -> str:
    """Tells what to write where a flag that is none may be meant as a file."""
    named = [one for one in argv[1:] if one.startswith("-") and os.path.exists(one)]  # noqa: PTH110
    return f"; the file of that name is given as ./{named[0]}" if named else ""


def _refuse(message: str) -> NoReturn:
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(EXIT_BAD_INPUT)
