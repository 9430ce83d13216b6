"""Presets: settings by one name, each a flagfile that the commands take too."""

import dataclasses
import json
from pathlib import Path
from typing import Any

from facedancer.inference.default_networks import PLAIN, Usual
from facedancer.inference.swap_flags import SwapFlags
from facedancer.inference.swap_run import as_usual
from facedancer.utils.flags.fields import parse_flags

from .controls import CONTROLS

SHIPPED = Path(__file__).parents[2] / "flags" / "swap"


@dataclasses.dataclass(frozen=True)
class Preset:
    """Settings with a name.

    Attributes:
        name: for people.
        help: what it is good for: the flagfile's first line.
        values: of every control, by its flag.
    """

    name: str
    help: str
    values: dict[str, Any]


def find_presets(usual: Usual = PLAIN, folder: Path = SHIPPED) -> list[Preset]:
    """Reads every ``*.cfg`` of a folder, by default those that ship in ``flags/swap``.

    Args:
        usual: what swaps have of which a flagfile says nothing.
        folder: it.

    Raises:
        UserError: one is no flagfile of the swap.
    """
    return [_read(path, usual) for path in sorted(folder.glob("*.cfg"))]


def preset_script(presets: list[Preset]) -> str:
    """JavaScript: a function from a preset's name to the values of `CONTROLS`, in their order.

    Args:
        presets: those that there are.
    """
    values = {one.name: [one.values[control.flag] for control in CONTROLS] for one in presets}
    return f"(name) => ({json.dumps(values)})[name]"


def _read(path: Path, usual: Usual) -> Preset:
    settings, _ = parse_flags(SwapFlags, [f"--flagfile={path}"])
    settings = as_usual(settings, usual)
    first = path.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ").strip()
    values = {one.flag: getattr(settings, one.flag) for one in CONTROLS}
    return Preset(path.stem.capitalize(), first, values)
