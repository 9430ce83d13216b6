"""Files of flags, one a line, that stand for the flags that they hold."""

from collections.abc import Callable, Sequence
from pathlib import Path

from ..commands import HOUSE
from ..errors import UserError
from ..text_files import read_text

Check = Callable[[Sequence[str]], None]
# Where what ships lies, which the project's own flagfiles name.
_SHIPPED = ("model_zoo", "assets")


def expand_flagfiles(
    arguments: Sequence[str], folder: Path | None = None, check: Check = lambda given: None
) -> list[str]:
    """Replaces every ``--flagfile=PATH`` by the flags that the file holds, nested files included.

    A relative path is looked up next to the file that names it, then in the working directory, then
    in the project: ``flags/base.cfg``. What ships and is named by the project's own files is found
    from any working directory: ``model_zoo/lab/generator.keras``. Blank lines and lines that begin
    with ``#`` are skipped. Later flags win: the command line goes last. ``check`` is called with
    what stands in one place, the command line or a file, as it stands there.

    Raises:
        UserError: a file is missing, or names itself, directly or through others.
    """
    return _expand(arguments, folder, (), check)


def _expand(
    arguments: Sequence[str], folder: Path | None, open_files: tuple[Path, ...], check: Check
) -> list[str]:
    check(arguments)
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
            raise UserError(f"flagfile {path} is not UTF-8 text: save it as UTF-8") from error
        except ValueError as error:
            raise UserError(f"{path} is not a flagfile ({error})") from error
        kept = [line for line in lines if line and not line.startswith("#")]
        for line in kept:
            if not line.startswith("-"):
                raise UserError(f"{path}: {line!r} is not a flag; write --name=value")
        if path.is_relative_to(HOUSE):
            kept = [_at_home(line) for line in kept]
        expanded += _expand(kept, path.parent, (*open_files, path), check)
    return expanded


def _at_home(line: str) -> str:
    """A flag of the project's own, with the places of files that ship where they are not here."""
    name, equals, value = line.partition("=")
    return name + equals + ",".join(_place_of(one) for one in value.split(","))


def _place_of(word: str) -> str:
    path = Path(word)
    is_ours = path.parts[:1] and path.parts[0] in _SHIPPED
    return str(HOUSE / path) if is_ours and not path.exists() and (HOUSE / path).exists() else word


def _find_flagfile(value: str, folder: Path | None) -> Path:
    path = Path(value).expanduser()
    # Last the project's own, for one who started elsewhere or has it installed.
    candidates = [path, HOUSE / path] if folder is None else [folder / path, path, HOUSE / path]
    for candidate in candidates:
        if candidate.is_file():
            return candidate.resolve()
    raise UserError(f"no such flagfile: {value}")
