"""What every script does alike: read flags and flagfiles, and answer bad input with one line."""

import errno
import logging
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from absl import app, flags
from absl import logging as absl_logging

from .commands import HOUSE
from .naming import shown
from .text_files import read_text

EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130  # what shells report for Ctrl-C

# What a place may refuse, whoever wrote to it, and what helps.
_MAKE_ROOM = "make room there, or choose another place"
_ELSEWHERE = "choose another place"
_ADVICE = {
    errno.ENOSPC: _MAKE_ROOM,
    errno.EDQUOT: _MAKE_ROOM,
    errno.EFBIG: "no file may be as large there; choose another place",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EROFS: _ELSEWHERE,
    errno.EACCES: _ELSEWHERE,
    errno.EPERM: _ELSEWHERE,
    errno.ENOTDIR: _ELSEWHERE,
    errno.EISDIR: _ELSEWHERE,
    errno.EEXIST: _ELSEWHERE,
}


class UserError(Exception):
    """Something the user can put right. The message says what is wrong and what to do."""


def not_written(path: Path, error: OSError) -> UserError:
    """What to say where a file or folder cannot be written; raise it ``from error``."""
    advice = _ADVICE.get(error.errno, _ELSEWHERE)
    return UserError(f"cannot write {shown(path)}: {error.strerror or error}; {advice}")


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
            if error.errno not in _ADVICE:
                raise
            place = "" if error.filename is None else f": {error.filename}"
            _refuse(f"{error.strerror}{place}; {_ADVICE[error.errno]}")
        except KeyboardInterrupt:
            print("\ninterrupted", file=sys.stderr)
            sys.exit(EXIT_INTERRUPTED)

    app.run(guarded, flags_parser=parse)


def expand_flagfiles(arguments: Sequence[str], folder: Path | None = None) -> list[str]:
    """Replaces every ``--flagfile=PATH`` by the flags that the file holds, nested files included.

    A relative path is looked up beside the file that names it, then in the working directory, then
    in the project: ``flags/base.cfg``. Blank lines and lines that begin with ``#`` are skipped.
    Later flags win: the command line goes last.

    Raises:
        UserError: a file is missing, or names itself, directly or through others.
    """
    return _expand(arguments, folder, ())


def _expand(
    arguments: Sequence[str], folder: Path | None, open_files: tuple[Path, ...]
) -> list[str]:
    expanded: list[str] = []
    pending = list(arguments)
    while pending:
        argument = pending.pop(0)
        name, equals, value = argument.lstrip("-").partition("=")
        if name != "flagfile" or not argument.startswith("-"):
            expanded.append(argument)
            continue
        if not equals:
            if not pending:
                raise UserError("--flagfile needs a path: --flagfile=flags/config_c.cfg")
            value = pending.pop(0)
        path = _find_flagfile(value, folder)
        if path in open_files:
            raise UserError(f"flagfile {path} includes itself")
        try:
            lines = (line.strip() for line in read_text(path).splitlines())
        except UnicodeDecodeError as error:
            raise UserError(f"flagfile {path} is no text in UTF-8: save it as such") from error
        except ValueError as error:
            raise UserError(f"{path} is no flagfile ({error})") from error
        kept = [line for line in lines if line and not line.startswith("#")]
        for line in kept:
            if not line.startswith("-"):
                raise UserError(f"{path}: {line!r} is not a flag; write --name=value")
        expanded += _expand(kept, path.parent, (*open_files, path))
    return expanded


def _find_flagfile(value: str, folder: Path | None) -> Path:
    path = Path(value).expanduser()
    # Last the project's own, for one who started elsewhere or has it installed.
    candidates = [path, HOUSE / path] if folder is None else [folder / path, path, HOUSE / path]
    for candidate in candidates:
        if candidate.is_file():
            return candidate.resolve()
    raise UserError(f"no such flagfile: {value}")


def _hint(argv: Sequence[str]) -> str:
    """What to write where a flag that is none may be meant as a file."""
    named = [one for one in argv[1:] if one.startswith("-") and os.path.exists(one)]  # noqa: PTH110
    return f"; the file of that name is given as ./{named[0]}" if named else ""


def _refuse(message: str) -> NoReturn:
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(EXIT_BAD_INPUT)
