"""The command `facedancer`, and ``python -m facedancer``: starts one of the project's scripts.

facedancer swap scene.jpg --source=person.jpg
facedancer align --data=photographs --output=crops
"""

import runpy
import sys
from importlib.util import find_spec

from facedancer import __doc__ as summary
from facedancer import __version__
from facedancer.utils.command_table import SUB_COMMANDS, find_sub_command
from facedancer.utils.commands import begin_sub_command

EXIT_BAD_INPUT = 2
# Installers' command imports this module, `python -m` runs it.
_FRONT_DOOR = "python -m facedancer" if __name__ == "__main__" else "facedancer"


def main() -> int | None:
    """Starts the script that the first words name, as if it had been started by itself."""
    words = sys.argv[1:]
    if not words or words[0] in ("--help", "-help", "-h", "help"):
        print(_listing(), end="")
        return None
    if words[0] == "--version":
        print(f"facedancer {__version__}")
        return None
    found = find_sub_command(words)
    if found is None:
        print(f"error: {_refusal(words[0])}", file=sys.stderr)
        return EXIT_BAD_INPUT
    name, arguments = found
    begin_sub_command(_FRONT_DOOR, name)
    command = SUB_COMMANDS[name]
    sys.argv = [find_spec(command.module).origin, *arguments]
    runpy.run_module(command.module, run_name="__main__", alter_sys=True)
    return None


def _listing() -> str:
    width = max(map(len, SUB_COMMANDS))
    rows = [f"  {name:<{width}}  {one.summary}" for name, one in SUB_COMMANDS.items()]
    head = [summary, "", f"usage: {_FRONT_DOOR} COMMAND [--FLAG=VALUE ...]", ""]
    tail = ["", f"{_FRONT_DOOR} COMMAND --help explains one of them."]
    return "\n".join([*head, *rows, *tail, ""])


def _refusal(word: str) -> str:
    return f"no command {word!r}: choose from {', '.join(SUB_COMMANDS)}"


if __name__ == "__main__":
    sys.exit(main())
