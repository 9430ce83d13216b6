"""Our commands: whether one is running, and how a user starts another."""

import sys
from pathlib import Path

from .command_table import SUB_COMMANDS

# What holds all rooms: the checkout's root, or the installed package's folder.
HOUSE = Path(__file__).resolve().parents[1]


# What the user typed before a sub-command of `facedancer`, and its name, if one is running.
_front_door, _sub_command = "", ""


def is_command() -> bool:
    """Tells whether a script of ours started this process: by path, ``python -m``, `facedancer`.

    False in a program that imports us, where nothing but the program's own is to be touched.
    """
    if sys.argv[:1] == ["-m"]:  # Python still looks for the module, and imports us on the way to it
        modules = (one.removeprefix("-m") for one in sys.orig_argv)
        return any(one == "facedancer" or one.startswith("facedancer.") for one in modules)
    file = getattr(sys.modules["__main__"], "__file__", None)
    return file is not None and (is_ours(Path(file)) or is_front_door(Path(file)))


def is_front_door(script: Path) -> bool:
    """Tells whether a script is the command `facedancer` as installers write it."""
    if script.name != "facedancer" or not script.is_file():
        return False
    return "facedancer.__main__" in script.read_text(errors="replace")


def begin_sub_command(front_door: str, name: str) -> None:
    """Notes which sub-command of `facedancer` runs from here on.

    Args:
        front_door: what the user typed before it, ``facedancer`` or ``python -m facedancer``.
        name: of `SUB_COMMANDS`.
    """
    global _front_door, _sub_command
    _front_door, _sub_command = front_door, name


def is_ours(script: Path) -> bool:
    """Tells whether a script lies in one of the project's rooms."""
    script = script.resolve()
    if not script.is_relative_to(HOUSE):
        return False
    parts = script.relative_to(HOUSE).parts
    return len(parts) > 1 and (HOUSE / parts[0] / "__init__.py").is_file()


def start_of(script: str) -> str:
    """Names what a user types to start a script: ``python model_zoo/download.py`` in a checkout.

    Args:
        script: its path within the project, ``"model_zoo/download.py"``.
    """
    if _sub_command:
        for name, one in SUB_COMMANDS.items():
            if one.script == script:
                return f"{_front_door} {name}"
    if (HOUSE / "setup.cfg").is_file():
        return f"python {script}"
    return f"python -m facedancer.{script.removesuffix('.py').replace('/', '.')}"


def program() -> str:
    """Names what the user typed to start this command: ``python dataset/crop_align.py``, say."""
    if _sub_command:
        return f"{_front_door} {_sub_command}"
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    return f"python -m {spec.name}" if spec is not None else f"python {sys.argv[0]}"
