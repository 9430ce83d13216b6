"""Measures IFSR's margins, of any swapper and any identity encoder.

python evaluation/ifsr.py --targets=SHARDS --swapper=runs/config_a --encoder=ArcFace-Res50.h5 \\
    --output=results/ifsr

It tells how far the swap lies from its target, its source, and a stranger in each block of the
encoder, how well these are told apart, and the margins that follow, as a flagfile for training.
"""

from facedancer.evaluation.settings import MarginSettings
from facedancer.utils.cli import run


def main(settings: MarginSettings) -> None:
    """Analyses, and says what was found."""
    from facedancer.evaluation.margins.job import analyse, table

    path, described = analyse(settings)
    print(table(described))
    print(f"margins: {path}\nfigure: {path.parent / 'ifsr.png'}")


if __name__ == "__main__":
    run(main, MarginSettings)
