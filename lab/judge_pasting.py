"""Compares ways of pasting a small swap into a large picture with the known right answer.

python lab/judge_pasting.py --output=DIR

The lab renders the perfect swap of a large picture. Reduced to a generator's size and pasted back
in each way, it should give that picture again. Writes into --output: pasting.json, pasting.md, and
pasting.png with the first pairs.
"""

import dataclasses
from pathlib import Path

from facedancer.evaluation.encoders.registry import ENCODERS
from facedancer.utils.cli import run
from facedancer.utils.flags.shared import shared_flag

# Nobody from this number on served for anything else.
_FIRST_PERSON = 8_000_000


@dataclasses.dataclass(frozen=True)
class Settings:
    """The flags of this command."""

    output: str = shared_flag("output", needed=True)
    pairs: int = shared_flag("pairs", default=60, text="number of pairs of people", least=2)
    first_identity: int = shared_flag("first_identity", default=_FIRST_PERSON)
    image_size: int = shared_flag(
        "image_size", default=64, text="side of the crops that are pasted back, in pixels", least=32
    )
    judges: tuple[str, ...] = shared_flag(
        "judges",
        default=("faceres", "dlib"),
        text=(
            "identity encoders that judge, as in evaluation/evaluate.py: "
            f"{', '.join(ENCODERS['identity'])}"
        ),
    )


def main(settings: Settings) -> None:
    """Renders, pastes, judges, and prints the table."""
    from facedancer.evaluation.encoders.registry import load_measure
    from facedancer.lab.reports.pasting import draw_pairs, judge_pasting, paste_all, pasting_table
    from facedancer.utils.contact_sheet import contact_sheet
    from facedancer.utils.files import write_json, write_text
    from facedancer.utils.images import write_image
    from facedancer.utils.places import check_folder

    folder = Path(settings.output)
    check_folder(folder)
    judges = {spec: load_measure("identity", spec) for spec in settings.judges}
    pairs = draw_pairs(settings.first_identity, settings.pairs)
    pasted = paste_all(pairs, settings.image_size)
    content = judge_pasting(pairs, pasted, judges)
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "pasting.json", content)
    write_text(folder / "pasting.md", pasting_table(content))
    shown = range(min(6, settings.pairs))
    images = [pictures[number] for number in shown for pictures in pasted.values()]
    names = list(pasted) * len(shown)
    sheet = contact_sheet(images, names, columns=len(pasted), side=256)
    write_image(folder / "pasting.png", sheet)
    print(pasting_table(content))


if __name__ == "__main__":
    run(main, Settings)
