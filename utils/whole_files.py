"""Files that appear whole or not at all: written beside their place, then renamed."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from .errors import not_written
from .naming import beside

UNFINISHED = ".unfinished"


@contextlib.contextmanager
def written_whole(path: Path, ending: str = UNFINISHED) -> Iterator[Path]:
    """Gives the place to write a file to: it gets its name when the block ends well.

    However else the block ends, nothing is left. The folder is made if it is missing.

    Args:
        path: what the file is called in the end; overwritten.
        ending: of its name until then, where a writer looks at the suffix.

    Raises:
        UserError: it cannot be written there: the disk is full, the name too long, or the like.
    """
    unfinished = beside(path, ".", ending)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield unfinished
        unfinished.replace(path)
    except OSError as error:
        raise not_written(path, error) from error
    finally:
        # A name too long, or a file for a folder: then there is nothing to remove.
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
