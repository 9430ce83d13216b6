"""Progress of long work: a bar on a terminal, a whole line twice a minute in a file or a pipe."""

import sys
from collections.abc import Iterable
from typing import Any

from tqdm import tqdm

# Between two lines that stay: a log keeps them all.
_SECONDS = 30.0


def progress_bar(
    items: Iterable[Any] | None = None,
    *,
    unit: str,
    desc: str | None = None,
    total: int | None = None,
    initial: int = 0,
) -> tqdm:
    """Shows on stderr how far some work is; work of under half a minute says nothing in a pipe.

    Args:
        items: what is worked through; None: `tqdm.update` counts.
        unit: one item's name, in the singular.
        desc: what is being done.
        total: how many there are; None: as many as ``items`` has, if it says so.
        initial: of those, how many an earlier run has done.

    Returns:
        A context manager that gives the items.
    """
    kind = tqdm if sys.stderr.isatty() else _Lines
    return kind(items, desc=desc, total=total, initial=initial, unit=unit)


class _Lines(tqdm):
    """Writes lines in place of a bar that redraws itself, which a file would keep as one line."""

    def __init__(self, items: Iterable[Any] | None, **given: Any) -> None:
        # With miniters the time is looked at after every item, however slow the next one is.
        super().__init__(items, mininterval=_SECONDS, miniters=1, delay=_SECONDS, **given)
        counted = "{n_fmt}" if self.total is None else "{percentage:.0f}% {n_fmt}/{total_fmt}"
        left = "" if self.total is None else ", {remaining} left"
        self.bar_format = f"{{desc}}: {counted} {{unit}}s, {{rate_fmt}}{left}{{postfix}}"
        self._has_spoken = False

    def display(self, msg: str | None = None, pos: int | None = None) -> bool:
        """Writes a line; nothing where tqdm wants its bar overwritten. False: no bar to move on."""
        if msg is None:
            self._has_spoken = True
            # tqdm pads its numbers for a bar.
            self.fp.write(f"{' '.join(str(self).split())}\n")
            self.fp.flush()
        return False

    def clear(self, nolock: bool = False) -> None:
        """Leaves what stands there: lines are never taken back."""

    def close(self) -> None:
        """Writes the last count, if there were others before it."""
        if not self.disable and self._has_spoken:
            self.display()
        self.leave = False
        super().close()
