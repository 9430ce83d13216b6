"""Our commands: whether one is running, and how a user starts another."""

import sys
from pathlib import Path

# What holds all rooms: the checkout's root, or the installed package's folder.
HOUSE = Path(__file__).resolve().parents[1]


def is_command() -> bool:
    """Whether this process was started with a script of ours, by its path or by ``python -m``.

    False in a program that imports us, where nothing but the program's own is to be touched.
    """
    if sys.argv[:1] == ["-m"]:  # Python still looks for the module, and imports us on the way to it
        return any(one.removeprefix("-m").startswith("facedancer.") for one in sys.orig_argv)
    file = getattr(sys.modules["__main__"], "__file__", None)
    return file is not None and is_ours(Path(file))


def is_ours(script: Path) -> bool:
    """Whether a script lies in one of the project's rooms."""
    script = script.resolve()
    if not script.is_relative_to(HOUSE):
        return False
    parts = script.relative_to(HOUSE).parts
    return len(parts) > 1 and (HOUSE / parts[0] / "__init__.py").is_file()


def start_of(script: str) -> str:
    """What a user types to start a script: ``python model_zoo/download.py`` in a checkout.

    Args:
        script: its path within the project, ``"model_zoo/download.py"``.
    """
    if (HOUSE / "setup.cfg").is_file():
        return f"python {script}"
    return f"python -m facedancer.{script.removesuffix('.py').replace('/', '.')}"


def program() -> str:
    """What the user typed to start this command: ``python dataset/crop_align.py``, say."""
    main = sys.modules["__main__"]
    spec = getattr(main, "__spec__", None)
    return f"python -m {spec.name}" if spec is not None else f"python {sys.argv[0]}"
