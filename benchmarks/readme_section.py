"""The parts that the benchmarks' tables share: the word on a bar, and their place in a page."""

from pathlib import Path

from facedancer.utils.errors import UserError
from facedancer.utils.files import write_text

README = Path(__file__).with_name("README.md")


def write_section(path: Path, name: str, text: str) -> None:
    """Puts ``text`` in the place of what stands between the two markers of section ``name``.

    Raises:
        UserError: the file has not got them.
    """
    first, last = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, begin, rest = path.read_text(encoding="utf-8").partition(first)
    _, end, after = rest.partition(last)
    if not end:
        raise UserError(f"{path} lacks {first} or {last}: add both again, each on its own line")
    write_text(path, f"{before}{begin}\n{text}\n{end}{after}")


def verdict(is_met: bool) -> str:
    """Says in a word whether a bar is reached."""
    return "met" if is_met else "missed"
