"""Measures the FID of pictures changed in known ways, to show what a difference in FID means.

python evaluation/fid_sensitivity.py --targets=SHARDS --output=results/fid

Blur, noise or a shift by one pixel change FID as much as a worse face does. The table gives the
FID of each such change, with the same pictures and the same features.
"""

from facedancer.evaluation.settings import SensitivitySettings
from facedancer.utils.cli import run


def main(settings: SensitivitySettings) -> None:
    """Measures, and prints the table."""
    from facedancer.evaluation.sensitivity import measure_sensitivity

    path, table = measure_sensitivity(settings)
    print(f"{table}{path}")


if __name__ == "__main__":
    run(main, SensitivitySettings)
