"""What every script does alike: read flags and flagfiles, and answer bad input with one line."""

import logging
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from absl import app, flags
from absl import logging as absl_logging

from .errors import ADVICE, UserError
from .flagfiles import expand_flagfiles

EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130  # what shells report for Ctrl-C


def run(
    main: Callable[..., int | None],
    positional: bool = False,
    elsewhere: Mapping[str, str] | None = None,
) -> NoReturn:
    """Parses the command line, calls ``main()`` and exits with its status (None is 0).

    With ``positional``, arguments that are no flags are handed on, ``main(arguments)``, and flags
    may stand before, between and after them; without, they are refused.

    ``elsewhere`` names flags that other commands have, and what is given here in their place, for
    one who mixes them up.

    A `UserError`, a wrong flag and a place that cannot be written (full, forbidden, of too long a
    name) print one line on stderr and exit with `EXIT_BAD_INPUT`; any other exception is a fault of
    ours and keeps its traceback.
    """

    def parse(argv: Sequence[str]) -> list[str]:
        flags.FLAGS.set_gnu_getopt(positional)
        try:
            rest = flags.FLAGS([argv[0], *expand_flagfiles(argv[1:])])
        except flags.Error as error:
            missing = re.findall(r"Flag --(\w+) must have a value other than None", str(error))
            names = ", ".join(f"--{name}" for name in missing)
            if isinstance(error, flags.UnrecognizedFlagError) and elsewhere:
                name = error.flagname.removeprefix("no")
                if name in elsewhere:
                    _refuse(f"there is no --{name} here: give {elsewhere[name]}")
            _refuse(f"missing {names}; --help explains" if missing else f"{error}{_hint(argv)}")
        except UserError as error:
            _refuse(str(error))
        if not flags.FLAGS["verbosity"].present:
            # Others' notes on how they work would bury what our commands say.
            absl_logging.set_verbosity(absl_logging.WARNING)
            logging.getLogger("tensorflow").setLevel(logging.WARNING)
        if rest[1:] and not positional:
            _refuse(f"unexpected argument {rest[1]!r}: every option is given as --name=value")
        return rest

    # A file's name may hold bytes that are no text; to print it is not worth a traceback.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")

    def guarded(argv: Sequence[str]) -> int | None:
        try:
            return main(argv[1:]) if positional else main()
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


def _hint(argv: Sequence[str]) -> str:
    """What to write where a flag that is none may be meant as a file."""
    named = [one for one in argv[1:] if one.startswith("-") and os.path.exists(one)]  # noqa: PTH110
    return f"; the file of that name is given as ./{named[0]}" if named else ""


def _refuse(message: str) -> NoReturn:
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(EXIT_BAD_INPUT)
