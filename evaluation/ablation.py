"""Compares several evaluations in one table.

python evaluation/ablation.py results/config_a results/config_c --paper=2

Each folder is an --output of evaluation/evaluate.py. The columns are those of the paper's Table 2.
Results with different pairs or encoders cannot be compared, and are refused.
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from facedancer.evaluation.reports.published import TABLES
from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.shared import shared_flag


@dataclasses.dataclass(frozen=True)
class Settings:
    """One comparison."""

    paper: str | None = flag_field(None, "table of the paper to show below", choices=TABLES)
    output: str = shared_flag("output", text="Markdown file to write the table to as well")


def main(settings: Settings, folders: Sequence[str]) -> None:
    """Prints the table of the folders."""
    if not folders:
        raise UserError("give one or more folders: python evaluation/ablation.py DIR DIR ...")
    from facedancer.evaluation.reports.comparison import compare, read_results
    from facedancer.utils.files import write_text

    text = compare([read_results(folder) for folder in folders], settings.paper)
    if settings.output:
        write_text(Path(settings.output), text)
    print(text)


if __name__ == "__main__":
    run(main, Settings, positional="FOLDER...")
