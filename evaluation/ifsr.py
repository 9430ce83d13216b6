"""Measures IFSR's margins for any identity encoder, with any swapper or without one.

python evaluation/ifsr.py --targets=SHARDS --swapper=runs/config_a --encoder=ArcFace-Res50.h5 \\
    --output=results/ifsr
python evaluation/ifsr.py --targets=SHARDS --without_swapper --encoder=ArcFace-Res50.h5 \\
    --output=results/ifsr

For each block of the encoder, it measures the distance of the swap to its target, its source and a
stranger, and how well these are separated. It writes the resulting margins as a flagfile for
training. Without a swapper, the margins come from pictures of one person and of two people.
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
