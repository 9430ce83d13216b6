"""Judges a swapper on all pairs of a few photographs, by networks that did not train it.

python evaluation/judge_photographs.py --flagfile=flags/eval/photographs.cfg \\
    --targets=PHOTOS --swapper=model_zoo/photographs/generator.keras --output=DIR

Writes into --output: results.json and table.md; and a page with all pictures and the scores of
each pair for the swapper (swap; swap_keeping_skin swaps with --keep=skin; swap_without_detail adds
none of the target's detail; with --texture=on in its place swap_without_texture, and
texture_alone, which lays the photograph's skin onto the target itself), for those of --others,
and for three baselines (the target itself, the source pasted, the target blurred).
evaluation/collect_photographs.py makes PHOTOS.
"""

from pathlib import Path

from facedancer.evaluation.photographs.settings import PhotographSettings
from facedancer.utils.cli import run


def main(settings: PhotographSettings) -> None:
    """Judges, and prints the table."""
    from facedancer.evaluation.photographs.job import judge_photographs
    from facedancer.evaluation.photographs.table import photograph_table

    print(photograph_table(judge_photographs(settings)))
    print(f"all pictures: {Path(settings.output) / 'swap.png'}")


if __name__ == "__main__":
    run(main, PhotographSettings)
