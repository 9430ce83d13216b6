"""Measures IFSR's margins, of any swapper and any identity encoder, or without a swapper.

python evaluation/ifsr.py --targets=SHARDS --swapper=runs/config_a --encoder=ArcFace-Res50.h5 \\
    --output=results/ifsr
python evaluation/ifsr.py --targets=SHARDS --without_swapper --encoder=ArcFace-Res50.h5 \\
    --output=results/ifsr

It tells how far the swap lies from its target, its source, and a stranger in each block of the
encoder, how well these are told apart, and the margins that follow, as a flagfile for training.
Without a swapper, the distances of one person's pictures and of two people's tell the margins.
"""

from facedancer.evaluation.settings import MarginSettings
from facedancer.utils.cli import run


def main(settings: MarginSettings) -> None:
    """Analyses, and says what was found."""
    from facedancer.evaluation.margins.job import analyse

    found = analyse(settings)
    print(found.text)
    print(f"margins: {found.path}\nfigure: {found.path.parent / 'ifsr.png'}")


if __name__ == "__main__":
    run(main, MarginSettings)
